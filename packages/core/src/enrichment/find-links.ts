import type { TitledEntity } from '@synap/database';
import type { EntityId } from '@synap/domain';

/** A link to one of the person's own things, and how sure it is meant. */
export interface FoundLink {
  readonly value: { readonly targetId: EntityId };
  readonly confidence: number;
}

const LINKS_MAX = 10;
/** `[[Title]]`, `[[Title|as written]]`, `[[Title#heading]]`: the person wrote the link. */
const WIKI_LINK = /\[\[([^[\]|#\n]+)(?:#[^[\]|\n]*)?(?:\|[^[\]\n]*)?\]\]/gu;
const WRITTEN = 1;
/** Several words in a row, written as in the title, are hardly chance. */
const EXACT_PHRASE = 0.8;
const PHRASE = 0.55;
/** One word may well mean something else. */
const EXACT_WORD = 0.4;

/**
 * Of the things whose titles stand in a text, those that are meant by it, the surest first. A title within a longer one
 * that is meant does not count, and of things with the same title the first.
 *
 * @param candidates the longest title first.
 */
export function findLinks(text: string, candidates: readonly TitledEntity[]): FoundLink[] {
  const written = new Set([...text.matchAll(WIKI_LINK)].map(([, title = '']) => title.trim().toLowerCase()));
  let rest = text;
  const links: FoundLink[] = [];
  for (const { id, title } of candidates) {
    const confidence = written.has(title.toLowerCase()) ? WRITTEN : confidenceOf(rest, title);
    if (confidence === 0) continue;
    written.delete(title.toLowerCase());
    rest = rest.replace(asWholeWords(title, 'giu'), '\n');
    links.push({ value: { targetId: id }, confidence });
  }
  return links.sort((left, right) => right.confidence - left.confidence).slice(0, LINKS_MAX);
}

function confidenceOf(text: string, title: string): number {
  const words = title.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const isExact = asWholeWords(title, 'u').test(text);
  if (words.length === 1) return isExact && /^\p{Lu}/u.test(title) ? EXACT_WORD : 0;
  if (isExact) return EXACT_PHRASE;
  return asWholeWords(title, 'iu').test(text) ? PHRASE : 0;
}

function asWholeWords(title: string, flags: string): RegExp {
  const escaped = title.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{M}\\p{N}])${escaped}(?![\\p{L}\\p{M}\\p{N}])`, flags);
}
