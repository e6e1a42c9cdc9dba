import { setTimeout as delay } from 'node:timers/promises';

/** Asks again and again until the answer is there; fails with the last answer when time is up. */
export async function eventually<Value>(
  ask: () => Promise<Value>,
  isThere: (value: Value) => boolean,
  { timeoutMs = 30_000 }: { timeoutMs?: number } = {},
): Promise<Value> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (isThere(value)) return value;
    if (Date.now() > deadline) throw new Error(`It did not come to pass. The last answer: ${JSON.stringify(value)}`);
    await delay(50);
  }
}
