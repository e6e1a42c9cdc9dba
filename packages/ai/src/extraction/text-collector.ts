import { cutAtCharacter, toStorableText } from './extracted-text.ts';

/** How much is read of a file. */
export interface ReadingLimits {
  /** How much text is wanted, in UTF-16 code units. */
  readonly maxTextLength: number;
  /** When to be content with what is read, on the clock of `performance.now()`. */
  readonly readUntil: number;
}

/**
 * Puts together the readable text of a document from its pieces, up to a length: white space between words is one
 * space, as markup means it; lines and paragraphs end where the document says so, never twice.
 */
export class TextCollector {
  readonly #maxLength: number;
  readonly #readUntil: number;
  readonly #pieces: string[] = [];
  #length = 0;
  /** How many line feeds are due before the next word. */
  #breaks: 0 | 1 | 2 = 0;
  #isSpaceDue = false;
  #isTruncated = false;

  constructor({ maxTextLength, readUntil }: ReadingLimits) {
    this.#maxLength = maxTextLength;
    this.#readUntil = readUntil;
  }

  /** Whether reading on is in vain: more would be left out, or the time is up. */
  get isFull(): boolean {
    if (performance.now() > this.#readUntil) this.#isTruncated = true;
    return this.#isTruncated;
  }

  /** Running text; its white space only parts words. */
  addWords(text: string): void {
    const words = text.replace(/\s+/g, ' ');
    const rest = words.startsWith(' ') ? words.slice(1) : words;
    if (rest !== words) this.#isSpaceDue = true;
    if (rest === '') return;
    const isSpaceAfter = rest.endsWith(' ');
    this.#push(isSpaceAfter ? rest.slice(0, -1) : rest);
    this.#isSpaceDue = isSpaceAfter;
  }

  /** Text whose white space is as written, such as code. */
  addVerbatim(text: string): void {
    if (text !== '') this.#push(text);
  }

  addSpace(): void {
    this.#isSpaceDue = true;
  }

  endLine(): void {
    if (this.#breaks < 1) this.#breaks = 1;
  }

  endParagraph(): void {
    this.#breaks = 2;
  }

  /** Says that something was left out for another reason than length. */
  markTruncated(): void {
    this.#isTruncated = true;
  }

  finish(): { text: string; isTruncated: boolean } {
    const text = toStorableText(this.#pieces.join(''));
    return { text: cutAtCharacter(text, this.#maxLength).trim(), isTruncated: this.#isTruncated };
  }

  #push(text: string): void {
    if (this.#isTruncated) return;
    const gap = this.#length === 0 ? '' : this.#breaks > 0 ? '\n'.repeat(this.#breaks) : this.#isSpaceDue ? ' ' : '';
    this.#breaks = 0;
    this.#isSpaceDue = false;
    const room = this.#maxLength - this.#length;
    const piece = gap + text;
    this.#pieces.push(cutAtCharacter(piece, room));
    this.#length += Math.min(piece.length, room);
    this.#isTruncated = piece.length > room;
  }
}
