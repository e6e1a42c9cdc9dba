/**
 * Work that tells how far it has come, as a stream of what it tells: the latest only where it is told faster than it is
 * asked for, and what the work gives at its end as the last.
 *
 * @throws whatever the work does.
 */
export async function* withProgress<Progress>(
  work: (onProgress: (progress: Progress) => void) => Promise<Progress>,
): AsyncGenerator<Progress> {
  let told: Progress[] = [];
  let wakeUp: () => void = () => undefined;
  let isDone = false;
  const result = work((progress) => {
    told = [progress];
    wakeUp();
  }).finally(() => {
    isDone = true;
    wakeUp();
  });
  // Awaited below; until then a failure must not count as unhandled.
  result.catch(() => undefined);
  while (!isDone) {
    await new Promise<void>((resolve) => {
      wakeUp = resolve;
      if (isDone || told.length > 0) resolve();
    });
    if (!isDone) yield* told.splice(0);
  }
  yield await result;
}
