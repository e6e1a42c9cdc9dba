import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { DeliveryId, NotFound, Unprocessable, type UserId, ValidationFailed, WebhookId } from '@synap/domain';
import { createPublicPoster } from '@synap/outbound';
import { createDbosEngine } from '@synap/workflows';
import { v7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createOfType } from '../commands/create-entity.ts';
import type { Parts } from '../parts.ts';
import { openTestStore, type TestStore } from '../testing/test-store.ts';
import { startReceiver, type WebhookReceiver } from '../testing/webhook-receiver.ts';
import { deliverSome, deliverWebhook, WEBHOOK_DUE } from './deliver-webhook.ts';
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  pauseWebhook,
  resumeWebhook,
  rotateWebhookSecret,
  updateWebhook,
} from './manage-webhooks.ts';
import { isPermittedTarget } from './target-url.ts';
import { listDeliveries, replayWebhook, retryDelivery, sendTest } from './webhook-deliveries.ts';

/*
 * What is promised of deliveries, run by run with a clock in hand; the receiver is real, and so is the way to it.
 */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

let store: TestStore;
let parts: Parts;
let receiver: WebhookReceiver;
let now: number;
/** A new one for each test. */
let userId: UserId;
const { signal } = new AbortController();

beforeAll(async () => {
  [store, receiver] = [await openTestStore(), await startReceiver()];
  const privateHosts = new Set(['127.0.0.1']);
  parts = {
    ...store.parts,
    clock: { now: () => new Date(now) },
    webhooks: {
      ...store.parts.webhooks,
      privateHosts,
      poster: createPublicPoster({
        isPermitted: (address, hostname) => isPermittedTarget(address, hostname, privateHosts),
      }),
    },
  };
});
afterAll(async () => {
  await parts.webhooks.poster.close();
  await receiver.close();
  await store.close();
});
beforeEach(async () => {
  userId = await store.addUser();
  now = Date.now();
  receiver.received.length = 0;
  receiver.taken().clear();
  receiver.answer(() => ({ status: 204 }));
});

const command = () => store.request(userId);
const make = async (fields: { eventTypes?: string[]; url?: string } = {}) => {
  const input = { url: receiver.url, eventTypes: ['entity.created'], description: '', ...fields };
  const { webhook, secret } = await createWebhook(parts, command(), input);
  return { key: { userId: userId, webhookId: WebhookId.parse(webhook.id) }, webhook, secret };
};
type Key = Awaited<ReturnType<typeof make>>['key'];

/** Something happens: each note is one event of those that these webhooks want. */
const happens = async (...titles: string[]) => {
  for (const title of titles) await createOfType(parts, command(), { type: 'note', content: title, title });
};
const run = (key: Key) => deliverSome(parts, key, { signal });
/** Runs whenever something is due, until nothing is or the time is over; gives when there was a run, in milliseconds. */
const runUntil = async (key: Key, end: number): Promise<number[]> => {
  const [begin, times] = [now, [] as number[]];
  for (;;) {
    const { isAllForNow, wakeAt } = await run(key);
    times.push(now - begin);
    if (!isAllForNow) continue;
    if (wakeAt === null || Date.parse(wakeAt) - begin > end) return times;
    now = Math.max(now, Date.parse(wakeAt));
  }
};
const titles = () => receiver.received.map(({ content }) => content.data.data.title);
const takenTitles = () => [...receiver.taken().values()].map(({ content }) => content.data.data.title);
const deliveries = async (key: Key) => (await listDeliveries(parts, key, { limit: 200 })).items;

test('each event arrives once, in order, and the log of deliveries says so', async () => {
  const { key, secret } = await make();
  await happens('one', 'two', 'three');
  expect(await run(key)).toMatchObject({ isAllForNow: true, wakeAt: null });
  expect(titles()).toEqual(['one', 'two', 'three']);
  for (const message of receiver.received) receiver.verify(message, secret);
  await run(key);
  expect(receiver.received).toHaveLength(3);
  expect(await deliveries(key)).toMatchObject(
    receiver.received.toReversed().map(({ id }) => ({
      messageId: id,
      status: 'delivered',
      eventType: 'entity.created',
      attempts: [{ status: 204, error: null, isReplay: false }],
    })),
  );
});

test('what happened before a webhook was made, and what it did not ask for, is not sent', async () => {
  await happens('before');
  const { key } = await make({ eventTypes: ['relation.*'] });
  await happens('not asked for');
  const { position } = await getWebhook(parts, key);
  await run(key);
  expect(receiver.received).toEqual([]);
  expect(BigInt((await getWebhook(parts, key)).position)).toBeGreaterThan(BigInt(position));
});

test('a failed delivery is tried again over a day, and then is dead until a person has it tried', async () => {
  const { key } = await make();
  receiver.answer(() => ({ status: 500, content: `${'broken '.repeat(200)}\u0000` }));
  await happens('one');
  await runUntil(key, 3 * DAY_MS);
  expect(receiver.received).toHaveLength(8);
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
  const [dead] = await deliveries(key);
  const times = dead?.attempts.map(({ at }) => Date.parse(at)) ?? [];
  const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  const planned = [5 * SECOND_MS, 5 * MINUTE_MS, 0.5 * HOUR_MS, 2 * HOUR_MS, 5 * HOUR_MS, 8 * HOUR_MS, 8 * HOUR_MS];
  for (const [index, wait] of planned.entries()) expect(waits[index]).toBeGreaterThan(wait * 0.89);
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThan(27 * HOUR_MS);
  expect(dead).toMatchObject({ status: 'dead', nextAttemptAt: null });
  expect(dead?.attempts).toHaveLength(8);
  expect(dead?.attempts[0]).toMatchObject({ status: 500, answer: expect.stringMatching(/^broken /) });
  expect(dead?.attempts[0]?.answer.length).toBeLessThanOrEqual(500);
  // By hand, from the beginning.
  receiver.answer(() => ({ status: 200 }));
  const id = DeliveryId.parse(dead?.id);
  expect(await retryDelivery(parts, command(), { id: key.webhookId, deliveryId: id })).toMatchObject({
    status: 'waiting',
  });
  await run(key);
  expect((await deliveries(key))[0]).toMatchObject({ id, status: 'delivered' });
  expect((await deliveries(key))[0]?.attempts.at(-1)).toMatchObject({ status: 200, isReplay: true });
});

test('one message that is never taken holds up none of the others', async () => {
  const { key } = await make();
  receiver.answer(({ content }) => ({ status: content.data.data.title === 'poison' ? 400 : 204 }));
  await happens('first', 'poison', 'second', 'third');
  await run(key);
  expect(takenTitles()).toEqual(['first', 'second', 'third']);
  expect(await getWebhook(parts, key)).toMatchObject({ waiting: 1, heldUntil: null });
});

test('an outage makes a handful of failed deliveries; what happens meanwhile waits, and arrives in order', async () => {
  const { key } = await make();
  receiver.answer(() => ({ status: 502 }));
  const all = Array.from({ length: 25 }, (_, index) => `note ${index}`);
  await happens(...all);
  const times = await runUntil(key, HOUR_MS);
  expect(receiver.received.length).toBeLessThan(30);
  expect(times.length).toBeLessThan(30);
  const held = await getWebhook(parts, key);
  expect(Date.parse(held.heldUntil ?? '')).toBeGreaterThan(now);
  expect(held.waiting).toBeLessThan(30);
  // It comes round: at the next probe everything is sent.
  receiver.answer(() => ({ status: 204 }));
  now = Date.parse(held.heldUntil ?? '');
  await runUntil(key, MINUTE_MS);
  expect(takenTitles().toSorted()).toEqual(all.toSorted());
  const neverTried = takenTitles().slice(-5);
  expect(neverTried).toEqual(all.slice(-5));
  expect(await getWebhook(parts, key)).toMatchObject({ waiting: 0, heldUntil: null, failingSince: null });
});

test('a receiver that asks to be left alone is, with all of its messages', async () => {
  const { key } = await make();
  receiver.answer(() => ({ status: 429, headers: { 'retry-after': '1800' } }));
  await happens('one', 'two');
  const { wakeAt } = await run(key);
  expect(receiver.received).toHaveLength(1);
  expect(Date.parse(wakeAt ?? '') - now).toBe(30 * MINUTE_MS);
  receiver.answer(() => ({ status: 204 }));
  await runUntil(key, DAY_MS);
  expect(takenTitles()).toEqual(['one', 'two']);
});

test('a run gives way to others after a while, and the next goes on where it was', async () => {
  const { key } = await make();
  await happens('one', 'two');
  receiver.answer(() => {
    now += 21 * SECOND_MS;
    return { status: 204 };
  });
  expect(await run(key)).toMatchObject({ isAllForNow: false, wakeAt: new Date(now).toISOString() });
  expect(titles()).toEqual(['one']);
  await run(key);
  expect(titles()).toEqual(['one', 'two']);
});

test('a receiver that is gone is paused at once', async () => {
  const { key } = await make();
  receiver.answer(() => ({ status: 410 }));
  await happens('one', 'two');
  expect(await run(key)).toMatchObject({ isPaused: true });
  expect(receiver.received).toHaveLength(1);
  expect(await getWebhook(parts, key)).toMatchObject({ status: 'paused', pausedReason: 'gone' });
  await expect(replayWebhook(parts, command(), { id: key.webhookId, after: 0n })).rejects.toThrow(Unprocessable);
});

test('that it was paused is told once, however many runs were waiting, and again where that failed', async () => {
  const told: string[] = [];
  let attempts = 0;
  const tellOfPause = async ({ webhookId }: { webhookId: string }) => {
    attempts += 1;
    if (attempts === 1) throw new Error('the mail server is away');
    told.push(webhookId);
  };
  const engine = createDbosEngine({
    connection: parts.database.engine,
    workflows: [deliverWebhook({ ...parts, webhooks: { ...parts.webhooks, tellOfPause } })],
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    retryDelayMs: 10,
    pollIntervalMs: 30,
  });
  await engine.start();
  try {
    const { key } = await make();
    receiver.answer(() => ({ status: 410 }));
    await happens('one', 'two');
    // The same generation twice, as when a minute has gone by between two looks; and the one after it.
    for (const [count, generation] of [0, 0, 1].entries()) {
      await engine.send({ id: `${key.webhookId}:${count}`, name: WEBHOOK_DUE, data: { ...key, generation } });
    }
    await engine.idle();
    expect(attempts).toBe(2);
    expect(told).toEqual([key.webhookId]);
    expect(receiver.received).toHaveLength(1);
  } finally {
    await engine.stop();
  }
});

test('after a week in which every delivery failed it is paused, and resumed with all that was missed', async () => {
  const { key } = await make();
  receiver.answer(() => ({ status: 503 }));
  const all = Array.from({ length: 9 }, (_, day) => `day ${day}`);
  const begin = now;
  for (const [day, title] of all.entries()) {
    await happens(title);
    await runUntil(key, DAY_MS);
    expect((await getWebhook(parts, key)).status).toBe(day < 7 ? 'active' : 'paused');
    now = begin + (day + 1) * DAY_MS;
  }
  expect(await getWebhook(parts, key)).toMatchObject({ status: 'paused', pausedReason: 'failing' });
  expect((await listDeliveries(parts, key, { status: 'dead', limit: 200 })).items.length).toBeGreaterThan(3);
  receiver.answer(() => ({ status: 204 }));
  await resumeWebhook(parts, command(), { id: key.webhookId, missed: 'deliver' });
  await runUntil(key, HOUR_MS);
  expect(takenTitles().toSorted()).toEqual(all.toSorted());
});

test('one that is paused by a person sends nothing; resumed, it skips what was missed if that is wanted', async () => {
  const { key } = await make();
  expect(await pauseWebhook(parts, command(), { id: key.webhookId })).toMatchObject({
    status: 'paused',
    pausedReason: 'person',
  });
  await happens('missed');
  await run(key);
  await resumeWebhook(parts, command(), { id: key.webhookId, missed: 'skip' });
  await happens('afterwards');
  await run(key);
  expect(titles()).toEqual(['afterwards']);
});

test('a replay sends the same messages again, slowly, marked as such, behind what happens meanwhile', async () => {
  const { key, webhook } = await make();
  const all = Array.from({ length: 52 }, (_, index) => `note ${index}`);
  await happens(...all);
  await runUntil(key, 0);
  const ids = receiver.received.map(({ id }) => id);
  receiver.received.length = 0;
  const replaying = await replayWebhook(parts, command(), { id: key.webhookId, after: BigInt(webhook.position) });
  expect(replaying.replay).toEqual({ after: webhook.position, upTo: replaying.position });
  await happens('meanwhile');
  const { wakeAt } = await run(key);
  expect(titles()).toEqual(['meanwhile', ...all.slice(0, 50)]);
  expect(Date.parse(wakeAt ?? '') - now).toBe(5 * SECOND_MS);
  await runUntil(key, MINUTE_MS);
  expect(receiver.received.slice(1).map(({ id }) => id)).toEqual(ids);
  expect(await getWebhook(parts, key)).toMatchObject({ replay: null });
  const items = await deliveries(key);
  expect(items).toHaveLength(53);
  const replayed = items.find(({ messageId }) => messageId === ids[0]);
  expect(replayed?.attempts.map(({ isReplay }) => isReplay)).toEqual([false, true]);
  // By time: of a moment ago there is nothing, of an hour ago everything.
  receiver.received.length = 0;
  await replayWebhook(parts, command(), { id: key.webhookId, since: new Date(now + 1) });
  await runUntil(key, MINUTE_MS);
  expect(receiver.received).toEqual([]);
  await replayWebhook(parts, command(), { id: key.webhookId, since: new Date(now - HOUR_MS) });
  await runUntil(key, MINUTE_MS);
  expect(receiver.received.length).toBeGreaterThanOrEqual(53);
});

test('for a day after a rotation messages are signed with both secrets, then with the new one only', async () => {
  const { key, secret } = await make();
  const next = await rotateWebhookSecret(parts, command(), { id: key.webhookId });
  expect(next.secret).not.toBe(secret);
  await happens('one');
  await run(key);
  now += DAY_MS + 1;
  await happens('two');
  await run(key);
  const [one, two] = receiver.received;
  if (one === undefined || two === undefined) throw new Error('Both must have come.');
  receiver.verify(one, secret);
  receiver.verify(one, next.secret);
  const signatures = ({ headers }: typeof one) => String(headers['webhook-signature']).split(' ');
  expect([signatures(one).length, signatures(two).length]).toEqual([2, 1]);
});

test('what is asked for twice under one key is done once', async () => {
  const context = { ...command(), idempotencyKey: 'the same' };
  const input = { url: receiver.url, eventTypes: ['*'], description: 'mine' };
  const first = await createWebhook(parts, context, input);
  expect(await createWebhook(parts, context, input)).toEqual(first);
  await expect(createWebhook(parts, context, { ...input, description: 'other' })).rejects.toThrow(Unprocessable);
  const id = WebhookId.parse(first.webhook.id);
  const again = { ...context, idempotencyKey: 'rotation' };
  const rotation = await rotateWebhookSecret(parts, again, { id });
  expect((await rotateWebhookSecret(parts, again, { id })).secret).toBe(rotation.secret);
  expect(rotation.secret).not.toBe(first.secret);
  // A repeat is not sent again.
  const test = { ...context, idempotencyKey: 'test' };
  expect(await sendTest(parts, test, { id })).toEqual(await sendTest(parts, test, { id }));
  expect(receiver.received).toHaveLength(1);
  const rows = inspect(await parts.database.queries.query.webhooks.findMany(), { depth: null });
  for (const { secret } of [first, rotation]) expect(rows).not.toContain(secret.slice(6));
});

test('nothing is sent to a private network, whatever the address looks like, and no redirect is followed', async () => {
  const own = { ...parts, webhooks: store.parts.webhooks };
  const input = { eventTypes: ['*'], description: '' };
  for (const url of [
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://169.254.169.254/latest/meta-data/',
    'http://example.com/',
    'https://user:password@example.com/',
    'https://example.com/#fragment',
    'ftp://example.com/',
    'nonsense',
  ]) {
    await expect(createWebhook(own, command(), { ...input, url })).rejects.toThrow(ValidationFailed);
  }
  // A name says nothing by itself: it is refused when something is sent.
  const { webhook } = await createWebhook(own, command(), { ...input, url: 'https://localhost/' });
  const localhost = WebhookId.parse(webhook.id);
  expect((await sendTest(own, command(), { id: localhost })).attempts[0]?.error).toContain(
    'does not lead to a public address',
  );
  const { key } = await make();
  receiver.answer(() => ({ status: 302, headers: { location: `http://127.0.0.1:${receiver.port}/elsewhere` } }));
  await happens('one');
  await run(key);
  expect(receiver.received).toHaveLength(1);
  expect((await deliveries(key))[0]).toMatchObject({ status: 'waiting', attempts: [{ status: 302 }] });
});

test('a test message is sent once, and says at once what came of it', async () => {
  const { key, secret } = await make();
  const sent = await sendTest(parts, command(), { id: key.webhookId });
  expect(sent).toMatchObject({ status: 'delivered', eventType: 'webhook.test', eventId: null });
  const [message] = receiver.received;
  if (message !== undefined) receiver.verify(message, secret);
  expect(message?.content).toMatchObject({ type: 'webhook.test', data: { webhookId: key.webhookId } });
  receiver.answer(() => ({ status: 500 }));
  const failed = await sendTest(parts, command(), { id: key.webhookId });
  expect(failed).toMatchObject({ status: 'dead', attempts: [{ status: 500 }] });
  await expect(
    retryDelivery(parts, command(), { id: key.webhookId, deliveryId: DeliveryId.parse(failed.id) }),
  ).rejects.toThrow(Unprocessable);
  await runUntil(key, DAY_MS);
  expect(receiver.received).toHaveLength(2);
});

test('at another address what waits is tried at once', async () => {
  const down = await startReceiver();
  await down.close();
  const { key } = await make({ url: down.url });
  await happens('one');
  await run(key);
  expect((await deliveries(key))[0]?.attempts[0]).toMatchObject({
    status: null,
    error: expect.stringContaining('ECONNREFUSED'),
  });
  await updateWebhook(parts, command(), { id: key.webhookId, url: receiver.url });
  await run(key);
  expect(takenTitles()).toEqual(['one']);
});

test('a run that is stopped in the middle of an attempt keeps nothing of it, and the next one sends it again', async () => {
  const { key } = await make();
  const stop = new AbortController();
  receiver.answer(async () => {
    stop.abort(new Error('the server stops'));
    await delay(5);
    return { status: 204 };
  });
  await happens('one');
  await expect(deliverSome(parts, key, { signal: stop.signal })).rejects.toThrow('the server stops');
  expect(await deliveries(key)).toEqual([]);
  receiver.answer(() => ({ status: 204 }));
  await run(key);
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
  expect(await deliveries(key)).toMatchObject([{ status: 'delivered' }]);
});

test('one that is removed while it is told of something ends there', async () => {
  const { key } = await make();
  receiver.answer(async () => {
    await deleteWebhook(parts, command(), { id: key.webhookId });
    return { status: 204 };
  });
  await happens('one', 'two');
  expect(await run(key)).toMatchObject({ isAllForNow: true, wakeAt: null });
  expect(receiver.received).toHaveLength(1);
  await expect(getWebhook(parts, key)).rejects.toThrow(NotFound);
});

test('nobody is told of another user’s events, or finds another user’s webhooks', async () => {
  const other = await store.addUser();
  const { key, webhook } = await make({ eventTypes: ['*'] });
  await createOfType(parts, store.request(other), { type: 'note', content: 'theirs' });
  await run(key);
  expect(receiver.received).toEqual([]);
  expect(await listWebhooks(parts, other)).toEqual([]);
  const theirs = { ...key, userId: other };
  await expect(getWebhook(parts, theirs)).rejects.toThrow(NotFound);
  await expect(listDeliveries(parts, theirs, { limit: 10 })).rejects.toThrow(NotFound);
  await expect(
    retryDelivery(parts, store.request(other), { id: key.webhookId, deliveryId: DeliveryId.parse(v7()) }),
  ).rejects.toThrow(NotFound);
  await expect(rotateWebhookSecret(parts, store.request(other), { id: key.webhookId })).rejects.toThrow(NotFound);
  await expect(deleteWebhook(parts, store.request(other), { id: key.webhookId })).rejects.toThrow(NotFound);
  expect((await getWebhook(parts, key)).id).toBe(webhook.id);
});
