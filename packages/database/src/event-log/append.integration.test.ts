import {
  ConcurrencyConflict,
  CorrelationId,
  type EntityDelta,
  EntityId,
  type EventDelta,
  EventId,
  type EventMetadata,
  type FileReference,
  UserId,
  ValidationFailed,
} from '@synap/domain';
import { randomHistory } from '@synap/domain/testing';
import { eq } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { loadEntity } from '../projection/load-entity.ts';
import type { Sources } from '../projection/load-for-change.ts';
import { loadEntityForChange } from '../projection/load-for-change.ts';
import { addUser } from '../projection/users.ts';
import { events } from '../schema/schema.ts';
import { logDatabases } from '../testing/test-databases.ts';
import { newId, writeEntity } from '../testing/write-entity.ts';
import type { AppendHeader } from './append.ts';
import { chainDigest, GENESIS_DIGEST } from './digest.ts';
import type { EventFilter } from './event-filter.ts';
import { type EventLog, openEventLog } from './event-log.ts';
import type { StreamHead } from './stream-head.ts';

const CREATED: EntityDelta = { type: 'entity.created', data: { entityType: 'note', title: 'A note', given: [] } };
const renamed = (newValue: string) =>
  ({ type: 'entity.title_changed', data: { oldValue: 'A note', newValue } }) as const;

/** Text that is awkward for JSON, SQL or UTF-8, but that every store must hold. */
const awkwardText = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
  fc.constantFrom(
    "'; drop table events; --",
    '\\u0000',
    '\\',
    '"',
    '\u2028',
    '\uffff',
    '🦊',
    '{"a":1}',
    '$1',
    '\r\n\t',
  ),
);
const awkwardName = awkwardText.filter((text) => text !== '' && text.length <= 100);
const awkwardMetadata: fc.Arbitrary<EventMetadata> = fc.record(
  {
    actor: fc.record({ kind: fc.constantFrom('user', 'agent', 'workflow'), id: awkwardName }),
    command: awkwardName,
    ai: fc.record({
      model: awkwardText,
      inputChecksum: awkwardText,
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { requiredKeys: ['actor', 'command'] },
);

for (const kind of logDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`appending ${kind.name}`, () => {
    let database: Database;
    let log: EventLog;
    let sources: Sources;
    const userId = UserId.parse(newId());
    const stranger = UserId.parse(newId());

    beforeAll(async () => {
      database = await kind.open();
      log = await openEventLog(database);
      sources = { database, log };
      await addUser(database, { id: userId, now: new Date(0) });
      await addUser(database, { id: stranger, now: new Date(1) });
    });
    afterAll(() => database.close());

    const headerOf = (aggregateId: string, header: Partial<AppendHeader> = {}): AppendHeader => ({
      userId,
      aggregateId,
      aggregateType: 'entity',
      timestamp: new Date('2026-11-24T10:00:00.123Z'),
      correlationId: CorrelationId.parse(newId()),
      causationId: null,
      source: 'api',
      ...header,
    });

    const append = (
      header: AppendHeader,
      head: StreamHead | null,
      deltas: readonly EventDelta[],
      metadata: EventMetadata = { actor: { kind: 'user', id: 'x' }, command: 'test' },
    ) => log.append([{ header, head, events: deltas.map((delta) => ({ id: newId(), delta, metadata })) }]);

    const headOf = async (user: UserId, aggregateId: string) =>
      (await log.readHeads(user, [aggregateId])).get(aggregateId) ?? null;

    test('events are read as they were returned, and their chain holds, whatever they say', async () => {
      await fc.assert(
        fc.asyncProperty(
          randomHistory({ maxCommands: 8 }),
          awkwardMetadata,
          fc.boolean(),
          async (history, metadata, isCaused) => {
            const id = newId();
            const causationId = isCaused ? EventId.parse(newId()) : null;
            const deltas = history.events.map(({ type, data }) => ({ type, data }) as EventDelta);
            const stored = await append(headerOf(id, { causationId }), null, deltas, metadata);
            expect(await log.readAggregate({ userId, aggregateId: id })).toEqual(stored);
            await expectChainToHold(id);
          },
        ),
        { numRuns: 25 },
      );
    });

    test('every text that the catalogue accepts can be stored', async () => {
      await fc.assert(
        fc.asyncProperty(awkwardText, async (text) => {
          const file: FileReference = {
            filePath: text.slice(0, 100) || 'x',
            fileSize: 1,
            fileType: 'markdown',
            checksum: 'a'.repeat(64),
            preview: text.slice(0, 100).replace(/[\ud800-\udbff]$/, ''),
          };
          fc.pre(file.filePath.isWellFormed());
          const id = EntityId.parse(newId());
          const state = await writeEntity(sources, {
            userId,
            id,
            before: null,
            deltas: [CREATED, { type: 'entity.file_uploaded', data: file }],
          });
          expect(await loadEntity(database.queries, userId, id)).toEqual(state);
        }),
        { numRuns: 50 },
      );
    });

    test('an event that could not be read back is not written', async () => {
      const id = newId();
      const due = { date: '2026-11-24', time: null, timezone: 'half \ud800' };
      const unreadable: EventDelta[] = [
        { type: 'task.due_date_set', data: { oldValue: null, newValue: due } },
        { type: 'entity.tag_added', data: { tag: '-' } },
        renamed('nul \0'),
      ];
      for (const delta of unreadable) {
        await expect(append(headerOf(id), null, [CREATED, delta])).rejects.toBeInstanceOf(ValidationFailed);
      }
      expect(await log.readAggregate({ userId, aggregateId: id })).toEqual([]);
      expect(await headOf(userId, id)).toBeNull();
    });

    test('nothing to append appends nothing', async () => {
      const id = newId();
      expect(await append(headerOf(id), null, [])).toEqual([]);
      expect(await headOf(userId, id)).toBeNull();
    });

    test('of writers that start from one version at once exactly one wins, and the others are told the new one', async () => {
      const id = EntityId.parse(newId());
      await writeEntity(sources, { userId, id, before: null, deltas: [CREATED] });
      const before = await loadEntityForChange(sources, userId, id);
      const writes = await Promise.allSettled(
        Array.from({ length: 6 }, (_, writer) =>
          writeEntity(sources, { userId, id, before, deltas: [renamed(`by ${writer}`)] }),
        ),
      );
      const refusals = writes.filter((write) => write.status === 'rejected').map(({ reason }) => reason);
      expect(refusals).toHaveLength(5);
      for (const refusal of refusals) {
        expect(refusal).toBeInstanceOf(ConcurrencyConflict);
        expect(refusal).toMatchObject({ aggregateId: id, expectedVersion: 1, currentVersion: 2 });
      }
      const stored = await log.readAggregate({ userId, aggregateId: id });
      expect(stored.map(({ version }) => version)).toEqual([1, 2]);
    });

    test('of writers that start the same stream at once exactly one wins', async () => {
      const id = newId();
      const writes = await Promise.allSettled(
        Array.from({ length: 4 }, () => append(headerOf(id), null, [CREATED, renamed('x')])),
      );
      const refusals = writes.filter((write) => write.status === 'rejected').map(({ reason }) => reason);
      expect(refusals).toHaveLength(3);
      for (const refusal of refusals) expect(refusal).toMatchObject({ expectedVersion: 0, currentVersion: 2 });
    });

    test('nobody can go on with, or read, the stream of somebody else', async () => {
      const id = newId();
      await append(headerOf(id), null, [CREATED]);
      const head = await headOf(userId, id);
      const asStranger = headerOf(id, { userId: stranger });
      await expect(append(asStranger, head, [renamed('x')])).rejects.toBeInstanceOf(ConcurrencyConflict);
      await expect(append(asStranger, null, [CREATED])).rejects.toBeInstanceOf(ConcurrencyConflict);
      expect(await headOf(stranger, id)).toBeNull();
      expect(await log.readAggregate({ userId: stranger, aggregateId: id })).toEqual([]);
      expect(await log.readAggregate({ userId, aggregateId: id })).toHaveLength(1);
    });

    test('a part of the log is what the filter asks for, and every page says how far it reaches', async () => {
      const id = newId();
      const from = new Date('2030-01-01T00:00:00.000Z');
      const to = new Date('2030-01-02T00:00:00.000Z');
      const other = newId();
      const stored = await append(headerOf(id, { timestamp: from }), null, [CREATED, renamed('b'), renamed('c')]);
      await append(headerOf(other, { timestamp: to }), null, [CREATED]);
      const read = (filter: EventFilter, after = 0n, limit = 1000) => log.readAll({ after, limit, filter });
      expect((await read({ aggregateId: id })).events).toEqual(stored);
      expect((await read({ from, to })).events).toEqual(stored);
      expect((await read({ aggregateId: id, types: ['entity.title_changed'] })).events).toEqual(stored.slice(1));
      expect((await read({ userId: stranger })).events).toEqual([]);
      const first = await read({ aggregateId: id }, 0n, 2);
      expect(first).toEqual({ events: stored.slice(0, 2), upTo: stored[1]?.position });
      const second = await read({ aggregateId: id }, first.upTo, 2);
      expect(second.events).toEqual(stored.slice(2));
      expect(second.upTo).toBeGreaterThan(stored[2]?.position ?? 0n);
      expect(await read({}, second.upTo + 10n)).toEqual({ events: [], upTo: second.upTo + 10n });
    });

    async function expectChainToHold(aggregateId: string): Promise<void> {
      const rows = await database.queries
        .select()
        .from(events)
        .where(eq(events.aggregateId, aggregateId))
        .orderBy(events.version);
      let previous: Uint8Array = GENESIS_DIGEST;
      for (const { position: _position, digest, eventType: type, timestamp, data, ...row } of rows) {
        previous = chainDigest(previous, { ...row, type, timestamp: timestamp.toISOString() }, data);
        expect(Buffer.from(previous)).toEqual(Buffer.from(digest));
      }
      const head = await headOf(userId, aggregateId);
      expect(Buffer.from(head?.digest ?? [])).toEqual(Buffer.from(previous));
    }
  });
}
