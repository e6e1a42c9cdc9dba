/** What a text is by the way it starts; `fragment` is a tag that Markdown may start with as well as HTML. */
export type MarkupStart = 'svg' | 'html' | 'fragment' | 'pdf' | 'none';

/** Only a document starts with these. */
const DOCUMENT_TAGS = new Set(
  ['html', 'head', 'title', 'meta', 'link', 'base', 'style', 'script', 'body', 'frameset', 'iframe'], //
);

/**
 * How a text starts, past white space, comments, processing instructions and a doctype, as the WHATWG's standard for
 * sniffing MIME types looks at it (https://mimesniff.spec.whatwg.org). Takes time linear in the text.
 */
export function markupStart(text: string): MarkupStart {
  let at = skipSpace(text, 0);
  if (text.startsWith('%PDF-', at)) return 'pdf';
  let hasComment = false;
  while (text[at] === '<') {
    if (text.startsWith('<!--', at)) {
      hasComment = true;
      at = skipPast(text, '-->', at + 4);
    } else if (text.startsWith('<?', at)) {
      at = skipPast(text, '?>', at + 2);
    } else if (text.startsWith('<!', at)) {
      const doctype = /^<!doctype\s+([\w:-]{1,40})/iu.exec(text.slice(at, at + 100))?.[1]?.toLowerCase();
      if (doctype === 'html') return 'html';
      at = skipDoctype(text, at + 2);
    } else {
      return byTag(text.slice(at, at + 60));
    }
    at = skipSpace(text, at);
  }
  return hasComment ? 'fragment' : 'none';
}

function byTag(start: string): MarkupStart {
  const tag = /^<(?:[a-z][\w-]*:)?([a-z][a-z0-9]*)(?=[\s/>])/iu.exec(start)?.[1]?.toLowerCase();
  if (tag === undefined) return 'none';
  if (tag === 'svg') return 'svg';
  return DOCUMENT_TAGS.has(tag) ? 'html' : 'fragment';
}

function skipSpace(text: string, from: number): number {
  const notSpace = /[^\s\uFEFF]/gu;
  notSpace.lastIndex = from;
  return notSpace.exec(text)?.index ?? text.length;
}

function skipPast(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found + mark.length;
}

/** Past the `>` that ends a doctype; the declarations that it may have in `[ … ]`, and quotes, hold others. */
function skipDoctype(text: string, from: number): number {
  const marks = /"[^"]*"|'[^']*'|[[\]>]/g;
  marks.lastIndex = from;
  let depth = 0;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === '[') depth += 1;
    if (mark[0] === ']') depth -= 1;
    if (mark[0] === '>' && depth <= 0) return mark.index + 1;
  }
  return text.length;
}
