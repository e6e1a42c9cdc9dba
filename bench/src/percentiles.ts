import { setTimeout as delay } from 'node:timers/promises';

/** The value that `share` (0..1) of the samples do not exceed: the nearest-rank method. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Milliseconds to one digit. */
export function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}

/** How long each of `count` calls took, one after the other with a pause in between, in milliseconds. */
export async function timeEach(
  count: number,
  action: (index: number) => Promise<unknown>,
  { pauseMs = 0 }: { pauseMs?: number } = {},
): Promise<number[]> {
  const samples: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startedAt = performance.now();
    await action(index);
    samples.push(performance.now() - startedAt);
    if (pauseMs > 0) await delay(pauseMs);
  }
  return samples;
}
