import { ConcurrencyConflict, type EntityDelta, EntityId, UserId } from '@synap/domain';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { loadEntity } from '../projection/load-entity.ts';
import type { Sources } from '../projection/load-for-change.ts';
import { loadEntityForChange } from '../projection/load-for-change.ts';
import { addUser } from '../projection/users.ts';
import { aggregates, entities, events } from '../schema/schema.ts';
import { logDatabases } from '../testing/test-databases.ts';
import { newId, writeEntity } from '../testing/write-entity.ts';
import { readCheckpoint, releaseLease, saveCheckpoint, takeLease } from './checkpoint.ts';
import { chainDigest, GENESIS_DIGEST } from './digest.ts';
import { type EventLog, openEventLog } from './event-log.ts';

const CREATED: EntityDelta = { type: 'entity.created', data: { entityType: 'note', title: 'A note', given: ['type'] } };
const renamed = (newValue: string): EntityDelta => ({
  type: 'entity.title_changed',
  data: { oldValue: 'A note', newValue },
});

for (const kind of logDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`the event log ${kind.name}`, () => {
    let database: Database;
    let log: EventLog;
    let sources: Sources;
    const userId = UserId.parse(newId());

    beforeAll(async () => {
      database = await kind.open();
      log = await openEventLog(database);
      sources = { database, log };
      await addUser(database, { id: userId, now: new Date() });
    });
    afterAll(() => database.close());

    const create = (id = EntityId.parse(newId())) =>
      writeEntity(sources, { userId, id, before: null, deltas: [CREATED] });

    const change = async (id: EntityId, deltas: EntityDelta[]) =>
      writeEntity(sources, { userId, id, before: await loadEntityForChange(sources, userId, id), deltas });

    test('an event comes back as it was written', async () => {
      const { id } = await create();
      const [event] = await log.readAggregate({ userId, aggregateId: id });
      expect(event).toMatchObject({ ...CREATED, version: 1, aggregateId: id, userId, source: 'api', schemaVersion: 1 });
      expect(typeof event?.position).toBe('bigint');
      expect(event?.timestamp).toBeInstanceOf(Date);
      expect(event?.metadata).toEqual({ actor: { kind: 'user', id: userId }, command: 'test' });
    });

    test('a write that fails after its append leaves neither event nor row nor stream', async () => {
      const id = EntityId.parse(newId());
      const write = database.queries.transaction(async (transaction) => {
        await writeEntity(sources, { userId, id, before: null, deltas: [CREATED], within: transaction });
        throw new Error('the power of the caller fails');
      });
      await expect(write).rejects.toThrow('the power of the caller fails');
      expect(await log.readAggregate({ userId, aggregateId: id })).toEqual([]);
      expect(await database.queries.select().from(entities).where(eq(entities.id, id))).toEqual([]);
      expect(await database.queries.select().from(aggregates).where(eq(aggregates.id, id))).toEqual([]);
    });

    test('of two writers on one version one wins, and the other is told the present version', async () => {
      const { id } = await create();
      const read = await loadEntityForChange(sources, userId, id);
      const write = (title: string) => writeEntity(sources, { userId, id, before: read, deltas: [renamed(title)] });
      await write('first');
      const stale = write('second');
      await expect(stale).rejects.toBeInstanceOf(ConcurrencyConflict);
      await expect(stale).rejects.toMatchObject({ expectedVersion: 1, currentVersion: 2 });
      expect((await loadEntity(database.queries, userId, id)).title).toBe('first');
    });

    const headOf = async (user: UserId, aggregateId: string) =>
      (await log.readHeads(user, [aggregateId])).get(aggregateId) ?? null;

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
        const stored = await log.readAggregate({ userId, aggregateId: id });
        expect(stored.map(({ version }) => version)).toEqual(stored.map((_, index) => index + 1));
        expect([...stored].sort((left, right) => Number(left.position - right.position))).toEqual(stored);
        expect((await headOf(userId, id))?.version).toBe(stored.length);
        expect((await loadEntity(database.queries, userId, id)).version).toBe(stored.length);
        total += stored.length - 1;
      }
      expect(total).toBe(16 * appends);
    });

    test('a reader that follows the log sees every position once, in order, whatever writers do meanwhile', async () => {
      let after = (await log.readAll({ after: 0n, limit: 1000 })).upTo;
      const start = after;
      const seen: bigint[] = [];
      let isWriting = true;
      const read = async () => {
        while (isWriting) await readOn();
        await readOn();
      };
      const readOn = async () => {
        const page = await log.readAll({ after, limit: 7 });
        for (const { position } of page.events) seen.push(position);
        after = page.upTo;
      };
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (let count = 0; count < 12; count += 1) {
          const write = database.queries.transaction(async (transaction) => {
            await writeEntity(sources, {
              userId,
              id: EntityId.parse(newId()),
              before: null,
              deltas: [CREATED, renamed('x')],
              within: transaction,
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
      const head = await headOf(userId, id);
      expect(Buffer.from(head?.digest ?? []).toString('hex')).toBe(Buffer.from(previous).toString('hex'));
    });

    test('a checkpoint never goes back, and is moved by the holder of the lease only', async () => {
      const { queries } = database;
      const lease = { subscriber: 'reader', owner: 'one', durationMs: 60_000 };
      expect(await takeLease(queries, lease)).toBe(0n);
      expect(await saveCheckpoint(queries, { ...lease, position: 7n })).toBe(true);
      expect(await saveCheckpoint(queries, { ...lease, position: 5n })).toBe(true);
      expect(await readCheckpoint(queries, 'reader')).toBe(7n);
      expect(await takeLease(queries, { ...lease, owner: 'two' })).toBeNull();
      expect(await saveCheckpoint(queries, { subscriber: 'reader', owner: 'two', position: 9n })).toBe(false);
      await releaseLease(queries, lease);
      expect(await takeLease(queries, { ...lease, owner: 'two' })).toBe(7n);
      expect(await readCheckpoint(queries, 'another')).toBe(0n);
    });

    test('a lease that has run out is another process’s to take', async () => {
      const lease = { subscriber: 'sleeper', owner: 'one', durationMs: -1 };
      expect(await takeLease(database.queries, lease)).toBe(0n);
      expect(await takeLease(database.queries, { ...lease, owner: 'two', durationMs: 60_000 })).toBe(0n);
      expect(await saveCheckpoint(database.queries, { ...lease, position: 1n })).toBe(false);
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
