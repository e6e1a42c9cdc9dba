import MarkdownIt, { type StateInline, type Token } from 'markdown-it';
import { frontMatterLength } from '../plain-text.ts';

/*
 * What people write into Markdown to name things: `[[links]]`, `#tags` and `@people`, found by a CommonMark parser, so that
 * code, addresses, HTML, escaped characters and the marks of headings are none.
 *
 * The parser is linear in hostile texts, too: emphasis, images and tables, which only cost time here, are left out of it,
 * and nesting is bounded. What lies beyond `READ_MAX_LENGTH` is not read.
 */

/** So much of a text is read: a book. It bounds the time that a write waits for it to about half a second. */
export const READ_MAX_LENGTH = 1_000_000;
const NESTING_MAX = 20;

/** A part of a block's source, in UTF-16 units. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/** Something that a text names, and where. */
export interface WrittenName extends Place {
  readonly kind: 'link' | 'tag' | 'person';
  /** The title that a link has, without heading and alias; a tag or a name without its mark. */
  readonly name: string;
}

/** A paragraph, a heading, or another block of words, with what it names. */
export interface NamingBlock {
  /** Its source. */
  readonly text: string;
  readonly names: readonly WrittenName[];
}

/** What cannot be in a title, and half of a surrogate pair, end the search for a link. */
const LINK = /\[\[([^[\]\n]{1,1000})\]\]/uy;
const TAG = /#([\p{L}\p{N}][\p{L}\p{M}\p{N}_/-]{0,120})(?![\p{L}\p{M}\p{N}_#])/uy;
const PERSON = /@(\p{L}[\p{L}\p{M}\p{N}_-]{0,80})(?![\p{L}\p{M}\p{N}_/]|[.@]\p{L})/uy;
/** A mark within a word or an address names nothing. */
const BEFORE_A_MARK = /[\s([{"'“‘„«‹,;:!¡¿*~=|—–]/u;

const parser = new MarkdownIt({ html: true, maxNesting: NESTING_MAX })
  .disable(['emphasis', 'strikethrough', 'image', 'entity', 'table'])
  .use((markdown) => {
    markdown.inline.ruler.before('link', 'written_link', (state, isSilent) => readLink(state, isSilent));
    markdown.inline.ruler.before('link', 'written_tag', (state, isSilent) => readMark(state, isSilent, TAG));
    markdown.inline.ruler.before('link', 'written_person', (state, isSilent) => readMark(state, isSilent, PERSON));
  });

/** The blocks of a text that name something, in the order of the text. */
export function* readNamingBlocks(markdown: string): Generator<NamingBlock> {
  const text = markdown.slice(frontMatterLength(markdown)).slice(0, READ_MAX_LENGTH);
  // Most texts name nothing, and need no parser to say so.
  if (!/\[\[|[#@][\p{L}\p{N}]/u.test(text)) return;
  for (const { type, content, children } of parser.parse(text, {})) {
    if (type !== 'inline' || children === null) continue;
    const names = children.flatMap(writtenNames);
    if (names.length > 0) yield { text: content, names };
  }
}

const KINDS: Readonly<Record<string, WrittenName['kind']>> = {
  written_link: 'link',
  written_tag: 'tag',
  written_person: 'person',
};

function writtenNames({ type, content, meta }: Token): WrittenName[] {
  const kind = KINDS[type];
  const { start, end } = meta ?? {};
  if (kind === undefined || typeof start !== 'number' || typeof end !== 'number') return [];
  return [{ kind, name: content, start, end }];
}

function readLink(state: StateInline, isSilent: boolean): boolean {
  LINK.lastIndex = state.pos;
  const [whole, inside = ''] = LINK.exec(state.src) ?? [];
  if (whole === undefined) return false;
  // In a table the bar before the alias is escaped; what follows '#' is a heading within the target.
  const name = inside.replace(/\\?\|.*$/su, '').replace(/#.*$/su, '');
  push(state, isSilent, { type: 'written_link', name: name.replace(/\s+/gu, ' ').trim(), length: whole.length });
  return true;
}

function readMark(state: StateInline, isSilent: boolean, pattern: RegExp): boolean {
  const { pos, src } = state;
  if (pos > 0 && !BEFORE_A_MARK.test(src.charAt(pos - 1))) return false;
  pattern.lastIndex = pos;
  const [whole, name = ''] = pattern.exec(src) ?? [];
  if (whole === undefined) return false;
  push(state, isSilent, { type: pattern === TAG ? 'written_tag' : 'written_person', name, length: whole.length });
  return true;
}

function push(
  state: StateInline,
  isSilent: boolean,
  { type, name, length }: { type: string; name: string; length: number },
): void {
  const { pos } = state;
  if (!isSilent) {
    const token = state.push(type, '', 0);
    token.content = name;
    token.meta = { start: pos, end: pos + length };
  }
  state.pos += length;
}
