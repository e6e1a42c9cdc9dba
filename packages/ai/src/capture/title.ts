import { TITLE_MAX_LENGTH } from '@synap/domain';

/** Titles are meant for lists: longer ones are cut at a word. In characters. */
const COMFORTABLE_LENGTH = 80;

/** What people write before the thing itself. */
const PREFIX =
  /^(?:[-*+•]\s+)?(?:\[[ xX]?\]\s*)?(?:(?:to-?do|to do|task|reminder|remember|idea|note|notiz|aufgabe|idee|idée|event|termin|project|projekt|projet|proyecto|ai for me|action item|urgent|asap)\s*[:–—-]+\s*|(?:todo|@todo)\s+|(?:please |pls )?remember to\s+|(?:please |pls )?(?:don'?t|do not) forget (?:to\s+)?|(?:can you |could you |please |pls )*remind me (?:to|about)\s+|nicht vergessen:?\s+|ne pas oublier (?:de |d')|no olvidar\s+|new project\s*[:–—-]\s*)/iu;
const MARKUP = /^\s*(?:#{1,6}\s+|>\s*|[-*+•]\s+(?:\[[ xX]?\]\s+)?|\d{1,2}[.)]\s+(?=\p{L}))/u;
/** What is left hanging when the date after it is taken out. */
const DANGLING =
  /(?:[\s,;:–—-]+(?:on|at|by|for|until|till|before|from|in|the|every|each|starting|due|um|am|bis|ab|jeden|le|à|el|a)(?=[\s,;:–—-]|$))*[\s,;:–—-]*$/iu;

export interface TitleOptions {
  /** Parts of the content that are kept elsewhere, such as the date: the title does without them. */
  readonly without: readonly { readonly start: number; readonly end: number }[];
}

/** A title for any content, never empty: its heading or its first line or sentence. */
export function titleOf(content: string, { without }: TitleOptions): string {
  const frontMatter = /^---\r?\n[\s\S]{0,1000}?^title:\s*["']?(.+?)["']?\s*$[\s\S]{0,1000}?^---/mu.exec(content)?.[1];
  const line = frontMatter ?? firstLine(cutOut(content, without)) ?? firstLine(content) ?? content.slice(0, 200);
  const bare = withoutTrailingTags(plainText(line));
  const named = bare.replace(PREFIX, '').trim() || bare;
  return capitalised(shortened(named.replace(/[\s,;:–—-]+$/u, '') || named)) || 'Untitled';
}

function cutOut(content: string, places: TitleOptions['without']): string {
  let rest = content;
  for (const { start, end } of [...places].sort((one, other) => other.start - one.start)) {
    // 'Slides for Thursday's talk' needs its Thursday.
    if (/^['’]s\b/u.test(rest.slice(end))) continue;
    const before = rest.slice(0, start);
    const after = rest.slice(end);
    const isAtLineEnd = /^[\s.!?)]*(?:\n|$)/u.test(after);
    rest = `${isAtLineEnd ? before.replace(DANGLING, '') : before}${/^[\s,.;:!?)\n]|^$/u.test(after) || before === '' ? '' : ' '}${after}`;
  }
  return rest;
}

/** The first line that says something, without what marks it as heading, quotation or list item. */
function firstLine(text: string): string | undefined {
  for (const line of text.split('\n', 40)) {
    const bare = line
      .replace(MARKUP, '')
      .replace(/^[\s,;:.!?–—)·-]+/u, '')
      .trim();
    if (/[\p{L}\p{N}\p{S}]/u.test(bare) && !/^(?:---|```)/u.test(line)) return bare;
  }
  return undefined;
}

function plainText(line: string): string {
  return line
    .replace(/!?\[([^\]]*)\]\([^)]*\)/gu, '$1')
    .replace(/https?:\/\/(?:www\.)?(\S+)/gu, '$1')
    .replace(/(?:\*\*|__|`|~~)/gu, '')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
}

/** 'Buy paint #home' is about paint; tags are kept as tags. */
function withoutTrailingTags(line: string): string {
  return line.replace(/(?:\s+#\p{L}[\p{L}\p{N}_/-]*)+$/u, '');
}

function shortened(text: string): string {
  const characters = [...text];
  if (characters.length <= COMFORTABLE_LENGTH) return text;
  const sentence = /^.{12,79}?[.!?](?=\s)/u.exec(text)?.[0];
  if (sentence !== undefined) return sentence.replace(/\.$/u, '');
  const cut = characters.slice(0, COMFORTABLE_LENGTH - 1).join('');
  const lastSpace = cut.lastIndexOf(' ');
  const atWord = lastSpace > COMFORTABLE_LENGTH / 2 ? cut.slice(0, lastSpace) : cut;
  return `${atWord.replace(/[\s,;:–—-]+$/u, '')}…`;
}

function capitalised(text: string): string {
  const [first = '', ...rest] = text;
  const upper = first.toUpperCase();
  // 'iPhone' and 'npm install' keep their spelling; so do letters whose capital is two letters.
  const keeps = /^[a-z][A-Z]/u.test(text) || /^\S+\.\S+\/?\S*$/u.test(text) || upper.length !== first.length;
  return `${keeps ? first : upper}${rest.join('')}`.slice(0, TITLE_MAX_LENGTH).trim();
}
