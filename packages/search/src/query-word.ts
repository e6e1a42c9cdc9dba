/** A word of the query as the index knows it. */
export interface QueryWord {
  readonly word: string;
  /** How rare it is among the user's chunks: inverse document frequency. */
  readonly rarity: number;
  /** Its rarity in units of a word that one chunk alone has; 1 for that and for what no chunk has. */
  readonly distinctness: number;
  /** Whether any of the user's chunks has it. */
  readonly isKnown: boolean;
  /** How many chunks the user has in all. */
  readonly chunks: number;
}

/**
 * @param counts how many of the user's chunks there are, and how many of them have the word; and in how many it is not
 *   indexed, being one of the little words of their language, which nearly all of them have.
 */
export function toQueryWord(
  word: string,
  { uses, chunks, unindexed = 0 }: { uses: number; chunks: number; unindexed?: number },
): QueryWord {
  const rarity = inverseDocumentFrequency(Math.min(uses + unindexed, Math.max(uses, chunks)), chunks);
  const ofOneChunk = inverseDocumentFrequency(1, Math.max(1, chunks));
  return { word, rarity, distinctness: Math.min(1, rarity / ofOneChunk), isKnown: uses > 0, chunks };
}

/** As BM25 has it (Robertson and Zaragoza 2009, section 3.1, in the form that is never negative). */
function inverseDocumentFrequency(uses: number, chunks: number): number {
  return Math.log(1 + Math.max(0, chunks - uses + 0.5) / (uses + 0.5));
}
