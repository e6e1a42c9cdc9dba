import { TooLarge, UnsupportedType, ValidationFailed } from '@synap/domain';

/**
 * Checks that a text is something a person could have written, and gives its UTF-8 bytes.
 *
 * @throws {ValidationFailed} if it is blank or no well-formed Unicode.
 * @throws {TooLarge} if it is longer than `maxBytes`.
 * @throws {UnsupportedType} if it is binary data in a text's place.
 */
export function encodeText(content: string, { maxBytes }: { maxBytes: number }): Uint8Array {
  // Every UTF-16 code unit takes at least one byte: the cheap check first.
  if (content.length > maxBytes) throw new TooLarge(maxBytes);
  refuseBlank(content);
  if (!content.isWellFormed()) {
    throw new ValidationFailed([
      { field: 'content', message: 'well-formed Unicode; this has half of a surrogate pair' },
    ]);
  }
  if (content.includes('\0')) {
    throw new UnsupportedType('This is binary data, not text: it holds a NUL character. Send it as a file instead.');
  }
  const bytes = new TextEncoder().encode(content);
  if (bytes.byteLength > maxBytes) throw new TooLarge(maxBytes);
  return bytes;
}

/** @throws {ValidationFailed} if there is nothing to read in it. */
export function refuseBlank(text: string): void {
  if (text.trim() !== '') return;
  throw new ValidationFailed([{ field: 'content', message: 'some text; this is empty or white space only' }]);
}

/**
 * Decodes bytes that should be text. A byte order mark stays: a text has as many bytes as the file that it is from.
 * @throws {UnsupportedType} if they hold a NUL: binary data.
 * @throws {ValidationFailed} if they are no UTF-8.
 */
export function decodeText(bytes: Uint8Array): string {
  if (bytes.includes(0)) {
    throw new UnsupportedType('This is binary data, not text: it holds a NUL byte. Send it as a file instead.');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ValidationFailed([{ field: 'content', message: 'UTF-8 text; these bytes are not valid UTF-8' }]);
  }
}
