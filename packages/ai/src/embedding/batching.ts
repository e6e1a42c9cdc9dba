/**
 * Cuts a list of texts into batches that each run for well under 100 ms on one core, so that urgent work never waits
 * long for a running batch. Texts of like length go together, because each row is padded to the longest of its batch.
 *
 * Measured on one core: about 0.26 ms per padded token whatever the number of rows (batching gains at most a
 * seventh, for the shortest texts, and costs memory), so the budget is counted in padded tokens: 256 is one longest
 * text, some 70 ms.
 */
const BATCH_TOKENS = 256;

/** No text needs more of its characters looked at to fill the model's window of 256 tokens. */
const MAX_CHARACTERS = 8_192;

export interface TextBatch {
  readonly texts: readonly string[];
  /** Where each text stood in the list. */
  readonly indexes: readonly number[];
}

export function toBatches(texts: readonly string[]): TextBatch[] {
  const rows = texts
    .map((text, index) => ({ text: text.slice(0, MAX_CHARACTERS), index }))
    .map((row) => ({ ...row, tokens: estimatedTokens(row.text) }))
    .sort((one, other) => one.tokens - other.tokens);
  const batches: { texts: string[]; indexes: number[] }[] = [];
  let current: { texts: string[]; indexes: number[] } | undefined;
  for (const { text, index, tokens } of rows) {
    if (current === undefined || (current.texts.length + 1) * tokens > BATCH_TOKENS) {
      current = { texts: [], indexes: [] };
      batches.push(current);
    }
    current.texts.push(text);
    current.indexes.push(index);
  }
  return batches;
}

/** A good guess without the tokeniser: it only shapes batches. Latin text has about 4 characters a token, other scripts one. */
function estimatedTokens(text: string): number {
  const latin = text.match(/[\p{ASCII}\p{Script=Latin}]/gu)?.length ?? 0;
  return Math.min(BATCH_TOKENS, 3 + Math.ceil(latin / 4) + (text.length - latin));
}
