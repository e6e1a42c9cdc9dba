import { DeliveryId, decideAttempt, EventId, NotFound, patternsFor, UserId, WebhookId } from '@synap/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { addUser } from '../projection/users.ts';
import { testDatabases } from '../testing/test-databases.ts';
import { newId } from '../testing/write-entity.ts';
import { deleteDeliveriesBefore, findDueDelivery, listDeliveries, saveAttempt } from './deliveries.ts';
import {
  beginWebhookRun,
  changeWebhook,
  deleteWebhook,
  endWebhookRun,
  insertWebhook,
  listWebhooksToWake,
  loadWebhook,
  type Webhook,
  type WebhookKey,
  wakeWebhooks,
} from './webhooks.ts';

const NOW = new Date('2026-11-27T12:00:00.000Z');
const later = (milliseconds: number) => new Date(NOW.getTime() + milliseconds);

for (const kind of testDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`webhooks ${kind.name}`, () => {
    let database: Database;
    const userId = UserId.parse(newId());
    beforeAll(async () => {
      database = await kind.open();
      await addUser(database, { id: userId, now: NOW });
    });
    afterAll(() => database.close());

    const make = async (fields: Partial<Webhook> = {}): Promise<WebhookKey> => {
      const id = WebhookId.parse(newId());
      await insertWebhook(database.queries, {
        ...{ id, userId, url: 'https://example.com/', description: '', eventTypes: ['*'], secrets: [] },
        ...{ status: 'active', pausedReason: null, pausedAt: null, creationKey: null, creationHash: null },
        ...{ position: 0n, replayPosition: null, replayUpTo: null, wakeAt: null, generation: 0 },
        ...{ consecutiveFailures: 0, failingSince: null, heldUntil: null, lastDeliveredAt: null },
        ...{ createdAt: NOW, updatedAt: NOW, ...fields },
      });
      return { userId, webhookId: id };
    };
    const wake = (type: string, now = NOW) =>
      wakeWebhooks(database.queries, { userId, patterns: patternsFor(type), now });
    const awake = async (now = NOW) =>
      (await listWebhooksToWake(database.queries, { now, limit: 100 })).map(({ webhookId }) => webhookId);
    const attempt = (key: WebhookKey, position: bigint, status: number, now = NOW) =>
      saveAttempt(database.queries, key, {
        delivery: {
          id: DeliveryId.parse(newId()),
          messageId: `msg_${position}`,
          event: { id: EventId.parse(newId()), position },
          eventType: 'task.completed',
          isReplay: false,
        },
        attempt: { at: now.toISOString(), durationMs: 1, status, answer: '', error: null, isReplay: false },
        decision: decideAttempt(
          { status, retryAfterMs: null },
          { messageId: 'm', failures: 0, health: { consecutiveFailures: 0, failingSince: null, heldUntil: null }, now },
        ),
        isRecovered: false,
        progress: { position },
        now,
      });

    test('those are woken that are active and want what has happened', async () => {
      const all = await make();
      const family = await make({ eventTypes: ['relation.*', 'task.*'] });
      const one = await make({ eventTypes: ['task.completed'] });
      const other = await make({ eventTypes: ['relation.*'] });
      const paused = await make({ status: 'paused', pausedReason: 'person', pausedAt: NOW });
      await wake('task.completed');
      expect((await awake()).toSorted()).toEqual([all, family, one].map(({ webhookId }) => webhookId).toSorted());
      for (const key of [all, family, one, other, paused]) await deleteWebhook(database.queries, key);
      await expect(loadWebhook(database.queries, all)).rejects.toThrow(NotFound);
    });

    test('a run is the only one of its generation, and what happens while it goes on is not forgotten at its end', async () => {
      const key = await make();
      await wake('task.completed');
      const lease = later(300_000);
      await beginWebhookRun(database.queries, key, { generation: 0, wakeAt: lease });
      // The same run, begun again after a crash.
      await beginWebhookRun(database.queries, key, { generation: 0, wakeAt: lease });
      expect(await loadWebhook(database.queries, key)).toMatchObject({ generation: 1, wakeAt: lease });
      expect(await awake()).toEqual([]);
      await endWebhookRun(database.queries, key, { begunWith: lease, wakeAt: later(60_000) });
      expect((await loadWebhook(database.queries, key)).wakeAt).toEqual(later(60_000));

      await beginWebhookRun(database.queries, key, { generation: 1, wakeAt: lease });
      await wake('task.completed', later(1000));
      await endWebhookRun(database.queries, key, { begunWith: lease, wakeAt: null });
      expect((await loadWebhook(database.queries, key)).wakeAt).toEqual(later(1000));
      await deleteWebhook(database.queries, key);
    });

    test('an attempt moves the webhook on and never back, and what is kept of a message is bounded', async () => {
      const key = await make();
      await attempt(key, 7n, 204);
      expect((await attempt(key, 5n, 500))?.position).toBe(7n);
      for (let count = 0; count < 25; count += 1) await attempt(key, 5n, 500, later(count));
      const { items } = await listDeliveries(database.queries, key, { limit: 10 });
      expect(items.map(({ messageId, status }) => [messageId, status])).toEqual([
        ['msg_5', 'waiting'],
        ['msg_7', 'delivered'],
      ]);
      expect(items[0]?.attempts).toHaveLength(20);
      expect(items[0]?.attempts.at(-1)?.at).toBe(later(24).toISOString());
      expect(await findDueDelivery(database.queries, key, { now: NOW })).toBeNull();
      expect(await findDueDelivery(database.queries, key, { now: later(60_000) })).toMatchObject({
        messageId: 'msg_5',
      });
      await deleteWebhook(database.queries, key);
      expect(await attempt(key, 9n, 204)).toBeNull();
    });

    test('an attempt that is over once a person has paused it leaves it paused by them', async () => {
      const key = await make();
      await changeWebhook(database.queries, key, { status: 'paused', pausedReason: 'person', pausedAt: NOW });
      expect(await attempt(key, 1n, 410, later(1000))).toMatchObject({ status: 'paused', pausedReason: 'person' });
      const other = await make();
      expect(await attempt(other, 1n, 410)).toMatchObject({ status: 'paused', pausedReason: 'gone', pausedAt: NOW });
      for (const each of [key, other]) await deleteWebhook(database.queries, each);
    });

    test('the log of deliveries is read page by page, and swept; what waits stays', async () => {
      const key = await make();
      for (let position = 1n; position <= 5n; position += 1n) {
        await attempt(key, position, position === 3n ? 500 : 204, later(Number(position)));
      }
      const read = async (): Promise<string[]> => {
        const ids: string[] = [];
        for (let cursor: string | null | undefined; cursor !== null; ) {
          const page = await listDeliveries(database.queries, key, { limit: 2, cursor });
          ids.push(...page.items.map(({ messageId }) => messageId));
          cursor = page.nextCursor;
        }
        return ids;
      };
      expect(await read()).toEqual(['msg_5', 'msg_4', 'msg_3', 'msg_2', 'msg_1']);
      await expect(listDeliveries(database.queries, key, { limit: 2, cursor: 'bm9uZQ' })).rejects.toThrow('cursor');
      await deleteDeliveriesBefore(database.queries, { deliveredBefore: later(4), deadBefore: later(1000) });
      expect(await read()).toEqual(['msg_5', 'msg_4', 'msg_3']);
      await deleteWebhook(database.queries, key);
    });
  });
}
