import { type EntityDelta, EntityId, UserId } from '@synap/domain';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { erasePayloads } from '../erasure/erase-payloads.ts';
import { type EventLog, openEventLog } from '../event-log/event-log.ts';
import { loadEntityForChange } from '../projection/load-for-change.ts';
import { deleteStates } from '../projection/project-streams.ts';
import { addUser } from '../projection/users.ts';
import { createSigner } from '../proof/checkpoint.ts';
import { readAllHeads } from '../proof/read-all-heads.ts';
import { verifyCheckpoint } from '../proof/verify-checkpoint.ts';
import { collect } from '../testing/collect.ts';
import { logDatabases } from '../testing/test-databases.ts';
import { newId, writeEntity } from '../testing/write-entity.ts';
import { FindingKind } from './finding.ts';
import { findStrays, verifyStreams } from './verify-streams.ts';

const CREATED: EntityDelta = { type: 'entity.created', data: { entityType: 'note', title: 'a', given: [] } };
const renamed = (oldValue: string, newValue: string): EntityDelta => ({
  type: 'entity.title_changed',
  data: { oldValue, newValue },
});
/** An Ed25519 key that is used nowhere else. */
const SIGNING_KEY = 'MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g';

for (const kind of logDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`verifying ${kind.name}`, () => {
    let database: Database;
    let log: EventLog;
    const userId = UserId.parse(newId());
    let first: EntityId;
    let second: EntityId;

    beforeAll(async () => {
      database = await kind.open();
      log = await openEventLog(database);
      await addUser(database, { id: userId, now: new Date() });
    });
    afterAll(() => database.close());

    /** Every test begins with two streams of three events in a log that is in order. */
    beforeEach(async () => {
      await tamper(
        ...['events', 'aggregates', 'entity_tags', 'task_details', 'entities'].map((table) =>
          sql.raw(`delete from ${table}`),
        ),
        sql`delete from event_keys`,
      );
      first = await create();
      second = await create();
      expect(await verify()).toEqual([]);
    });

    const create = async () => {
      const id = EntityId.parse(newId());
      await writeEntity({ database, log }, { userId, id, before: null, deltas: [CREATED] });
      for (const delta of [renamed('a', 'b'), renamed('b', 'c')]) {
        const before = await loadEntityForChange({ database, log }, userId, id);
        await writeEntity({ database, log }, { userId, id, before, deltas: [delta] });
      }
      return id;
    };

    /** What somebody with every right on the database could do. */
    const tamper = async (...statements: ReturnType<typeof sql>[]) =>
      database.queries.transaction(async (transaction) => {
        await transaction.execute(sql`select set_config('synap.log_upkeep', 'yes', true)`);
        for (const statement of statements) await transaction.execute(statement);
      });

    const verify = async () => {
      const pages = await collect(verifyStreams({ database, log }, { compareRows: true }));
      const findings = [...pages.flatMap((page) => page.findings), ...(await findStrays({ database, log }))];
      return findings.map(({ kind: what, subject, version }) => ({ what, subject, version }));
    };

    const event = (id: EntityId, version: number) => sql`aggregate_id = ${id} and version = ${version}`;

    test.each(['data', 'metadata'])('a change of an event’s %s is found and named', async (column) => {
      const target = sql.identifier(column);
      await tamper(sql`update events set ${target} = ${target} || '{"newValue": "forged"}' where ${event(first, 2)}`);
      expect(await verify()).toContainEqual({ what: FindingKind.eventChanged, subject: first, version: 2 });
    });

    test.each([
      ['event_type', sql`'entity.restored'`],
      ['user_id', sql`gen_random_uuid()`],
      ['correlation_id', sql`gen_random_uuid()`],
      ['source', sql`'sync'`],
      ['timestamp', sql`timestamp + interval '1 second'`],
      ['schema_version', sql`7`],
      ['digest', sql`sha256('x')`],
      ['id', sql`gen_random_uuid()`],
      ['position', sql`position + 100000`],
    ])('a change of an event’s %s is found', async (column, value) => {
      await tamper(sql`update events set ${sql.identifier(column)} = ${value} where ${event(first, 2)}`);
      const findings = await verify();
      expect(findings).not.toEqual([]);
      expect(findings.every(({ subject }) => subject !== second)).toBe(true);
    });

    test.each([1, 2, 3])('that event %i was deleted is found and named', async (version) => {
      await tamper(sql`delete from events where ${event(first, version)}`);
      expect(await verify()).toContainEqual({ what: FindingKind.eventMissing, subject: first, version });
    });

    test('that a whole stream was deleted, with its rows, is found by the ids that were given', async () => {
      await tamper(
        sql`delete from entities where id = ${first}`,
        sql`delete from aggregates where id = ${first}`,
        sql`delete from events where aggregate_id = ${first}`,
      );
      expect(await verify()).toHaveLength(3);
    });

    test('an event that was inserted is found and named, at the end, twice, and in a stream of its own', async () => {
      const copy = (aggregateId: string, version: number) =>
        sql`insert into events select position + 1000, gen_random_uuid(), timestamp, ${aggregateId}::uuid, aggregate_type,
          event_type, user_id, data, metadata, ${version}::int, causation_id, correlation_id, source, schema_version, digest
        from events where ${event(first, 3)}`;
      await tamper(copy(first, 4), copy(second, 2), copy('01890000-0000-7000-8000-00000000ffff', 1));
      const findings = await verify();
      expect(findings).toContainEqual({ what: FindingKind.eventInserted, subject: first, version: 4 });
      expect(findings).toContainEqual({ what: FindingKind.eventInserted, subject: second, version: 2 });
      expect(findings).toContainEqual({
        what: FindingKind.eventInserted,
        subject: '01890000-0000-7000-8000-00000000ffff',
        version: 1,
      });
    });

    test('that two events of a stream, or of two, were swapped is found in each', async () => {
      await tamper(
        sql`update events set version = 5 - version where aggregate_id = ${first} and version in (2, 3)`,
        sql`update events as one set data = other.data from events as other
          where one.aggregate_id = ${second} and one.version = 2 and other.aggregate_id = ${second} and other.version = 3`,
      );
      const subjects = (await verify()).map(({ subject }) => subject);
      expect(subjects).toContain(first);
      expect(subjects).toContain(second);
    });

    test('a row that is not what its events say is found, and what it must be', async () => {
      await tamper(
        sql`update entities set title = 'forged' where id = ${first}`,
        sql`delete from entities where id = ${second}`,
      );
      expect(await verify()).toEqual([
        { what: FindingKind.rowDiffers, subject: first, version: undefined },
        { what: FindingKind.rowMissing, subject: second, version: undefined },
      ]);
    });

    test('a row without events is found', async () => {
      const id = newId();
      await tamper(sql`insert into entities (id, user_id, type, title, preview, provenance, version, created_at, updated_at)
        values (${id}, ${userId}, 'note', 'x', '', '{}', 1, now(), now())`);
      expect(await verify()).toEqual([{ what: FindingKind.rowInserted, subject: id, version: undefined }]);
    });

    test('a chain that was rewritten whole fits itself, but not a checkpoint of before', async () => {
      const signer = createSigner(SIGNING_KEY);
      const checkpoint = signer.sign({
        format: 'synap-checkpoint',
        formatVersion: 1,
        userId,
        createdAt: new Date().toISOString(),
        position: String(await log.readWatermark()),
        previous: null,
        heads: await readAllHeads(log, userId),
      });
      const trusted = { trustedKey: signer.publicKey };
      expect(await verifyCheckpoint(log, checkpoint, trusted)).toEqual([]);
      // The stream is removed without a trace and written anew, with another title.
      await tamper(
        ...['entities', 'aggregates'].map((table) => sql`delete from ${sql.identifier(table)} where id = ${first}`),
        sql`delete from event_keys where position in (select position from events where aggregate_id = ${first})`,
        sql`delete from events where aggregate_id = ${first}`,
      );
      await writeEntity(
        { database, log },
        { userId, id: first, before: null, deltas: [CREATED, renamed('a', 'x'), renamed('x', 'y')] },
      );
      expect(await verify()).toEqual([]);
      expect(await verifyCheckpoint(log, checkpoint, trusted)).toMatchObject([
        { kind: FindingKind.eventChanged, subject: first, version: 3 },
      ]);
      const forged = { ...checkpoint, heads: await readAllHeads(log, userId) };
      expect(await verifyCheckpoint(log, forged, trusted)).toMatchObject([{ kind: FindingKind.checkpointBroken }]);
      expect(await verifyCheckpoint(log, checkpoint, { trustedKey: 'AAAA' })).toMatchObject([
        { kind: FindingKind.checkpointBroken },
      ]);
    });

    test('what was purged verifies; a payload that vanished without a purge does not', async () => {
      const before = await loadEntityForChange({ database, log }, userId, first);
      await writeEntity(
        { database, log },
        { userId, id: first, before, deltas: [{ type: 'entity.purged', data: {} }] },
      );
      expect(await erasePayloads(log, { userId, aggregateIds: [first] })).toBe(3);
      await deleteStates(database, { userId, ids: [first] });
      expect(await verify()).toEqual([]);
      await erasePayloads(log, { userId, aggregateIds: [second] });
      expect(await verify()).toContainEqual({ what: FindingKind.eventChanged, subject: second, version: 1 });
    });

    test('writing while it verifies is not taken for damage', async () => {
      const writing = (async () => {
        for (let count = 0; count < 20; count += 1) await create();
      })();
      const rounds: unknown[] = [];
      for (let round = 0; round < 3; round += 1) rounds.push(await verify());
      await writing;
      expect(rounds).toEqual([[], [], []]);
    });
  });
}
