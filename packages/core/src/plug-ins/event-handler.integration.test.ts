import type { StoredEvent } from '@synap/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../testing/test-store.ts';
import { type EventHandler, startEventHandlers } from './event-handler.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

/** Starts handlers as one process does; failures are kept. */
function start(handlers: readonly EventHandler[], { owner = 'one' } = {}) {
  const failures: string[] = [];
  const running = startEventHandlers(store.parts, handlers, {
    owner,
    pollIntervalMs: 60_000,
    onError: (error, handler) => failures.push(`${handler}: ${String(error)}`),
  });
  return { ...running, failures };
}

/** A handler that keeps what it was given. */
function keeping(name: string, work: (event: StoredEvent) => Promise<void> = () => Promise.resolve()) {
  const given: string[] = [];
  const handler: EventHandler = {
    name,
    types: ['entity.created'],
    handle: async (event) => {
      given.push(event.aggregateId);
      await work(event);
    },
  };
  return { handler, given };
}

describe('an event handler', () => {
  test('is given each event again until it has not failed on it, and only then the next one', async () => {
    let failsLeft = 2;
    const { handler, given } = keeping('fails at first', async () => {
      failsLeft -= 1;
      if (failsLeft >= 0) throw new Error('fails on purpose');
    });
    const first = await store.note('The first');
    const second = await store.note('The second');
    const running = start([handler]);
    await running.drained();
    await running.drained();
    await running.drained();
    await running.stop();
    expect(given).toEqual([first, first, first, second]);
    expect(running.failures).toEqual(Array(2).fill('fails at first: Error: fails on purpose'));
  });

  test('that fails does not hold up another one', async () => {
    const failing = keeping('always fails', () => Promise.reject(new Error('fails on purpose')));
    const other = keeping('does not fail');
    const id = await store.note('For both');
    const running = start([failing.handler, other.handler]);
    await running.drained();
    await running.stop();
    expect(other.given.at(-1)).toBe(id);
    expect(new Set(failing.given).size).toBe(1);
  });

  test('misses nothing of what is written while no process runs it, and is given nothing older again', async () => {
    const before = keeping('across a restart');
    const earlier = start([before.handler]);
    await earlier.drained();
    await earlier.stop();
    const missed = [await store.note('While nobody'), await store.note('was there')];
    const after = keeping('across a restart');
    const later = start([after.handler], { owner: 'two' });
    await later.drained();
    await later.stop();
    expect(after.given).toEqual(missed);
  });

  test('is given the event at hand again by the next process if this one ends in the midst of it', async () => {
    const id = await store.note('Begun and not done');
    const before = keeping('cut off', async ({ aggregateId }) => {
      if (aggregateId === id) throw new Error('ends on purpose');
    });
    const earlier = start([before.handler]);
    await earlier.drained();
    await earlier.stop();
    const after = keeping('cut off');
    const later = start([after.handler], { owner: 'two' });
    await later.drained();
    await later.stop();
    expect(before.given.at(-1)).toBe(id);
    expect(after.given.at(-1)).toBe(id);
    expect(new Set([...before.given, ...after.given]).size).toBe(new Set(after.given).size);
  });

  test('has a name of its own', () => {
    const { handler } = keeping('one name');
    expect(() => start([handler, handler])).toThrow('same name');
  });
});
