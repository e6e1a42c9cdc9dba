import { isColourCode, tagSchema } from '@synap/domain';
import type { TextEmbedder } from '../embedding/text-embedder.ts';
import type { Guess } from './capture-analyzer.ts';

/** Beyond those written with '#': more would be noise. */
const MAX_PROPOSED = 3;
/** So many of a person's tags are compared; they come most used first or not at all sorted, and few have more. */
const MAX_KNOWN = 500;
/** Cosine similarity of a thought and a tag's name from which the thought is about the tag: with all-MiniLM-L6-v2
 * true pairs ('mow the lawn', garden) are mostly above it and unrelated ones stay below 0.3. */
const MIN_SIMILARITY = 0.36;

const HASHTAG = /(?<![\p{L}\p{N}\p{M}_&/#.=?\\-])#(\p{L}[\p{L}\p{M}\p{N}_/+-]*)/gu;
/** What stands in it is no one's words. */
export const CODE_OR_ADDRESS = /https?:\/\/\S+|```[\s\S]*?(?:```|$)|`[^`\n]*`/gu;

/** The tags that are written in the content, as they would be stored. Not '#1', headings, colours or parts of addresses. */
export function writtenTags(content: string): string[] {
  const found = [...content.replace(CODE_OR_ADDRESS, ' ').matchAll(HASHTAG)]
    .map(([, name = '']) => name)
    .filter((name) => !isColourCode(name))
    .flatMap((name) => storedForm(name));
  return [...new Set(found)];
}

function storedForm(tag: string): string[] {
  const parsed = tagSchema.safeParse(tag);
  return parsed.success ? [parsed.data] : [];
}

export interface TagGuesser {
  /** Written tags first (certain), then the person's own tags that the content is clearly about. */
  guess(
    content: string,
    options: {
      vector: Float32Array;
      knownTags: readonly string[];
      /** On what is most alike, with how much speaks for each. */
      nearbyTags?: readonly Guess<string>[];
      signal?: AbortSignal;
    },
  ): Promise<Guess<string>[]>;
}

/** Compares thoughts with tags; it remembers the vectors of the last few thousand tags. */
export function createTagGuesser({ embedder }: { embedder: TextEmbedder }): TagGuesser {
  const vectors = new Map<string, Float32Array>();
  const load = async (tags: readonly string[], signal: AbortSignal | undefined): Promise<void> => {
    if (vectors.size > 4 * MAX_KNOWN) vectors.clear();
    const missing = tags.filter((tag) => !vectors.has(tag));
    if (missing.length === 0) return;
    const made = await embedder.embed(missing.map(spoken), { priority: 'interactive', ...(signal && { signal }) });
    for (const [index, tag] of missing.entries()) {
      const vector = made[index];
      if (vector !== undefined) vectors.set(tag, vector);
    }
  };
  return {
    async guess(content, { vector, knownTags, nearbyTags = [], signal }) {
      const written = writtenTags(content);
      const others = [...new Set(knownTags.slice(0, MAX_KNOWN).flatMap(storedForm))].filter(
        (tag) => !written.includes(tag),
      );
      await load(others, signal);
      const words = new Set(
        content
          .toLowerCase()
          .match(/[\p{L}\p{N}\p{M}]+/gu)
          ?.map(stem),
      );
      const proposed = others
        .map((tag) => ({
          value: tag,
          confidence: Math.max(
            confidenceOf(tag, words, similarity(vector, vectors.get(tag))),
            nearbyTags.find(({ value }) => value === tag)?.confidence ?? 0,
          ),
        }))
        .filter(({ confidence }) => confidence > 0)
        .sort((one, other) => other.confidence - one.confidence)
        .slice(0, MAX_PROPOSED);
      return [...written.map((value) => ({ value, confidence: 1 })), ...proposed];
    },
  };
}

/** A tag whose every word stands in the text is meant; otherwise its meaning must be near. 0 is no. */
function confidenceOf(tag: string, words: ReadonlySet<string>, nearness: number): number {
  const parts = spoken(tag).match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  if (parts.length > 0 && parts.every((part) => words.has(stem(part)))) return 0.9;
  return nearness >= MIN_SIMILARITY ? Math.min(0.85, nearness + 0.2) : 0;
}

const spoken = (tag: string): string => tag.replace(/[_/.+-]+/gu, ' ');

/** Singular and plural are the same tag. */
const stem = (word: string): string =>
  word.length > 3 ? word.toLowerCase().replace(/(?:es|s)$/u, '') : word.toLowerCase();

function similarity(one: Float32Array, other: Float32Array | undefined): number {
  return other === undefined ? 0 : one.reduce((sum, value, axis) => sum + value * (other[axis] ?? 0), 0);
}
