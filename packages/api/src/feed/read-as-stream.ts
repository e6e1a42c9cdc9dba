/**
 * Words as the body of an answer, each asked for only when the one before it has gone out: whoever reads slowly is buffered
 * nowhere, and whoever does not read at all for `stalledMs` is cut off.
 *
 * @param options.onEnd called once when nothing more is read, whoever ended it.
 */
export function readAsStream(
  words: AsyncGenerator<string>,
  { stalledMs, onEnd }: { stalledMs: number; onEnd: () => void },
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let stalled: NodeJS.Timeout | undefined;
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        clearTimeout(stalled);
        try {
          const { done, value } = await words.next();
          if (done === true) {
            onEnd();
            controller.close();
            return;
          }
          controller.enqueue(encoder.encode(value));
          stalled = setTimeout(() => {
            onEnd();
            controller.error(new Error('The reader does not read.'));
          }, stalledMs);
          stalled.unref();
        } catch (error) {
          onEnd();
          controller.error(error);
        }
      },
      cancel: () => {
        clearTimeout(stalled);
        onEnd();
      },
    },
    { highWaterMark: 0 },
  );
}
