/** The encodings in which a text is accepted. Others cannot be told from binary data, or from each other, by bytes. */
export type TextCharset = 'utf-8' | 'utf-16le' | 'utf-16be';

/** Bytes read as text, without their byte order mark. */
export interface DecodedText {
  readonly text: string;
  readonly charset: TextCharset;
}

/**
 * Reads bytes as text: UTF-8, or UTF-16 where a byte order mark says so.
 *
 * @param options.isComplete whether these are all the bytes; if not, a character that is cut off at the end is left out.
 * @returns undefined if this is no text: malformed, or with a NUL.
 */
export function decodeText(bytes: Uint8Array, { isComplete }: { isComplete: boolean }): DecodedText | undefined {
  const charset = charsetOf(bytes);
  try {
    const text = new TextDecoder(charset, { fatal: true }).decode(bytes, { stream: !isComplete });
    return text.includes('\0') ? undefined : { text, charset };
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** What the byte order mark says; UTF-8 if there is none. */
export function charsetOf(bytes: Uint8Array): TextCharset {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}
