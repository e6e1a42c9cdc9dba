/**
 * Bytes of unknown length over a stream that stays open: each frame is its length (four bytes, big-endian) and so many
 * bytes; one of length 0 ends the file.
 */
import type { Readable, Writable } from 'node:stream';

const LENGTH_BYTES = 4;
/** Larger pieces are sent in several frames, so that the sender never waits long for one. */
const FRAME_MAX_BYTES = 1_048_576;

/**
 * Sends a file as frames, no faster than they are taken.
 * @throws if the content fails, or the stream is closed; frames may then be missing.
 */
export async function sendFrames(
  stream: Writable,
  content: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    for (let at = 0; at < chunk.byteLength; at += FRAME_MAX_BYTES) {
      const piece = chunk.subarray(at, at + FRAME_MAX_BYTES);
      await write(stream, lengthOf(piece.byteLength));
      await write(stream, piece);
    }
  }
  await write(stream, lengthOf(0));
}

/** Takes files out of the frames of a stream, one after the other. */
export class FrameReader {
  readonly #source: AsyncIterator<unknown>;
  #rest: Uint8Array = new Uint8Array();

  constructor(stream: Readable) {
    this.#source = stream[Symbol.asyncIterator]();
  }

  /** The next file, whole. */
  async readFile(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (;;) {
      const head = await this.#take(LENGTH_BYTES);
      const length = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(0);
      if (length === 0) return new Uint8Array(Buffer.concat(pieces));
      pieces.push(await this.#take(length));
    }
  }

  async #take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.#rest.byteLength === 0) this.#rest = await this.#next();
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.byteLength);
      missing -= part.byteLength;
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  async #next(): Promise<Uint8Array> {
    const { done, value } = await this.#source.next();
    if (done === true || !(value instanceof Uint8Array)) throw new Error('The stream ended within a file.');
    return value;
  }
}

function lengthOf(bytes: number): Uint8Array {
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, bytes);
  return length;
}

function write(stream: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
