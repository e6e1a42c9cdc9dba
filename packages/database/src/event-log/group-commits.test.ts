import { ConcurrencyConflict } from '@synap/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GroupedWrite, groupCommits } from './group-commits.ts';

interface Numbered extends GroupedWrite {
  readonly number: number;
}

const aWrite = (number: number, streamIds = [`stream ${number}`], key: string | null = null): Numbered => ({
  number,
  streamIds,
  key,
});
const numbersOf = (writes: readonly Numbered[]): number[] => writes.map(({ number }) => number);
const conflictOn = (aggregateId: string) =>
  new ConcurrencyConflict({ aggregateId, expectedVersion: 1, currentVersion: 2 });
const aFailure = (code: string) => Object.assign(new Error(`failed with ${code}`), { code });

/** A commit whose groups end when the test says so. */
function heldCommit() {
  const groups: { writes: readonly Numbered[]; end: () => void; fail: (error: unknown) => void }[] = [];
  const write = groupCommits(
    (writes: readonly Numbered[]) =>
      new Promise<number[]>((resolve, reject) => {
        groups.push({ writes, end: () => resolve(numbersOf(writes)), fail: reject });
      }),
  );
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { groups, write, settle };
}

describe('writes that come at the same time', () => {
  test('go at once while there is a place, and together when there was none', async () => {
    const { groups, write, settle } = heldCommit();
    const results = [1, 2, 3, 4, 5].map((number) => write(aWrite(number)));
    expect(groups.map(({ writes }) => numbersOf(writes))).toEqual([[1], [2]]);
    groups[0]?.end();
    await settle();
    expect(groups.map(({ writes }) => numbersOf(writes))).toEqual([[1], [2], [3, 4, 5]]);
    groups[1]?.end();
    groups[2]?.end();
    expect(await Promise.all(results)).toEqual([1, 2, 3, 4, 5]);
  });

  test('wait for others of the same stream or the same key, without holding up the rest', async () => {
    const { groups, write, settle } = heldCommit();
    const results = [
      write(aWrite(1, ['a'])),
      write(aWrite(2, ['a', 'b'])),
      write(aWrite(3, ['b'])),
      write(aWrite(4, ['c'], 'key')),
      write(aWrite(5, ['d'], 'key')),
    ];
    expect(groups.map(({ writes }) => numbersOf(writes))).toEqual([[1], [4]]);
    for (let index = 0; index < groups.length; index += 1) {
      groups[index]?.end();
      await settle();
    }
    expect(groups.map(({ writes }) => numbersOf(writes))).toEqual([[1], [4], [2], [5], [3]]);
    expect(await Promise.all(results)).toEqual([1, 2, 3, 4, 5]);
  });

  test('a large one goes by itself', async () => {
    const { groups, write, settle } = heldCommit();
    const many = Array.from({ length: 100 }, (_, index) => `many ${index}`);
    const results = [aWrite(1), aWrite(2), aWrite(3, many), aWrite(4)].map(write);
    for (let index = 0; index < groups.length; index += 1) {
      groups[index]?.end();
      await settle();
    }
    expect(groups.map(({ writes }) => numbersOf(writes))).toEqual([[1], [2], [3], [4]]);
    await Promise.all(results);
  });

  test('one that conflicts is told so, and the rest of its group is committed without it', async () => {
    const { groups, write, settle } = heldCommit();
    const results = [1, 2, 3, 4, 5].map((number) => write(aWrite(number)));
    const outcome = Promise.allSettled(results);
    groups[0]?.end();
    await settle();
    groups[2]?.fail(conflictOn('stream 4'));
    await settle();
    expect(numbersOf(groups[3]?.writes ?? [])).toEqual([3, 5]);
    groups[3]?.end();
    groups[1]?.end();
    expect((await outcome).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });

  test('after a failure that names none, each goes by itself', async () => {
    const { groups, write, settle } = heldCommit();
    const outcome = Promise.allSettled([1, 2, 3, 4].map((number) => write(aWrite(number))));
    groups[0]?.end();
    groups[1]?.end();
    await settle();
    groups[2]?.fail(aFailure('23514'));
    await settle();
    groups[3]?.fail(aFailure('23514'));
    await settle();
    groups[4]?.end();
    expect(groups.map(({ writes }) => numbersOf(writes))).toEqual([[1], [2], [3, 4], [3], [4]]);
    expect((await outcome).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });

  test('what is lost with the connection may have been committed: it is not repeated', async () => {
    const { groups, write, settle } = heldCommit();
    const outcome = Promise.allSettled([1, 2, 3, 4].map((number) => write(aWrite(number))));
    groups[0]?.end();
    groups[1]?.end();
    await settle();
    groups[2]?.fail(aFailure('ECONNRESET'));
    expect((await outcome).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(groups).toHaveLength(3);
  });

  test('each is committed once and gets its own result, whichever fail, and no stream is in two groups at a time', async () => {
    const writes = fc.array(fc.record({ stream: fc.nat(6), delay: fc.nat(2), conflicts: fc.boolean() }), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(writes, async (planned) => {
        const underWay = new Set<string>();
        const committed: number[] = [];
        const write = groupCommits(async (group: readonly Numbered[]) => {
          const streams = group.flatMap(({ streamIds }) => streamIds);
          for (const stream of streams) {
            expect(underWay.has(stream)).toBe(false);
            underWay.add(stream);
          }
          for (let turn = 0; turn < (planned[group[0]?.number ?? 0]?.delay ?? 0); turn += 1) {
            await new Promise<void>((resolve) => setImmediate(resolve));
          }
          for (const stream of streams) underWay.delete(stream);
          const loser = group.find(({ number }) => planned[number]?.conflicts);
          if (loser !== undefined) throw conflictOn(loser.streamIds[0] ?? '');
          committed.push(...numbersOf(group));
          return numbersOf(group);
        });
        const outcome = await Promise.allSettled(
          planned.map(({ stream }, number) => write(aWrite(number, [`${stream}`]))),
        );
        const winners = [...planned.keys()].filter((number) => planned[number]?.conflicts === false);
        expect(committed.toSorted((left, right) => left - right)).toEqual(winners);
        for (const [number, result] of outcome.entries()) {
          if (planned[number]?.conflicts) expect(result.status).toBe('rejected');
          else expect(result).toEqual({ status: 'fulfilled', value: number });
        }
        // Of one stream they are committed in the order in which they came.
        for (let stream = 0; stream <= 6; stream += 1) {
          const ofStream = committed.filter((number) => planned[number]?.stream === stream);
          expect(ofStream).toEqual(ofStream.toSorted((left, right) => left - right));
        }
      }),
    );
  });
});
