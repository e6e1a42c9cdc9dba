import { startReceiver } from '@synap/core/webhook-receiver';
import { afterAll, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

let server: ServerProcess | undefined;
afterAll(async () => {
  await server?.stop();
});

test('what was acknowledged before kill -9 is delivered by the server that comes after it', {
  timeout: 120_000,
}, async () => {
  const receiver = await startReceiver();
  const directory = await newDataDirectory();
  const settings = { SYNAP_WEBHOOK_PRIVATE_HOSTS: '127.0.0.1' };
  server = await startServer(directory, settings);
  const made = await server.call('POST', '/api/v1/webhooks', { url: receiver.url, eventTypes: ['entity.created'] });
  expect(made.status).toBe(201);
  const ids: string[] = [];
  const keep = async (content: string) => {
    ids.push((await server?.call('POST', '/api/v1/notes', { content }))?.body.entity.id);
  };

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
  server = await startServer(directory, settings);
  await eventually(
    async () => receiver.taken().size,
    (count) => count === ids.length,
    { timeoutMs: 60_000 },
  );
  const taken = [...receiver.taken().values()];
  expect(taken.map(({ content }) => content.data.aggregateId)).toEqual(ids);
  for (const message of receiver.received) receiver.verify(message, made.body.secret);
  const { items } = (await server.call('GET', `/api/v1/webhooks/${made.body.webhook.id}/deliveries`)).body;
  expect(items.map(({ status }: { status: string }) => status)).toEqual(ids.map(() => 'delivered'));
  await receiver.close();
});
