import { expect, it } from 'vitest';
import { TaskPool } from './task-pool.ts';

it('a pool never runs more than its limits, and a task over the weight only by itself', async () => {
  const pool = new TaskPool({ tasksMax: 3, weightMax: 10, stop: new AbortController() });
  const running: number[] = [];
  const seen: number[][] = [];
  for (const weight of [1, 2, 3, 4, 9, 20, 1, 1, 1, 1]) {
    const task = async () => {
      running.push(weight);
      seen.push([...running]);
      await new Promise((resolve) => setImmediate(resolve));
      running.splice(running.indexOf(weight), 1);
    };
    await pool.start(task, { weight });
  }
  await pool.done();
  expect(seen).toHaveLength(10);
  for (const together of seen) {
    expect(together.length).toBeLessThanOrEqual(3);
    const weight = together.reduce((sum, each) => sum + each, 0);
    expect(weight <= 10 || together.length === 1).toBe(true);
  }
});

it('a task that fails stops the others and every later start, with its failure', async () => {
  const stop = new AbortController();
  const pool = new TaskPool({ tasksMax: 2, stop });
  const failure = new Error('no');
  const stopped = new Promise((resolve) => stop.signal.addEventListener('abort', resolve));
  await pool.start(async () => void (await stopped));
  await pool.start(() => Promise.reject(failure));
  await expect(pool.start(async () => undefined)).rejects.toBe(failure);
  await expect(pool.done()).rejects.toBe(failure);
});
