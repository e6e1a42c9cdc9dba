import type { TitledEntity } from '@synap/database';
import { type EntityId, EntityType } from '@synap/domain';

/** A link to one of the person's own things, and how sure it is meant. */
export interface FoundLink {
  readonly value: { readonly targetId: EntityId };
  readonly confidence: number;
}

const LINKS_MAX = 10;
/** What the person wrote as a link is one already, see `readContentNames`; its words say nothing more. */
const WIKI_LINK = /\[\[[^[\]\n]{1,1000}\]\]/gu;
/** Several words in a row, written as in the title, are hardly chance. */
const EXACT_PHRASE = 0.8;
const PHRASE = 0.55;
/** One word may well mean something else. */
const EXACT_WORD = 0.4;
/** A title that nobody gave is how a text begins, and another may begin so, too. */
const UNNAMED_PHRASE = 0.4;

/**
 * Of the things whose titles stand in a text, those that are meant by it, the surest first. A title within a longer one
 * that is meant does not count, and of things with the same title the first.
 *
 * @param candidates the longest title first.
 */
export function findLinks(text: string, candidates: readonly TitledEntity[]): FoundLink[] {
  let rest = text.replace(WIKI_LINK, '\n');
  const links: FoundLink[] = [];
  for (const candidate of candidates) {
    const { id, title } = candidate;
    const confidence = confidenceOf(rest, candidate);
    if (confidence === 0) continue;
    rest = rest.replace(asWholeWords(title, 'giu'), '\n');
    links.push({ value: { targetId: id }, confidence });
  }
  return links.sort((left, right) => right.confidence - left.confidence).slice(0, LINKS_MAX);
}

/** A task is called what is to be done: to say that again is no word about the task. */
function confidenceOf(text: string, { title, type, isNamed }: TitledEntity): number {
  if (type === EntityType.task) return 0;
  const isPhrase = (title.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).length > 1;
  const isExact = asWholeWords(title, 'u').test(text);
  if (!isPhrase) return isNamed && isExact && /^\p{Lu}/u.test(title) ? EXACT_WORD : 0;
  if (!isNamed) return isExact ? UNNAMED_PHRASE : 0;
  if (isExact) return EXACT_PHRASE;
  return asWholeWords(title, 'iu').test(text) ? PHRASE : 0;
}

function asWholeWords(title: string, flags: string): RegExp {
  const escaped = title.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{M}\\p{N}])${escaped}(?![\\p{L}\\p{M}\\p{N}])`, flags);
}
