/** From this length on, two mistakes are forgiven. */
const LONG_WORD_LENGTH = 8;

/**
 * Whether a word is another one with one mistake, or two in a long word: a letter too many, too few or wrong, or two
 * that changed places (optimal string alignment, Damerau 1964). The first letter is right: people hardly miss it, and
 * words that differ in it are mostly others.
 */
export function isMisspelling(word: string, meant: string): boolean {
  const [from, to] = [[...word], [...meant]];
  const most = Math.min(from.length, to.length) >= LONG_WORD_LENGTH ? 2 : 1;
  if (word === meant || from[0] !== to[0] || Math.abs(from.length - to.length) > most) return false;
  return distance(from, to) <= most;
}

function distance(from: readonly string[], to: readonly string[]): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (isSwap) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last.at(-1) ?? 0;
}
