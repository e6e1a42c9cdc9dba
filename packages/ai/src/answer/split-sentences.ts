/** The end of a sentence, in Latin script and in Chinese and Japanese, or of a line. */
const SENTENCE_END = /[.!?…]["'”’)]*(?=\s)|[。！？][”’）」』]*|\n/gu;
/** What stands before the words of a line in Markdown. */
const LINE_SYNTAX = /^(?:\s|>|#{1,6}\s|[-*+]\s|\d{1,3}[.)]\s|\[[ xX]\]\s)+/;
/** Fewer letters say nothing alone, such as an abbreviation; it goes on with what follows. */
const SENTENCE_MIN_LENGTH = 12;

/** The sentences of a passage, each an exact slice of it, without the syntax at the start of a line. */
export function splitSentences(text: string): string[] {
  const sentences: string[] = [];
  let start = 0;
  const take = (end: number): void => {
    const sentence = text.slice(start, end).replace(LINE_SYNTAX, '').trim();
    start = end;
    if (/[\p{L}\p{N}]/u.test(sentence)) sentences.push(sentence);
  };
  for (const match of text.matchAll(SENTENCE_END)) {
    const end = match.index + match[0].length;
    const isLineEnd = match[0] === '\n';
    if (isLineEnd || sizeOf(text.slice(start, end)) >= SENTENCE_MIN_LENGTH) take(end);
  }
  take(text.length);
  return sentences;
}

/** A character of a script without spaces says about as much as three letters. */
function sizeOf(text: string): number {
  let size = 0;
  for (const character of text.trim()) size += character > '\u2e7f' ? 3 : 1;
  return size;
}
