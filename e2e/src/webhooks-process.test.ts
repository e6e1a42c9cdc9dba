import { startReceiver, type WebhookReceiver } from '@synap/core/webhook-receiver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { freePort } from './testing/free-port.ts';
import { runSynap, type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

/*
 * Webhooks of a server in a process of its own, which is killed; then looked after from the command line.
 */

/** The port stays when the server is killed, for whoever follows what happens. */
let environment: { SYNAP_WEBHOOK_PRIVATE_HOSTS: string; PORT: string };
let receiver: WebhookReceiver;
let directory: string;
let server: ServerProcess;

beforeAll(async () => {
  receiver = await startReceiver();
  environment = { SYNAP_WEBHOOK_PRIVATE_HOSTS: '127.0.0.1', PORT: await freePort() };
  directory = await newDataDirectory();
  server = await startServer(directory, environment);
});
afterAll(async () => {
  await server?.stop();
  await receiver?.close();
});

test('what was acknowledged before kill -9 is delivered by the server that comes after it, and whoever follows goes on', {
  timeout: 120_000,
}, async () => {
  const made = await server.call('POST', '/api/v1/webhooks', { url: receiver.url, eventTypes: ['entity.created'] });
  expect(made.status).toBe(201);
  const ids: string[] = [];
  const keep = async (content: string) => {
    ids.push((await server.call('POST', '/api/v1/notes', { content })).body.entity.id);
  };
  const words = ['events', 'tail', '--after', '0', '--type', 'entity.created', '--count', '3', '--json'];
  const tail = runSynap(directory, [...words, '--url', server.url], { environment });
  // The first is cut off in the middle of its attempt, the second between its commit and its delivery.
  receiver.answer(() => new Promise(() => undefined));
  await keep('one');
  await eventually(
    async () => receiver.received.length,
    (count) => count === 1,
  );
  await keep('two');
  await server.kill();
  receiver.answer(() => ({ status: 204 }));
  server = await startServer(directory, environment);
  await eventually(
    async () => receiver.taken().size,
    (count) => count === ids.length,
    { timeoutMs: 60_000 },
  );
  const taken = [...receiver.taken().values()];
  expect(taken.map(({ content }) => content.data.aggregateId)).toEqual(ids);
  for (const message of receiver.received) receiver.verify(message, made.body.secret);
  const path = `/api/v1/webhooks/${made.body.webhook.id}`;
  await eventually(
    () => server.call('GET', `${path}/deliveries?status=delivered`),
    ({ body }) => body.items.length === ids.length,
  );
  await keep('three');
  const { exitCode, stdout } = await tail;
  const followed = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).aggregateId);
  expect({ exitCode, followed }).toEqual({ exitCode: 0, followed: ids });
  await eventually(
    async () => receiver.taken().size,
    (count) => count === ids.length,
  );
  await server.call('DELETE', path);
});

test('the command line looks after them, and delivers itself where no server runs', { timeout: 60_000 }, async () => {
  receiver.received.length = 0;
  const synap = async (...words: string[]) => {
    const { exitCode, stdout, stderr } = await runSynap(directory, [...words, '--json'], { environment });
    expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
    return JSON.parse(stdout);
  };
  const { webhook, secret } = await synap('webhooks', 'add', receiver.url, '--events', 'entity.created', 'task.*');
  expect(webhook.eventTypes).toEqual(['entity.created', 'task.*']);
  const refused = await runSynap(directory, ['webhooks', 'replay', webhook.id], { environment });
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--since') });
  await server.call('POST', '/api/v1/notes', { content: 'Something to tell' });
  await eventually(
    () => synap('webhooks', 'deliveries', webhook.id),
    ({ items }) => items[0]?.status === 'delivered',
  );
  await server.stop();
  await synap('capture', 'Something else to tell');
  expect(receiver.received.map(({ content }) => content.type)).toEqual(['entity.created', 'entity.created']);
  for (const message of receiver.received) receiver.verify(message, secret);
});
