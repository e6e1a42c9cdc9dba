import { Parser } from 'htmlparser2';
import { type ExtractedText, toTitle } from '../extracted-text.ts';
import { type ReadingLimits, TextCollector } from '../text-collector.ts';

const PIECE_LENGTH = 65_536;
const MAX_DEPTH = 1_000;

/** Elements whose content nobody reads on the page. */
const UNREAD = new Set([
  ...['audio', 'canvas', 'datalist', 'embed', 'iframe', 'math', 'meta', 'noembed', 'noframes', 'noscript', 'object'],
  ...['script', 'select', 'style', 'svg', 'template', 'video'],
]);
const PARAGRAPHS = new Set([
  ...['article', 'aside', 'blockquote', 'dl', 'fieldset', 'figure', 'footer', 'form', 'h1', 'h2', 'h3', 'h4', 'h5'],
  ...['h6', 'header', 'hr', 'main', 'nav', 'ol', 'p', 'pre', 'section', 'table', 'ul'],
]);
const LINES = new Set([
  ...['address', 'body', 'br', 'caption', 'center', 'dd', 'details', 'div', 'dt', 'figcaption', 'head', 'html'],
  ...['legend', 'li', 'option', 'summary', 'tbody', 'tfoot', 'thead', 'tr'],
]);
const CELLS = new Set(['td', 'th']);

/** The text that a person sees on a page, and its `<title>`. Nothing is fetched and nothing in the page is run. */
export function htmlText(html: string, limits: ReadingLimits): ExtractedText {
  const page = new PageReader(new TextCollector(limits));
  const parser = new Parser({
    onopentag: (name, attributes) => page.open(name, attributes),
    ontext: (text) => page.read(text),
    onclosetag: (name) => page.close(name),
  });
  for (let at = 0; at < html.length && !page.isDone; at += PIECE_LENGTH)
    parser.write(html.slice(at, at + PIECE_LENGTH));
  if (!page.isDone) parser.end();
  return { ...page.text.finish(), title: toTitle(page.title), problem: null };
}

/** Follows the tags of a page. The parser closes all that it opens, so depths can be counted. */
class PageReader {
  readonly text: TextCollector;
  title = '';
  #depth = 0;
  #hiddenDepth = 0;
  #verbatimDepth = 0;
  #isInTitle = false;

  constructor(text: TextCollector) {
    this.text = text;
  }

  get isDone(): boolean {
    return this.text.isFull;
  }

  open(name: string, attributes: Record<string, string>): void {
    this.#depth += 1;
    // The parser looks through all open elements at every tag: a tower of them would take quadratic time.
    if (this.#depth > MAX_DEPTH) this.text.markTruncated();
    if (this.#hiddenDepth > 0 || UNREAD.has(name) || isHidden(attributes)) {
      this.#hiddenDepth += 1;
      return;
    }
    if (name === 'title') this.#isInTitle = true;
    if (name === 'pre' || name === 'textarea') this.#verbatimDepth += 1;
    this.#breakAt(name);
  }

  read(text: string): void {
    if (this.#hiddenDepth > 0) return;
    if (this.#isInTitle) {
      if (this.title.length < PIECE_LENGTH) this.title += text;
    } else if (this.#verbatimDepth > 0) this.text.addVerbatim(text);
    else this.text.addWords(text);
  }

  close(name: string): void {
    this.#depth -= 1;
    if (this.#hiddenDepth > 0) {
      this.#hiddenDepth -= 1;
      return;
    }
    if (name === 'title') this.#isInTitle = false;
    if (name === 'pre' || name === 'textarea') this.#verbatimDepth -= 1;
    this.#breakAt(name);
  }

  #breakAt(name: string): void {
    if (PARAGRAPHS.has(name)) this.text.endParagraph();
    else if (LINES.has(name)) this.text.endLine();
    else if (CELLS.has(name)) this.text.addSpace();
  }
}

function isHidden({ hidden, style, 'aria-hidden': ariaHidden }: Record<string, string>): boolean {
  if (hidden !== undefined || ariaHidden?.trim().toLowerCase() === 'true') return true;
  return style !== undefined && /(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden)/i.test(style);
}
