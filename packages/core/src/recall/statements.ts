/*
 * Texts as what they state: their sentences as sequences of words, without case, markup and marks of citation. A
 * statement stands in another text if that has its words in a row.
 */

const CITATION_MARK = /\[\d{1,3}\]/gu;

/** The statements of a text, each as its words with a space between them. */
export function statementsOf(text: string): string[] {
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'sentence' });
  return text
    .replace(CITATION_MARK, ' ')
    .split('\n')
    .flatMap((line) => [...segmenter.segment(line)].map(({ segment }) => wordsOf(segment)))
    .filter((statement) => statement !== '');
}

/** The words of a text in a row, ready to be searched for statements. */
export function wordsOf(text: string): string {
  return (
    text
      .toLowerCase()
      .normalize('NFC')
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  ).join(' ');
}

/** Whether a text, by its words, has a statement in it. */
export function states(words: string, statement: string): boolean {
  return ` ${words} `.includes(` ${statement} `);
}
