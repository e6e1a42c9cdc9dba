import { createHash } from 'node:crypto';
import { TooLarge, ValidationFailed } from '@synap/domain';
import { filePath } from './file-path.ts';
import type { FileToStore, StoredFile } from './file-store.ts';

const CHECKSUM = /^[0-9a-f]{64}$/;
const CHECKSUM_OF_NOTHING = '0'.repeat(64);

/** Counts and hashes content on its way into a store, and holds it to its limit and to what was announced of it. */
export class ContentMeter {
  readonly #file: FileToStore;
  readonly #hash = createHash('sha256');
  #sizeBytes = 0;

  /**
   * @throws {TypeError} if the address or the announced checksum is none: before any content is read.
   * @throws {TooLarge} if more than the limit is announced.
   */
  constructor(file: FileToStore) {
    this.#file = file;
    const { expected, maxBytes } = file;
    if (expected !== undefined && !CHECKSUM.test(expected.checksum)) {
      throw new TypeError(`'${expected.checksum}' is no SHA-256 in lower-case hexadecimal.`);
    }
    filePath({ ...file, checksum: expected?.checksum ?? CHECKSUM_OF_NOTHING });
    if (expected !== undefined && maxBytes !== undefined && expected.sizeBytes > maxBytes) throw new TooLarge(maxBytes);
  }

  /**
   * The same parts, measured as they pass.
   * @throws {TooLarge | ValidationFailed} as soon as they are more than the limit or than was announced.
   */
  async *measured(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { expected, maxBytes = Number.POSITIVE_INFINITY } = this.#file;
    for await (const part of parts) {
      this.#sizeBytes += part.byteLength;
      if (this.#sizeBytes > maxBytes) throw new TooLarge(maxBytes);
      if (expected !== undefined && this.#sizeBytes > expected.sizeBytes) {
        throw new ValidationFailed([
          { field: 'sizeBytes', message: `the content is longer than the ${expected.sizeBytes} bytes announced` },
        ]);
      }
      this.#hash.update(part);
      yield part;
    }
  }

  /**
   * What has passed, once all of it has; to be called once.
   * @throws {ValidationFailed} if it is not what was announced.
   */
  finish(): StoredFile {
    const checksum = this.#hash.digest('hex');
    const { expected } = this.#file;
    if (expected !== undefined && this.#sizeBytes !== expected.sizeBytes) {
      const message = `the content ended after ${this.#sizeBytes} of the ${expected.sizeBytes} bytes announced`;
      throw new ValidationFailed([{ field: 'sizeBytes', message }]);
    }
    if (expected !== undefined && checksum !== expected.checksum) {
      const message = `the content's SHA-256 is ${checksum}, not ${expected.checksum} as announced`;
      throw new ValidationFailed([{ field: 'checksum', message }]);
    }
    return { path: filePath({ ...this.#file, checksum }), sizeBytes: this.#sizeBytes, checksum };
  }
}
