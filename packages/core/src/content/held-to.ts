import { createHash } from 'node:crypto';
import { ValidationFailed } from '@synap/domain';

/** What a sender says of content that it sends. */
export interface AnnouncedContent {
  /** SHA-256 in lower-case hexadecimal. */
  readonly checksum?: string | undefined;
  readonly sizeBytes?: number | undefined;
}

/**
 * The same content, held to what was announced of it: it fails where it should end, so that whoever stores it keeps
 * nothing of it.
 *
 * @param announced asked for at the end of the content: it may come after it.
 * @throws {ValidationFailed} naming `checksum` or `sizeBytes`, in place of the end.
 */
export async function* heldTo(
  content: AsyncIterable<Uint8Array>,
  announced: () => AnnouncedContent,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let length = 0;
  for await (const part of content) {
    hash.update(part);
    length += part.byteLength;
    yield part;
  }
  const { checksum, sizeBytes } = announced();
  if (sizeBytes !== undefined && length !== sizeBytes) {
    const message = `the content has ${length} bytes, not the ${sizeBytes} announced`;
    throw new ValidationFailed([{ field: 'sizeBytes', message }]);
  }
  const actual = hash.digest('hex');
  if (checksum !== undefined && actual !== checksum) {
    const message = `the content's SHA-256 is ${actual}, not ${checksum} as announced`;
    throw new ValidationFailed([{ field: 'checksum', message }]);
  }
}
