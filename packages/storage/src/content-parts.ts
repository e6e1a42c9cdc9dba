/** So much is hashed and written at a time, so that a large content does not hold up everybody else. */
const PART_SIZE_BYTES = 1024 * 1024;

/**
 * The parts of content as they come. An abort is thrown at once, even while the source is silent; the source is then
 * told to stop, and so it is when the reader turns away.
 */
export async function* partsOf(
  content: Uint8Array | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (content instanceof Uint8Array) yield* slices(content, signal);
  else if (signal === undefined) yield* content;
  else yield* untilAborted(content, signal);
}

function* slices(content: Uint8Array, signal: AbortSignal | undefined): Generator<Uint8Array> {
  for (let start = 0; start < content.byteLength; start += PART_SIZE_BYTES) {
    signal?.throwIfAborted();
    yield content.subarray(start, start + PART_SIZE_BYTES);
  }
}

async function* untilAborted(content: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const source = content[Symbol.asyncIterator]();
  /** Whether it has an answer to give still; one that has ended, or failed, is not told to stop. */
  let isWaiting = true;
  try {
    while (true) {
      isWaiting = true;
      const result = await settledOrAborted(source.next(), signal);
      if (result.done === true) return;
      isWaiting = false;
      yield result.value;
    }
  } finally {
    if (!isWaiting) await source.return?.();
    // A generator that waits for its own source answers only when that does, which may be never: nobody waits for it.
    // What it says then concerns nobody either, since the put has failed already.
    else if (signal.aborted) source.return?.().catch(() => undefined);
  }
}

function settledOrAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
