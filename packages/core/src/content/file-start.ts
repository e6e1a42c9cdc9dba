/** Content of which the beginning has been read. */
export interface StartedContent {
  /** The first bytes, as many as were asked for or as there are. */
  readonly head: Uint8Array;
  /** Whether `head` is all of it. */
  readonly isComplete: boolean;
  /** All of it, the head included; to be read once. */
  readonly content: AsyncIterable<Uint8Array>;
  /** Tells the source to stop, if it has not been read to its end. */
  close(): Promise<void>;
}

/** Reads the beginning of content, to tell what it is before anything is done with it. */
export async function readStart(
  content: AsyncIterable<Uint8Array>,
  { headBytes }: { headBytes: number },
): Promise<StartedContent> {
  const source = content[Symbol.asyncIterator]();
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  let isAtEnd = false;
  while (sizeBytes < headBytes && !isAtEnd) {
    const next = await source.next();
    isAtEnd = next.done === true;
    if (next.done === true) break;
    parts.push(next.value);
    sizeBytes += next.value.byteLength;
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield* parts.splice(0);
    while (!isAtEnd) {
      const next = await source.next();
      isAtEnd = next.done === true;
      if (next.done !== true) yield next.value;
    }
  }
  return {
    head: Buffer.concat(parts).subarray(0, headBytes),
    isComplete: isAtEnd && sizeBytes <= headBytes,
    content: whole(),
    close: async () => {
      if (!isAtEnd) await source.return?.();
      isAtEnd = true;
    },
  };
}
