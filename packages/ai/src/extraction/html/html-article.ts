/**
 * What a page says, as Markdown: Readability finds the article among the rest of the page, Turndown writes it down.
 * Nothing is fetched and nothing in the page is run. It takes time and memory by what the page holds, so it is done
 * where documents are read, in a process that may die of it.
 */
import { gfm } from '@joplin/turndown-plugin-gfm';
import { Readability } from '@mozilla/readability';
import { Parser } from 'htmlparser2';
import { parseHTML } from 'linkedom';
import TurndownService from 'turndown';
import { cutAtCharacter, type ExtractedText, toStorableText, toTitle, withProblem } from '../extracted-text.ts';

/** A page of more elements, or one built higher, is no article: the libraries would take minutes, or all of the stack. */
const ELEMENTS_MAX = 100_000;
const DEPTH_MAX = 500;
const PIECE_LENGTH = 65_536;
/** What is no part of an article, where none was found and the whole page is taken. */
const NO_ARTICLE = 'script, style, noscript, template, svg, iframe, object, embed, form, nav, header, footer, aside';

/** What is used of a page's elements: those of linkedom are typed as a browser's, which this is none. */
interface PageElement {
  innerHTML: string;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  remove(): void;
  cloneNode(isDeep: boolean): PageElement;
  querySelectorAll(selector: string): readonly PageElement[];
}
interface PageDocument extends Pick<PageElement, 'querySelectorAll'> {
  readonly title: string;
  readonly body: PageElement | null;
  querySelector(selector: string): PageElement | null;
}

/**
 * The article of a page, or all of the page where it has none.
 *
 * @param url where the page is from: links in it become links from anywhere.
 */
export function htmlArticle(
  html: string,
  { url, maxTextLength }: { url: string; maxTextLength: number },
): ExtractedText {
  if (isTooComplex(html)) return withProblem('too_complex');
  const { document } = parseHTML(asDocument(html));
  const page: PageDocument = document;
  makeAbsolute(page, url);
  const ownTitle = page.title;
  // Readability takes the document apart; what it does not like is wanted whole.
  const whole = page.body?.cloneNode(true);
  const article = new Readability(document, { disableJSONLD: true }).parse();
  const content = article?.content ?? withoutFrame(whole);
  const markdown = toStorableText(writer().turndown(content)).trim();
  return {
    text: cutAtCharacter(markdown, maxTextLength),
    title: toTitle(article?.title || ownTitle),
    isTruncated: markdown.length > maxTextLength,
    problem: null,
  };
}

function isTooComplex(html: string): boolean {
  let elements = 0;
  let depth = 0;
  let isTooDeep = false;
  const parser = new Parser({
    onopentag: () => {
      elements += 1;
      depth += 1;
      isTooDeep ||= depth > DEPTH_MAX;
    },
    onclosetag: () => {
      depth -= 1;
    },
  });
  for (let at = 0; at < html.length; at += PIECE_LENGTH) {
    parser.write(html.slice(at, at + PIECE_LENGTH));
    if (isTooDeep || elements > ELEMENTS_MAX) return true;
  }
  return false;
}

/** The parser takes the first element that it meets for the root. */
function asDocument(html: string): string {
  return /<html[\s>]/i.test(html) ? html : `<!doctype html><html><body>${html}</body></html>`;
}

function withoutFrame(body: PageElement | undefined): string {
  if (body === undefined) return '';
  for (const element of body.querySelectorAll(NO_ARTICLE)) element.remove();
  return body.innerHTML;
}

function writer(): TurndownService {
  const service = new TurndownService({
    headingStyle: 'atx',
    codeBlockStyle: 'fenced',
    bulletListMarker: '-',
    emDelimiter: '*',
    hr: '---',
  });
  service.use(gfm);
  return service;
}

function makeAbsolute(page: PageDocument, url: string): void {
  const base = absolute(page.querySelector('base')?.getAttribute('href') ?? '', url) ?? url;
  for (const [selector, attribute] of [
    ['a[href]', 'href'],
    ['img[src]', 'src'],
  ] as const) {
    for (const element of page.querySelectorAll(selector)) {
      const target = absolute(element.getAttribute(attribute) ?? '', base);
      if (target === null) element.removeAttribute(attribute);
      else element.setAttribute(attribute, target);
    }
  }
}

/** `null` for what leads nowhere: scripts, and pictures that are written into the page. */
function absolute(target: string, base: string): string | null {
  if (!URL.canParse(target, base)) return null;
  const { href, protocol } = new URL(target, base);
  return ['http:', 'https:', 'mailto:'].includes(protocol) ? href : null;
}
