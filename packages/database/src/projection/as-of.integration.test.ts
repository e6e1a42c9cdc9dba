import {
  type EntityDelta,
  EntityId,
  type EntityState,
  foldEntity,
  foldRelation,
  type RelationDelta,
  type StoredEvent,
  UserId,
} from '@synap/domain';
import { randomHistory } from '@synap/domain/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { type EventLog, openEventLog } from '../event-log/event-log.ts';
import { testDatabases } from '../testing/test-databases.ts';
import { newId, writeEntity, writeRelation } from '../testing/write-entity.ts';
import { listEntitiesAsOf, listRelationsAsOf, loadEntitiesAsOf, loadEntityAsOf } from './as-of.ts';
import { compareForList, type EntityFilter, type EntityOrder, matchesFilter } from './list-entities.ts';
import { type LoadedForChange, loadEntityForChange } from './load-for-change.ts';
import { addUser } from './users.ts';

/** Whole seconds: many events of different things share one. */
const secondsAfter = (seconds: number) => new Date(Date.UTC(2026, 10, 1) + seconds * 1000);

const aFilter: fc.Arbitrary<EntityFilter> = fc.record(
  {
    type: fc.constantFrom('note', 'task', 'project'),
    tag: fc.constantFrom('home', 'work'),
    status: fc.constantFrom('todo', 'done'),
    deleted: fc.boolean(),
    titlePart: fc.constantFrom('mil', 'gard'),
  },
  { requiredKeys: [] },
);

for (const kind of testDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`the past ${kind.name}`, () => {
    let database: Database;
    let log: EventLog;
    beforeAll(async () => {
      database = await kind.open();
      log = await openEventLog(database);
    });
    afterAll(() => database.close());

    /** Writes random lives of one user, interleaved, some seconds between their events or none. */
    const live = async (userId: UserId, histories: EntityDelta[][]): Promise<EntityId[]> => {
      const ids = histories.map(() => EntityId.parse(newId()));
      const longest = Math.max(...histories.map(({ length }) => length));
      for (let index = 0; index < longest; index += 1) {
        for (const [number, id] of ids.entries()) {
          const delta = histories[number]?.[index];
          if (delta === undefined) continue;
          const before: LoadedForChange<EntityState> | null =
            index === 0 ? null : await loadEntityForChange({ database, log }, userId, id);
          await writeEntity({ database, log }, { userId, id, before, deltas: [delta], at: secondsAfter(index * 2) });
        }
      }
      return ids;
    };

    test('for any histories and any instant, what is read is the fold of the events up to it', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(randomHistory({ maxCommands: 6 }), { minLength: 1, maxLength: 4 }),
          fc.array(aFilter, { minLength: 2, maxLength: 2 }),
          fc.constantFrom<EntityOrder>('updated', 'created'),
          fc.integer({ min: 1, max: 3 }),
          async (histories, filters, order, limit) => {
            const userId = UserId.parse(newId());
            await addUser(database, { id: userId, now: new Date(0) });
            const deltas = histories.map(({ events }) =>
              events.map(({ type, data }) => ({ type, data }) as EntityDelta),
            );
            const ids = await live(userId, deltas);
            const events = [...(await log.readAggregates(userId, ids)).values()];
            const instants = [-1, 0, 1, 2, 5, 8, 1000].map(secondsAfter);
            for (const asOf of instants) {
              const states = events.map((stream) => foldUpTo(stream, asOf)).filter((state) => state !== null);
              const found = await loadEntitiesAsOf({ database, log }, userId, { ids, asOf });
              expect([...found.values()]).toEqual(expect.arrayContaining(states));
              expect(found.size).toBe(states.length);
              for (const filter of [{}, ...filters]) {
                const expected = states
                  .filter((state) => matchesFilter(state, filter))
                  .sort((left, right) => compareForList(left, right, order));
                expect(await readAllPages({ userId, asOf, filter, order, limit })).toEqual(expected);
              }
              for (const id of ids) {
                const expected = states.find((state) => state.id === id);
                const loaded = loadEntityAsOf({ database, log }, userId, { id, asOf });
                if (expected === undefined) await expect(loaded).rejects.toMatchObject({ code: 'not_found' });
                else expect(await loaded).toEqual(expected);
              }
            }
          },
        ),
        { numRuns: 12 },
      );
    });

    test('for any lives of links and any instant, those that were there then are read', async () => {
      const aMoment = fc.record({
        seconds: fc.nat(2),
        change: fc.constantFrom('relation.deleted', 'relation.restored'),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(aMoment, { maxLength: 5 }), { minLength: 1, maxLength: 4 }),
          fc.nat(3),
          async (lives, secondsBetween) => {
            const userId = UserId.parse(newId());
            await addUser(database, { id: userId, now: new Date(0) });
            const [center, ...ends] = await live(userId, [[NOTE], ...lives.map(() => [NOTE])]);
            if (center === undefined) throw new Error('There is no entity.');
            const streams: StoredEvent[][] = [];
            for (const [index, moments] of lives.entries()) {
              const linked = { relationType: 'relates_to' as const, sourceId: center, targetId: ends[index] ?? center };
              const deltas: RelationDelta[] = [{ type: 'relation.created', data: linked }];
              for (const { change } of moments) deltas.push({ type: change, data: {} });
              let seconds = index * secondsBetween;
              const times = [seconds, ...moments.map((moment) => (seconds += moment.seconds))].map(secondsAfter);
              streams.push(await writeRelation({ database, log }, { userId, deltas, times }));
            }
            for (const asOf of [-1, 0, 1, 2, 3, 5, 8, 20].map(secondsAfter)) {
              const expected = streams
                .map((events) => foldRelation(events.filter(({ timestamp }) => timestamp <= asOf)))
                .filter((state) => state !== null && state.deletedAt === null);
              const read = await listRelationsAsOf({ database, log }, userId, { entityIds: [center], asOf });
              expect(read.toSorted(byId)).toEqual(expected.toSorted((left, right) => byId(left, right)));
            }
          },
        ),
        { numRuns: 15 },
      );
    });

    const readAllPages = async (list: {
      userId: UserId;
      asOf: Date;
      filter: EntityFilter;
      order: EntityOrder;
      limit: number;
    }): Promise<EntityState[]> => {
      const { userId, ...options } = list;
      const seen: EntityState[] = [];
      let cursor: string | undefined;
      do {
        const page = await listEntitiesAsOf({ database, log }, userId, { ...options, cursor });
        expect(page.items.length).toBeLessThanOrEqual(list.limit);
        seen.push(...page.items);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return seen;
    };
  });
}

const NOTE: EntityDelta = { type: 'entity.created', data: { entityType: 'note', title: 'A note', given: [] } };

function byId(left: { readonly id: string } | null, right: { readonly id: string } | null): number {
  return (left?.id ?? '') < (right?.id ?? '') ? -1 : 1;
}

/** What a reading of content says of what was there before, it says of any instant since. */
function foldUpTo(events: readonly StoredEvent[], asOf: Date): EntityState | null {
  const past = events.filter(({ timestamp }) => timestamp <= asOf);
  let version = past.at(-1)?.version ?? 0;
  while (version > 0 && events[version]?.type === 'entity.content_read') version += 1;
  return foldEntity(events.slice(0, version));
}
