import { ConcurrencyConflict, type EntityDelta, EntityId, EventId, type StoredEvent, UserId } from '@synap/domain';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import { loadEntity, loadEntityForChange } from '../projection/load-entity.ts';
import { addUser } from '../projection/users.ts';
import { aggregates, entities, events } from '../schema/schema.ts';
import { testDatabases } from '../testing/test-databases.ts';
import { newId, writeEntity } from '../testing/write-entity.ts';
import { readCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { chainDigest, GENESIS_DIGEST } from './digest.ts';
import { readAggregate, readAll } from './read.ts';
import { readStreamHead } from './stream-head.ts';

const CREATED: EntityDelta = { type: 'entity.created', data: { entityType: 'note', title: 'A note', given: ['type'] } };
const renamed = (newValue: string): EntityDelta => ({
  type: 'entity.title_changed',
  data: { oldValue: 'A note', newValue },
});

for (const kind of testDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`the event log ${kind.name}`, () => {
    let database: Database;
    const userId = UserId.parse(newId());

    beforeAll(async () => {
      database = await kind.open();
      await addUser(database, { id: userId, now: new Date() });
    });
    afterAll(() => database.close());

    const create = (id = EntityId.parse(newId())) =>
      database.queries.transaction((transaction) =>
        writeEntity(transaction, { userId, id, before: null, deltas: [CREATED] }),
      );

    const change = async (id: EntityId, deltas: EntityDelta[]) =>
      database.queries.transaction(async (transaction) =>
        writeEntity(transaction, { userId, id, before: await loadEntityForChange(transaction, userId, id), deltas }),
      );

    test('an event comes back as it was written', async () => {
      const { id } = await create();
      const [event] = await readAggregate(database.queries, { userId, aggregateId: id });
      expect(event).toMatchObject({ ...CREATED, version: 1, aggregateId: id, userId, source: 'api', schemaVersion: 1 });
      expect(typeof event?.position).toBe('bigint');
      expect(event?.timestamp).toBeInstanceOf(Date);
      expect(event?.metadata).toEqual({ actor: { kind: 'user', id: userId }, command: 'test' });
    });

    test('a write that fails after its append leaves neither event nor row nor stream', async () => {
      const id = EntityId.parse(newId());
      const write = database.queries.transaction(async (transaction) => {
        await writeEntity(transaction, { userId, id, before: null, deltas: [CREATED] });
        throw new Error('the power of the caller fails');
      });
      await expect(write).rejects.toThrow('the power of the caller fails');
      expect(await readAggregate(database.queries, { userId, aggregateId: id })).toEqual([]);
      expect(await database.queries.select().from(entities).where(eq(entities.id, id))).toEqual([]);
      expect(await database.queries.select().from(aggregates).where(eq(aggregates.id, id))).toEqual([]);
    });

    test('of two writers on one version one wins, and the other is told the present version', async () => {
      const { id } = await create();
      const read = await loadEntityForChange(database.queries, userId, id);
      const write = (title: string) =>
        database.queries.transaction((transaction) =>
          writeEntity(transaction, { userId, id, before: read, deltas: [renamed(title)] }),
        );
      await write('first');
      const stale = write('second');
      await expect(stale).rejects.toBeInstanceOf(ConcurrencyConflict);
      await expect(stale).rejects.toMatchObject({ expectedVersion: 1, currentVersion: 2 });
      expect((await loadEntity(database.queries, userId, id)).title).toBe('first');
    });

    const firstEvent = async (id: string): Promise<StoredEvent> => {
      const [event] = await readAggregate(database.queries, { userId, aggregateId: id });
      if (event === undefined) throw new Error('It has no event.');
      return event;
    };

    test('16 writers on 5 streams lose nothing and leave no hole', async () => {
      const streams = await Promise.all(Array.from({ length: 5 }, () => create()));
      const appends = 25;
      const writers = Array.from({ length: 16 }, async (_, writer) => {
        for (let count = 0; count < appends; count += 1) {
          const stream = streams[(writer + count) % streams.length];
          if (stream !== undefined) await untilItWins(() => change(stream.id, [renamed(`${writer}.${count}`)]));
        }
      });
      await Promise.all(writers);
      let total = 0;
      for (const { id } of streams) {
        const stored = await readAggregate(database.queries, { userId, aggregateId: id });
        expect(stored.map(({ version }) => version)).toEqual(stored.map((_, index) => index + 1));
        expect([...stored].sort((left, right) => Number(left.position - right.position))).toEqual(stored);
        expect((await readStreamHead(database.queries, { userId, aggregateId: id }))?.version).toBe(stored.length);
        expect((await loadEntity(database.queries, userId, id)).version).toBe(stored.length);
        total += stored.length - 1;
      }
      expect(total).toBe(16 * appends);
    });

    test('a reader that follows the log sees every position once, in order, whatever writers do meanwhile', async () => {
      let after = (await readAll(database.queries, { after: 0n, limit: 1000 })).upTo;
      const start = after;
      const seen: bigint[] = [];
      let isWriting = true;
      const read = async () => {
        while (isWriting) await readOn();
        await readOn();
      };
      const readOn = async () => {
        const page = await readAll(database.queries, { after, limit: 7 });
        for (const { position } of page.events) seen.push(position);
        after = page.upTo;
      };
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (let count = 0; count < 12; count += 1) {
          const write = database.queries.transaction(async (transaction) => {
            await writeEntity(transaction, {
              userId,
              id: EntityId.parse(newId()),
              before: null,
              deltas: [CREATED, renamed('x')],
            });
            // On one session nothing can happen meanwhile; on a server, transactions end out of order.
            if (database.engine.kind === 'postgres') await transaction.execute(sql`select pg_sleep(random() * 0.02)`);
            if ((writer + count) % 5 === 0) throw new Error('rolled back on purpose');
          });
          await write.catch((error: unknown) => {
            if (!(error instanceof Error && error.message === 'rolled back on purpose')) throw error;
          });
        }
      });
      const reader = read();
      await Promise.all(writers);
      isWriting = false;
      await reader;
      await readOn();
      for (let previous = -1n; after !== previous; ) {
        previous = after;
        await readOn();
      }
      const written = await database.queries
        .select({ position: events.position })
        .from(events)
        .where(sql`position > ${start}`)
        .orderBy(events.position);
      expect(seen).toEqual(written.map(({ position }) => position));
    });

    test('events cannot be changed, deleted or truncated', async () => {
      for (const statement of ["update events set event_type = 'x'", 'delete from events', 'truncate events']) {
        const failure = await database.queries.execute(sql.raw(statement)).then(
          () => null,
          (error: Error) => error,
        );
        expect(String(failure?.cause)).toContain('events are append-only');
      }
    });

    test('each event is a link of its stream’s chain, and any change of it breaks the chain', async () => {
      const { id } = await create();
      await change(id, [renamed('b'), renamed('c')]);
      const rows = await database.queries
        .select()
        .from(events)
        .where(eq(events.aggregateId, id))
        .orderBy(events.version);
      let previous: Uint8Array = GENESIS_DIGEST;
      for (const row of rows) {
        const header = {
          id: row.id,
          aggregateId: row.aggregateId,
          aggregateType: row.aggregateType,
          userId: row.userId,
          version: row.version,
          timestamp: row.timestamp.toISOString(),
          type: row.eventType,
          schemaVersion: row.schemaVersion,
          metadata: row.metadata,
          causationId: row.causationId,
          correlationId: row.correlationId,
          source: row.source,
        };
        const link = Buffer.from(chainDigest(previous, header, row.data)).toString('hex');
        expect(link).toBe(Buffer.from(row.digest).toString('hex'));
        for (const changed of [
          { ...header, version: 9 },
          { ...header, userId: newId() },
          { ...header, timestamp: '' },
        ]) {
          expect(Buffer.from(chainDigest(previous, changed, row.data)).toString('hex')).not.toBe(link);
        }
        expect(Buffer.from(chainDigest(previous, header, { changed: true })).toString('hex')).not.toBe(link);
        previous = row.digest;
      }
      const head = await readStreamHead(database.queries, { userId, aggregateId: id });
      expect(Buffer.from(head?.digest ?? []).toString('hex')).toBe(Buffer.from(previous).toString('hex'));
    });

    test('the same event id or the same version of a stream is never stored twice', async () => {
      const { id } = await create();
      const event = await firstEvent(id);
      const copy = (position: number, eventId: string, version: number) =>
        selectRows(
          database.queries,
          sql`
          insert into events select ${position}::bigint, ${eventId}::uuid, timestamp, aggregate_id, aggregate_type, event_type,
            user_id, data, metadata, ${version}::int, causation_id, correlation_id, source, schema_version, digest
          from events where id = ${event.id}`,
        );
      await expect(copy(1_000_001, event.id, 99)).rejects.toThrow();
      await expect(copy(1_000_002, EventId.parse(newId()), 1)).rejects.toThrow();
    });

    test('a checkpoint never goes back', async () => {
      await saveCheckpoint(database.queries, 'reader', 7n);
      await saveCheckpoint(database.queries, 'reader', 5n);
      expect(await readCheckpoint(database.queries, 'reader')).toBe(7n);
      expect(await readCheckpoint(database.queries, 'another')).toBe(0n);
    });
  });
}

async function untilItWins<Result>(write: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof ConcurrencyConflict)) throw error;
    }
  }
}
