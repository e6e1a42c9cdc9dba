/**
 * How much a text says, in units of one Latin letter. Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese write a
 * word with few characters, most of them a token of an embedding model each: those count more.
 */
const DENSE_CHARACTER_SIZE = 3;

/** The size of a part of a text, in letters. */
export function sizeOf(text: string, start: number, end: number): number {
  let size = 0;
  for (let position = start; position < end; position += 1) size += unitSize(text.charCodeAt(position));
  return size;
}

/** The position after the longest part from `start` that is no larger than `size`, and at most `end`. */
export function endOfSize(text: string, { start, end, size }: { start: number; end: number; size: number }): number {
  let used = 0;
  for (let position = start; position < end; position += 1) {
    used += unitSize(text.charCodeAt(position));
    if (used > size) return position;
  }
  return end;
}

function unitSize(codeUnit: number): number {
  return codeUnit >= 0x0e00 && isDense(codeUnit) ? DENSE_CHARACTER_SIZE : 1;
}

/** Blocks of the Unicode standard. Rarer ideographs are surrogate pairs, and so count as two letters. */
function isDense(codeUnit: number): boolean {
  return (
    codeUnit <= 0x0eff || // Thai, Lao
    (codeUnit >= 0x1000 && codeUnit <= 0x109f) || // Burmese
    (codeUnit >= 0x1780 && codeUnit <= 0x17ff) || // Khmer
    (codeUnit >= 0x3000 && codeUnit <= 0x9fff) || // kana, ideographs and their punctuation
    (codeUnit >= 0xac00 && codeUnit <= 0xd7af) // Hangul
  );
}
