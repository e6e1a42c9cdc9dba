const FUNCTION_WORDS = new Set(
  (
    'a an and are as at be been but by can could did do does for from had has have how i if in into is it its me my no ' +
    'not of off on one or our out so some still than that the their them there they this to under up was we were what ' +
    'when where which who whom why will with would you your she he her his him us am may more most after before behind ' +
    'near over'
  ).split(' '),
);
/** From here on, one word that begins with another counts as the same: `neighbour` and `neighbourhood`. */
const PREFIX_MIN_LENGTH = 5;

/** The words of an English text that say something, cut down to about their stems. */
function contentWords(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.filter((word) => word.length > 1 && !FUNCTION_WORDS.has(word)).map(stemOf));
}

/** The words of one that the other has too, in whatever form. */
export function sharedContentWords(left: string, right: string): string[] {
  const others = [...contentWords(right)];
  return [...contentWords(left)].filter((word) => others.some((other) => isSame(word, other)));
}

function isSame(left: string, right: string): boolean {
  if (left === right) return true;
  if (Math.min(left.length, right.length) < PREFIX_MIN_LENGTH) return false;
  return left.startsWith(right) || right.startsWith(left);
}

function stemOf(word: string): string {
  return word
    .replace(/(ing|ed|es|s|ly|er)$/, '')
    .replace(/y$/, 'i')
    .replace(/e$/, '');
}
