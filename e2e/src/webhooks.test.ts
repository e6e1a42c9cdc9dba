import { startReceiver, type WebhookReceiver } from '@synap/core/webhook-receiver';
import { type Application, createLogger, readConfiguration, startApplication } from '@synap/server';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
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
