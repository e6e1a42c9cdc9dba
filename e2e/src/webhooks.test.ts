import { setTimeout as delay } from 'node:timers/promises';
import { startReceiver, type WebhookReceiver } from '@synap/core/webhook-receiver';
import { type Application, createLogger, readConfiguration, startApplication } from '@synap/server';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

/*
 * Webhooks on the whole product: the embedded server, its engine, and a receiver behind real HTTP.
 */

let application: Application;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await startReceiver();
  const configuration = readConfiguration({
    SYNAP_DATA_DIR: await newDataDirectory(),
    SYNAP_WEBHOOK_PRIVATE_HOSTS: '127.0.0.1',
  });
  application = await startApplication(configuration, createLogger({ level: 'silent', isTerminal: false }));
});
afterAll(async () => {
  await application?.close();
  await receiver?.close();
});
beforeEach(() => {
  receiver.received.length = 0;
  receiver.taken().clear();
  receiver.answer(() => ({ status: 204 }));
});

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await application.fetch(
    new Request(`http://synap.test/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${application.directory.ownerKey}`,
        'content-type': 'application/json',
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

const makeWebhook = async (fields: object = {}) => {
  const { status, body } = await call('POST', '/webhooks', { url: receiver.url, ...fields });
  expect(status).toBe(201);
  return body as { webhook: { id: string; position: string }; secret: string };
};
const typesOf = () => receiver.received.map(({ content }) => content.type);

test('what happens arrives, signed, in order, as it stands in the list of events', async () => {
  const { webhook, secret } = await makeWebhook();
  const { body } = await call('POST', '/tasks', { content: 'Water the tomatoes' });
  await call('POST', `/tasks/${body.entity.id}/complete`);
  await application.idle();
  const listed = (await call('GET', `/events?after=${webhook.position}`)).body.items;
  expect(receiver.received.map(({ content }) => content.data)).toEqual(listed);
  expect(typesOf()).toEqual(expect.arrayContaining(['entity.created', 'task.completed']));
  for (const message of receiver.received) {
    receiver.verify(message, secret);
    expect(() => receiver.verify({ ...message, body: `${message.body} ` }, secret)).toThrow('signature');
    expect(message.content).toMatchObject({
      type: message.content.data.type,
      timestamp: message.content.data.timestamp,
    });
  }
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(listed.length);
  expect((await call('DELETE', `/webhooks/${webhook.id}`)).status).toBe(200);
});

test('many things at once are one message after the other, in the order of the log', async () => {
  const { webhook } = await makeWebhook({ eventTypes: ['entity.created'] });
  let [atOnce, mostAtOnce] = [0, 0];
  receiver.answer(async () => {
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    await delay(5);
    atOnce -= 1;
    return { status: 204 };
  });
  await Promise.all(
    Array.from({ length: 20 }, (_, count) => call('POST', '/notes', { content: `A note, the ${count}th of many` })),
  );
  await eventually(
    async () => receiver.received.length,
    (count) => count >= 20,
  );
  expect(mostAtOnce).toBe(1);
  const positions = receiver.received.map(({ content }) => BigInt(content.data.position));
  expect(positions).toEqual(positions.toSorted((one, other) => (one < other ? -1 : 1)));
  expect(new Set(positions).size).toBe(20);
  await call('DELETE', `/webhooks/${webhook.id}`);
});

test('a receiver that never answers holds up neither other receivers nor enrichment', async () => {
  const silent = await startReceiver();
  silent.answer(() => new Promise(() => undefined));
  const slow = await makeWebhook({ url: silent.url });
  const quick = await makeWebhook({ eventTypes: ['ai.enrichment_applied'] });
  const { body } = await call('POST', '/capture', { content: 'Call the dentist tomorrow at 9' });
  await eventually(
    async () => receiver.received.length,
    (count) => count > 0,
    { timeoutMs: 10_000 },
  );
  expect(receiver.received[0]?.content.data.aggregateId).toBe(body.entity.id);
  expect(silent.received).toHaveLength(1);
  await call('DELETE', `/webhooks/${slow.webhook.id}`);
  await call('DELETE', `/webhooks/${quick.webhook.id}`);
  await silent.close();
  await application.idle();
});

test('a delivery that failed is tried again by itself, and a replay sends what was sent, under the same ids', async () => {
  const { webhook } = await makeWebhook({ eventTypes: ['entity.created'] });
  let attempts = 0;
  receiver.answer(() => {
    attempts += 1;
    return { status: attempts === 1 ? 500 : 204 };
  });
  await call('POST', '/notes', { content: 'Tried twice' });
  await eventually(
    async () => receiver.received.length,
    (count) => count === 2,
    { timeoutMs: 20_000 },
  );
  await application.idle();
  const { items } = (await call('GET', `/webhooks/${webhook.id}/deliveries?status=delivered`)).body;
  expect(items).toMatchObject([{ messageId: receiver.received[0]?.id, attempts: [{ status: 500 }, { status: 204 }] }]);
  const since = new Date(Date.now() - 60_000).toISOString();
  const replay = await call('POST', `/webhooks/${webhook.id}/replay`, { since });
  expect(replay.body.webhook.replay).not.toBeNull();
  await application.idle();
  expect(receiver.received.slice(2).map(({ id }) => id)).toContain(receiver.received[0]?.id);
  expect(await call('POST', `/webhooks/${webhook.id}/replay`, {})).toMatchObject({ status: 400 });
  expect(await call('POST', `/webhooks/${webhook.id}/deliveries/${items[0].id}/retry`)).toMatchObject({ status: 200 });
  await call('DELETE', `/webhooks/${webhook.id}`);
});

test('whoever has an account is told by letter that their webhook was paused', async () => {
  const letter = { email: 'ann@example.com', password: 'correct horse battery', name: 'Ann' };
  await application.fetch(
    new Request('http://synap.test/api/auth/sign-up/email', {
      method: 'POST',
      headers: { authorization: `Bearer ${application.directory.ownerKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(letter),
    }),
  );
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const { webhook } = await makeWebhook();
    receiver.answer(() => ({ status: 410 }));
    await call('POST', '/notes', { content: 'Nobody is there' });
    await application.idle();
    const { body } = await call('GET', `/webhooks/${webhook.id}`);
    expect(body.webhook).toMatchObject({ status: 'paused', pausedReason: 'gone' });
    const letters = printed.mock.calls.map(([text]) => String(text)).filter((text) => text.includes('this letter to'));
    expect(letters).toHaveLength(1);
    expect(letters[0]).toMatch(new RegExp(`ann@example\\.com[^]*gone for good[^]*webhooks resume ${webhook.id}`));
    await call('DELETE', `/webhooks/${webhook.id}`);
  } finally {
    printed.mockRestore();
  }
});

test('an account is erased with its webhooks, and the receipt names them', async () => {
  await makeWebhook();
  await call('POST', '/notes', { content: 'Soon gone' });
  await application.idle();
  const before = receiver.received.length;
  expect(before).toBeGreaterThan(0);
  const { body: receipt } = await call('DELETE', '/account');
  const removed = Object.fromEntries(
    receipt.stores.map(({ store, removed: count }: { store: string; removed: number }) => [store, count]),
  );
  expect(removed).toMatchObject({ webhooks: 1, webhook_deliveries: before });
});
