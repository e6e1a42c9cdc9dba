import { CorrelationId, type EntityDelta, EntityId, UserId } from '@synap/domain';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { openPostgres } from '../connection/open-postgres.ts';
import { selectRows } from '../connection/select-rows.ts';
import { addUser } from '../projection/users.ts';
import { collect } from '../testing/collect.ts';
import { createTemporaryDatabase, logDatabases } from '../testing/test-databases.ts';
import { newId, writeEntity } from '../testing/write-entity.ts';
import { countActivity } from './count-activity.ts';
import { type EventLog, openEventLog } from './event-log.ts';
import { LogGrade } from './log-storage.ts';

const CREATED: EntityDelta = { type: 'entity.created', data: { entityType: 'note', title: 'A note', given: ['type'] } };
const renamed = (newValue: string): EntityDelta => ({
  type: 'entity.title_changed',
  data: { oldValue: 'A note', newValue },
});
/** A test of what only one grade has; elsewhere there is nothing to test. */
const testOnly =
  (applies: boolean) =>
  (name: string, body: () => Promise<void>): void => {
    if (applies) test(name, body);
  };
const YEARS_AGO = new Date('2019-03-05T10:00:00.000Z');

for (const kind of logDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`the storage of the log ${kind.name}`, () => {
    let database: Database;
    let log: EventLog;
    const userId = UserId.parse(newId());

    beforeAll(async () => {
      database = await kind.open();
      log = await openEventLog(database);
      await addUser(database, { id: userId, now: new Date() });
    });
    afterAll(() => database.close());

    const create = (at = new Date(), deltas = [CREATED, renamed('b'), renamed('c')]) =>
      writeEntity({ database, log }, { userId, id: EntityId.parse(newId()), before: null, deltas, at });
    const rowsOf = <Row>(statement: ReturnType<typeof sql>) => selectRows<Row>(database.queries, statement);
    const tablesWithEvents = async () => {
      const rows = await rowsOf<{ name: string }>(sql`select distinct tableoid::regclass::text as name from events`);
      return rows.map(({ name }) => name);
    };

    test('its grade is found out, and opening it again changes nothing', async () => {
      const { id } = await create();
      const before = await log.readAggregate({ userId, aggregateId: id });
      expect(log.storage.grade).toBe(kind.grade);
      const again = await openEventLog(database);
      expect(again.storage).toEqual(log.storage);
      expect(await again.readAggregate({ userId, aggregateId: id })).toEqual(before);
      expect(before).toHaveLength(3);
    });

    test('what it cannot do is said', () => {
      const { description } = log.storage;
      if (kind.grade === LogGrade.plain) expect(description).toMatch(/partitions by month; no compression/);
      if (kind.grade === LogGrade.timescaleApache)
        expect(description).toMatch(/Apache edition: hypertable; no compress/);
      if (kind.grade === LogGrade.timescaleCommunity) expect(description).toMatch(/community edition.*compression/);
    });

    test('events of any time find their place, also of one for which nothing was prepared', async () => {
      const { id } = await create(YEARS_AGO);
      const far = await create(new Date('2093-01-01T00:00:00.000Z'));
      expect(await log.readAggregate({ userId, aggregateId: id })).toHaveLength(3);
      expect(await log.readAggregate({ userId, aggregateId: far.id })).toHaveLength(3);
      const range = log.readRange({ userId, from: YEARS_AGO, to: new Date('2019-04-01T00:00:00.000Z'), pageSize: 2 });
      expect(await collect(range)).toMatchObject([{ version: 1 }, { version: 2 }, { version: 3 }]);
    });

    testOnly(kind.grade === LogGrade.plain)(
      'partitions are made ahead, and take what fell into the default',
      async () => {
        const { id } = await create(new Date('2031-05-05T00:00:00.000Z'));
        expect(await tablesWithEvents()).toContain('events_default');
        await database.queries.execute(sql`select ensure_event_partitions('2031-04-01Z', '2031-06-01Z')`);
        expect(await tablesWithEvents()).toContain('events_2031_05');
        expect(await log.readAggregate({ userId, aggregateId: id })).toHaveLength(3);
        const [ahead] = await rowsOf<{ name: string | null }>(
          sql`select to_regclass('events_' || to_char((now() + interval '2 months') at time zone 'UTC', 'YYYY_MM')) as name`,
        );
        expect(ahead?.name).not.toBeNull();
      },
    );

    test('a naive unique key on the table of events would guarantee nothing; what does is beside it', async () => {
      const { id } = await create();
      const [event] = await log.readAggregate({ userId, aggregateId: id });
      if (event === undefined) throw new Error('It has no event.');
      const key = database.queries.execute(sql`alter table events add unique (aggregate_id, version)`);
      await expect(key).rejects.toThrow();
      await expect(database.queries.execute(sql`alter table events add unique (id)`)).rejects.toThrow();
      // The table itself takes the same version and the same id once more, at another time.
      await database.queries.execute(
        sql`insert into events select position + 1000000, id, timestamp + interval '40 days', aggregate_id, aggregate_type,
          event_type, user_id, data, metadata, version, causation_id, correlation_id, source, schema_version, digest
        from events where id = ${event.id}`,
      );
      expect(await log.readAggregate({ userId, aggregateId: id })).toHaveLength(4);
      await allowingUpkeep(sql`delete from events where id = ${event.id} and position > 1000000`);
      // The way that there is into it does not.
      const header = {
        userId,
        aggregateId: id,
        aggregateType: 'entity',
        timestamp: new Date(Date.now() + 1),
        correlationId: event.correlationId,
        causationId: null,
        source: 'api',
      } as const;
      const again = { id: newId(), delta: renamed('d'), metadata: event.metadata };
      await expect(
        log.append([{ header, head: { version: 1, digest: new Uint8Array(32) }, events: [again] }]),
      ).rejects.toMatchObject({ code: 'version_conflict', currentVersion: 3 });
      const head = (await log.readHeads(userId, [id])).get(id) ?? null;
      const sameId = { ...again, id: event.id };
      await expect(log.append([{ header, head, events: [sameId] }])).rejects.toMatchObject({ code: 'unprocessable' });
      expect(await log.readAggregate({ userId, aggregateId: id })).toHaveLength(3);
    });

    test('nothing in it can be changed, deleted or truncated, whichever of its tables one takes', async () => {
      await create();
      for (const table of ['events', ...(await tablesWithEvents())]) {
        for (const statement of [`update ${table} set source = 'sync'`, `delete from ${table}`, `truncate ${table}`]) {
          const failure = await database.queries.execute(sql.raw(statement)).then(
            () => null,
            (error: Error) => error,
          );
          // TimescaleDB itself refuses to empty a chunk; every other refusal is ours.
          const isChunk = table.includes('_timescaledb_internal');
          if (!(isChunk && statement.startsWith('truncate'))) {
            expect(String(failure?.cause), statement).toContain('events are append-only');
          }
        }
      }
    });

    test('how much happened in each hour is counted', async () => {
      const reader = UserId.parse(newId());
      await addUser(database, { id: reader, now: new Date() });
      const at = new Date('2026-11-20T10:20:00.000Z');
      const id = EntityId.parse(newId());
      await writeEntity({ database, log }, { userId: reader, id, before: null, deltas: [CREATED, renamed('b')], at });
      const counts = async (per: 'hour' | 'day', timezone: string, hasWholeHours: boolean) => {
        const range = { from: new Date('2026-11-18T18:30:00Z'), to: new Date('2026-11-21T18:30:00Z') };
        const counted = await countActivity(log, reader, { ...range, per, timezone, hasWholeHours });
        return counted.map(({ start, type, count }) => [start.toISOString(), type, count]);
      };
      const bothAt = (start: string) => [
        [start, 'entity.created', 1],
        [start, 'entity.title_changed', 1],
      ];
      expect(await counts('hour', 'UTC', true)).toEqual(bothAt('2026-11-20T10:00:00.000Z'));
      expect(await counts('day', 'UTC', true)).toEqual(bothAt('2026-11-20T00:00:00.000Z'));
      expect(await counts('day', 'America/New_York', true)).toEqual(bothAt('2026-11-20T05:00:00.000Z'));
      // Half an hour apart from the hours of the roll-up.
      expect(await counts('hour', 'Asia/Kolkata', false)).toEqual(bothAt('2026-11-20T09:30:00.000Z'));
      expect(await counts('day', 'Asia/Kolkata', false)).toEqual(bothAt('2026-11-19T18:30:00.000Z'));
    });

    testOnly(kind.grade === LogGrade.timescaleCommunity)(
      'compressed, it reads as before, takes more events, and can be purged of what they say',
      async () => {
        const { id } = await create(YEARS_AGO);
        const before = await log.readAggregate({ userId, aggregateId: id });
        await runJobs();
        const compressed = await rowsOf(
          sql`select from timescaledb_information.chunks where hypertable_name = 'events' and is_compressed`,
        );
        expect(compressed.length).toBeGreaterThan(0);
        expect(await log.readAggregate({ userId, aggregateId: id })).toEqual(before);
        const late = await create(YEARS_AGO);
        expect(await log.readAggregate({ userId, aggregateId: late.id })).toHaveLength(3);
        await allowingUpkeep(
          sql`update events set data = '{"erased": "x"}' where aggregate_id = ${id} and version = 2`,
        );
        const [row] = await rowsOf<{ data: unknown }>(
          sql`select data from events where aggregate_id = ${id} and version = 2`,
        );
        expect(row?.data).toEqual({ erased: 'x' });
      },
    );

    async function allowingUpkeep(statement: ReturnType<typeof sql>): Promise<void> {
      await database.queries.transaction(async (transaction) => {
        await transaction.execute(sql`select set_config('synap.log_upkeep', 'yes', true)`);
        await transaction.execute(statement);
      });
    }

    /** What the background of a server does by itself. */
    async function runJobs(): Promise<void> {
      const jobs = await rowsOf<{ job_id: number }>(
        sql`select job_id from timescaledb_information.jobs where proc_name like 'policy_%'`,
      );
      for (const { job_id } of jobs) await database.queries.execute(sql`call run_job(${job_id})`);
    }
  });
}

const serverUrl = process.env.SYNAP_TEST_DATABASE_URL ?? '';
describe.skipIf(serverUrl === '')('the storage of the log, on a server (set SYNAP_TEST_DATABASE_URL)', () => {
  test('a log with rows becomes a hypertable when TimescaleDB is enabled, and loses nothing', async () => {
    const { url, drop } = await createTemporaryDatabase(serverUrl);
    const database = await openPostgres({ connectionString: url, onConnectionLost: () => undefined });
    const userId = UserId.parse(newId());
    await addUser(database, { id: userId, now: new Date() });
    const plain = await openEventLog(database);
    const ids: EntityId[] = [];
    for (const at of [YEARS_AGO, new Date()]) {
      const id = EntityId.parse(newId());
      ids.push(id);
      await writeEntity({ database, log: plain }, { userId, id, before: null, deltas: [CREATED, renamed('b')], at });
    }
    const before = (await plain.readAll({ after: 0n, limit: 100 })).events;
    expect(plain.storage.grade).toBe(LogGrade.plain);
    await database.queries.execute(sql`create extension timescaledb`);
    const [first, second] = await Promise.all([openEventLog(database), openEventLog(database)]);
    expect(first.storage.grade).toBe(LogGrade.timescaleApache);
    expect((await second.readAll({ after: 0n, limit: 100 })).events).toEqual(before);
    await database.close();
    await drop();
  });

  test('a role that may only call the append appends, and can do nothing else to the log', async () => {
    const { url, drop } = await createTemporaryDatabase(serverUrl);
    const database = await openPostgres({
      connectionString: url,
      maxConnections: 1,
      onConnectionLost: () => undefined,
    });
    const log = await openEventLog(database);
    // Roles are the server's, not the database's: named after the database, it is this test's alone.
    const role = sql.identifier(new URL(url).pathname.slice(1));
    const { queries } = database;
    await queries.execute(sql`create role ${role}`);
    await queries.execute(sql`grant select on all tables in schema public to ${role}`);
    await queries.execute(sql`set role ${role}`);
    const userId = UserId.parse(newId());
    const aggregateId = newId();
    const header = {
      userId,
      aggregateId,
      aggregateType: 'entity',
      timestamp: new Date(),
      correlationId: CorrelationId.parse(newId()),
      causationId: null,
      source: 'api',
    } as const;
    const metadata = { actor: { kind: 'user', id: userId }, command: 'test' } as const;
    await log.append([{ header, head: null, events: [{ id: newId(), delta: CREATED, metadata }] }]);
    expect(await log.readAggregate({ userId, aggregateId })).toHaveLength(1);
    for (const table of ['events', 'event_keys', 'aggregates']) {
      for (const statement of [
        `insert into ${table} select * from ${table}`,
        `update ${table} set id = id`,
        `delete from ${table}`,
        `truncate ${table}`,
      ]) {
        const attempt = queries.transaction(async (transaction) => {
          await transaction.execute(sql`set local role ${role}`);
          await transaction.execute(sql.raw(statement));
        });
        const failure = await attempt.then(
          () => null,
          (error: Error) => error,
        );
        expect(String(failure?.cause), statement).toContain('permission denied');
      }
    }
    await queries.execute(sql`reset role`);
    await queries.execute(sql`drop owned by ${role}`);
    await queries.execute(sql`drop role ${role}`);
    await database.close();
    await drop();
  });

  test('a log of the version before partitions is taken over whole', async () => {
    const { url, drop } = await createTemporaryDatabase(serverUrl);
    const old = await openPostgres({ connectionString: url, holdings: 'state', onConnectionLost: () => undefined });
    const [userId, id, eventId, correlationId] = [newId(), newId(), newId(), newId()];
    const event = {
      id: eventId,
      timestamp: '2026-10-05T10:00:00.000Z',
      type: 'entity.created',
      schemaVersion: 1,
      data: { entityType: 'note', title: 'old', given: [] },
      metadata: { actor: { kind: 'user', id: userId }, command: 'notes.create' },
      digest: '00'.repeat(32),
    };
    await old.queries.execute(
      sql`select append_events(${userId}::uuid, ${id}::uuid, 'entity', 0, '\\x00'::bytea, ${correlationId}::uuid, 'api',
        ${JSON.stringify([event])}::jsonb)`,
    );
    await old.close();
    const database = await openPostgres({ connectionString: url, onConnectionLost: () => undefined });
    const log = await openEventLog(database);
    const events = await log.readAggregate({ userId: UserId.parse(userId), aggregateId: id });
    expect(events).toMatchObject([{ id: eventId, version: 1, data: event.data, position: 1n }]);
    const taken = await selectRows(database.queries, sql`select from event_keys where id = ${eventId}`);
    expect(taken).toHaveLength(1);
    await database.close();
    await drop();
  });
});
