import { DeliveryId, type EntityDelta, EntityId, RerunId, SuggestionId, UserId, WebhookId } from '@synap/domain';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import { type EventLog, openEventLog } from '../event-log/event-log.ts';
import { LogGrade } from '../event-log/log-storage.ts';
import { addUser } from '../projection/users.ts';
import { rememberAnswer } from '../recall/given-answers.ts';
import { addToRerun, insertRerun } from '../reruns/reruns.ts';
import { accounts, apiKeys, passkeys, sessions, twoFactors, users, verifications } from '../schema/schema.ts';
import { logDatabases } from '../testing/test-databases.ts';
import { newId, writeEntity } from '../testing/write-entity.ts';
import { findStrays, verifyStreams } from '../verify/verify-streams.ts';
import { saveTest } from '../webhooks/deliveries.ts';
import { insertWebhook, listWebhooks } from '../webhooks/webhooks.ts';
import { closeLogOf, eraseFromLog, eraseFromState, findTraces, wasErased } from './erase-user.ts';

const CREATED: EntityDelta = { type: 'entity.created', data: { entityType: 'note', title: 'A note', given: [] } };
const TAGGED: EntityDelta = { type: 'entity.tag_added', data: { tag: 'garden' } };
const SUGGESTED = (): EntityDelta => ({
  type: 'ai.suggestion_made',
  data: {
    suggestionId: SuggestionId.parse(newId()),
    suggested: { field: 'tags', value: 'home' },
    confidence: 0.4,
    model: 'test-model',
    checksum: 'a'.repeat(64),
    because: 'low_confidence',
  },
});
const LONG_AGO = new Date('2026-03-05T10:00:00.000Z');

for (const kind of logDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`the erasure of an account ${kind.name}`, () => {
    let database: Database;
    let log: EventLog;
    const [userId, other] = [UserId.parse(newId()), UserId.parse(newId())];

    beforeAll(async () => {
      database = await kind.open();
      log = await openEventLog(database);
      for (const id of [userId, other]) {
        await addUser(database, { id, now: new Date() });
        await addSignIns(database, id);
        await create(id, LONG_AGO);
        await create(id, new Date());
        await think(id);
      }
      if (kind.grade === LogGrade.timescaleCommunity) await compressAndRollUp();
    });
    afterAll(() => database.close());

    const create = (owner: UserId, at = new Date(), id = EntityId.parse(newId())) =>
      writeEntity({ database, log }, { userId: owner, id, before: null, deltas: [CREATED, TAGGED, SUGGESTED()], at });
    /** What thinking leaves beside the log. */
    const think = async (owner: UserId) => {
      const { queries } = database;
      const id = EntityId.parse(newId());
      await create(owner, new Date(), id);
      const rerun = { userId: owner, rerunId: RerunId.parse(newId()) };
      await insertRerun(queries, rerun, { analyzer: null, since: null, now: new Date() });
      await addToRerun(queries, rerun, [id]);
      await rememberAnswer(queries, owner, { id: newId(), shingles: [1, 2], givenAt: new Date() });
      await addWebhook(database, owner);
    };
    const activityOf = (owner: UserId) =>
      selectRows(
        database.queries,
        sql`select hour, event_type, event_count from activity_hourly where user_id = ${owner} order by hour, event_type`,
      );
    const compressAndRollUp = async () => {
      const chunks = await selectRows<{ name: string }>(
        database.queries,
        sql`select format('%I.%I', chunk_schema, chunk_name) as name from timescaledb_information.chunks
          where hypertable_name = 'events' order by range_start`,
      );
      await database.queries.execute(sql`select compress_chunk(${chunks[0]?.name}::regclass)`);
      await database.queries.execute(sql`call refresh_continuous_aggregate('activity_hourly', null, null)`);
    };

    test('leaves no trace of it, and everything of the others', async () => {
      const theirs = (await log.readAll({ after: 0n, limit: 100, filter: { userId: other } })).events;
      const theirActivity = await activityOf(other);
      const stores = (await findTraces(database, userId)).map(({ store }) => store);
      expect(stores).toEqual(
        expect.arrayContaining([
          'given_answers',
          'rerun_items',
          'reruns',
          'suggestions',
          'webhook_deliveries',
          'webhooks',
        ]),
      );
      await closeLogOf({ database, log }, userId, { now: new Date() });
      await eraseFromLog({ database, log }, userId);
      await eraseFromState(database, userId);
      expect(await findTraces(database, userId)).toEqual([]);
      expect(await listWebhooks(database.queries, other)).toHaveLength(1);
      expect(await signInsOf(database, other)).toEqual([1, 1, 1, 1, 1, 1]);
      expect(await signInsOf(database, userId)).toEqual([0, 0, 0, 0, 0, 0]);
      expect(await activityOf(userId)).toEqual([]);
      expect(await wasErased(log.database.queries, userId)).toBe(true);
      expect((await log.readAll({ after: 0n, limit: 100, filter: { userId: other } })).events).toEqual(theirs);
      expect(await activityOf(other)).toEqual(theirActivity);
      for await (const { findings } of verifyStreams({ database, log }, { compareRows: true })) {
        expect(findings).toEqual([]);
      }
      expect(await findStrays({ database, log })).toEqual([]);
    });

    test('refuses whatever comes for it later', async () => {
      await expect(create(userId)).rejects.toMatchObject({ code: 'not_found' });
      expect(await findTraces(database, userId)).toEqual([]);
    });

    // On one session there is nobody to wait for.
    if (kind.hasConcurrentTransactions) {
      test('waits for an append that may not have seen it', async () => {
        const leaving = UserId.parse(newId());
        await addUser(database, { id: leaving, now: new Date() });
        const [lockTaken, mayEnd] = [aSignal(), aSignal()];
        const ended: string[] = [];
        // An append stopped between taking its lock and drawing its position: it has looked for erasures already.
        const append = database.queries.transaction(async (transaction) => {
          await transaction.execute(
            sql`select pg_advisory_xact_lock_shared((event_position_lock_tag() << 48) | last_value) from event_positions`,
          );
          lockTaken.give();
          await mayEnd.given;
          ended.push('append');
        });
        await lockTaken.given;
        const closed = closeLogOf({ database, log }, leaving, { now: new Date() }).then(() => ended.push('closed'));
        // By now it has told everybody, and waits.
        while (!(await wasErased(log.database.queries, leaving)));
        mayEnd.give();
        await Promise.all([append, closed]);
        expect(ended).toEqual(['append', 'closed']);
      });
    }
  });
}

/** Something that one waits for and another gives. */
function aSignal() {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give: () => give() };
}

/** One of everything by which somebody signs in. */
async function addSignIns({ queries }: Database, userId: UserId): Promise<void> {
  const now = new Date();
  const row = () => ({ id: newId(), userId, createdAt: now });
  const dated = { updatedAt: now, expiresAt: new Date(now.getTime() + 60_000) };
  const email = `${userId.slice(-12)}@example.com`;
  await queries.update(users).set({ email }).where(eq(users.id, userId));
  await queries.insert(sessions).values({ ...row(), ...dated, token: newId() });
  await queries.insert(accounts).values({ ...row(), updatedAt: now, providerId: 'credential', accountId: userId });
  await queries.insert(twoFactors).values({ id: newId(), userId, secret: 'x', backupCodes: 'x' });
  const device = { counter: 0, deviceType: 'singleDevice', backedUp: false };
  await queries.insert(passkeys).values({ ...row(), ...device, publicKey: 'x', credentialID: newId() });
  await queries
    .insert(apiKeys)
    .values({ ...row(), name: 'a key', prefix: 'synap_', hash: Buffer.from(userId), scopes: [] });
  // One that names the user, and one that names their address only.
  await queries.insert(verifications).values([
    { id: newId(), createdAt: now, ...dated, identifier: 'a', value: userId },
    { id: newId(), createdAt: now, ...dated, identifier: `for ${email}`, value: 'a' },
  ]);
}

/** Somebody is told of what happens, and was told something. */
async function addWebhook({ queries }: Database, userId: UserId): Promise<void> {
  const now = new Date();
  const id = WebhookId.parse(newId());
  await insertWebhook(queries, {
    ...{ id, userId, url: 'https://example.com/', description: '', eventTypes: ['*'], secrets: [] },
    ...{ status: 'active', pausedReason: null, pausedAt: null, creationKey: null, creationHash: null },
    ...{ position: 0n, replayPosition: null, replayUpTo: null, wakeAt: null, generation: 0 },
    ...{ consecutiveFailures: 0, failingSince: null, heldUntil: null, lastDeliveredAt: null },
    ...{ createdAt: now, updatedAt: now },
  });
  const delivery = { id: DeliveryId.parse(newId()), messageId: 'm', event: null, eventType: 't', isReplay: false };
  const attempt = { at: now.toISOString(), durationMs: 1, status: 200, answer: '', error: null, isReplay: false };
  await saveTest(queries, { userId, webhookId: id }, { delivery, attempt, isTaken: true, now });
}

async function signInsOf({ queries }: Database, userId: UserId): Promise<number[]> {
  const tables = [sessions, accounts, twoFactors, passkeys, apiKeys];
  const owned = await Promise.all(tables.map((table) => queries.$count(table, eq(table.userId, userId))));
  const email = `${userId.slice(-12)}@example.com`;
  return [...owned, await queries.$count(verifications, eq(verifications.identifier, `for ${email}`))];
}
