import { startReceiver } from '@synap/core/webhook-receiver';
import { createTemporaryDatabase } from '@synap/database/testing';
import { describe, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { type ServerProcess, startServer } from './testing/server-process.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

const serverUrl = process.env.SYNAP_TEST_DATABASE_URL ?? '';

describe.skipIf(serverUrl === '')('the server on PostgreSQL (set SYNAP_TEST_DATABASE_URL)', () => {
  test('does all that it does on the embedded database, and is the same after kill -9', async () => {
    const { url, drop } = await createTemporaryDatabase(serverUrl);
    const directory = await temporaryDirectory();
    const first = await startServer(directory, { DATABASE_URL: url });
    const content = 'Pay the electricity bill by 3 December';
    const body = { content, now: '2026-11-20T09:00:00Z', timezone: 'Europe/Berlin' };
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        first.call('POST', '/api/v1/capture', body, { 'idempotency-key': `same-${index % 2}` }),
      ),
    );
    const ids = new Set(answers.map((answer) => answer.body.entity.id));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201));
    expect(ids.size).toBe(2);
    await first.kill();

    const second = await startServer(directory, { DATABASE_URL: url });
    const { dependencies } = (await second.call('GET', '/health/ready')).body;
    expect(dependencies.database.detail).toMatch(/^PostgreSQL 1[5-9]/);
    for (const id of ids) {
      const { body: details } = await eventually(
        () => second.call('GET', `/api/v1/entities/${id}`),
        (answer) => answer.body.entity.type === 'task',
      );
      expect(details.entity.task.due).toEqual({ date: '2026-12-03', time: null, timezone: 'Europe/Berlin' });
    }
    const found = await eventually(
      () => second.call('GET', '/api/v1/search?q=power%20company%20invoice'),
      (answer) => answer.body.items.length === 2,
    );
    expect(found.body.items[0].snippet).toContain('electricity');
    await second.stop();
    await drop();
  });

  test('two servers share accounts and keys, and what is revoked at one is none at the other from then on', async () => {
    const { url, drop } = await createTemporaryDatabase(serverUrl);
    const settings = { DATABASE_URL: url, BETTER_AUTH_SECRET: 'one secret for both of these servers' };
    const one = await startServer(await temporaryDirectory(), settings);
    const other = await startServer(await temporaryDirectory(), settings);
    const call = (server: ServerProcess, method: string, path: string, headers: object, body?: object) =>
      fetch(`${server.url}${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const person = { email: 'ann@example.com', password: 'correct horse battery', name: 'Ann' };
    const signedUp = await call(one, 'POST', '/api/auth/sign-up/email', {}, person);
    const cookies = signedUp.headers.getSetCookie().map((each) => each.split(';')[0]);
    const signedIn = { cookie: cookies.join('; ') };
    const made = await call(one, 'POST', '/api/v1/api-keys', signedIn, { name: 'a script', scopes: ['read'] });
    const { key, apiKey } = (await made.json()) as { key: string; apiKey: { id: string } };
    const byKey = { authorization: `Bearer ${key}` };
    const asked = async () => [
      (await call(other, 'GET', '/api/v1/tags', byKey)).status,
      (await call(other, 'GET', '/api/v1/tags', signedIn)).status,
    ];
    expect(await asked()).toEqual([200, 200]);
    await call(one, 'DELETE', `/api/v1/api-keys/${apiKey.id}`, signedIn);
    await call(one, 'POST', '/api/auth/sign-out', signedIn, {});
    expect(await asked()).toEqual([401, 401]);
    await Promise.all([one.stop(), other.stop()]);
    await drop();
  });

  test('two servers tell a webhook of each event once, in order, and one goes on where the other was killed', async () => {
    const { url, drop } = await createTemporaryDatabase(serverUrl);
    const settings = {
      DATABASE_URL: url,
      BETTER_AUTH_SECRET: 'one secret for both of these servers',
      SYNAP_WEBHOOK_PRIVATE_HOSTS: '127.0.0.1',
    };
    const receiver = await startReceiver();
    const one = await startServer(await temporaryDirectory(), settings);
    const other = await startServer(await temporaryDirectory(), settings);
    const webhook = { url: receiver.url, eventTypes: ['entity.created'] };
    const { secret } = (await one.call('POST', '/api/v1/webhooks', webhook)).body;
    const ids: string[] = [];
    const keep = async (server: ServerProcess) => {
      ids.push((await server.call('POST', '/api/v1/notes', { content: 'A note' })).body.entity.id);
    };
    const told = () => receiver.received.map(({ content }) => content.data.aggregateId);
    for (let count = 0; count < 10; count += 1) await keep(count % 2 === 0 ? one : other);
    await eventually(
      async () => told(),
      (known) => known.length >= ids.length,
    );
    expect(told()).toEqual(ids);
    await one.kill();
    await keep(other);
    await eventually(
      async () => told(),
      (known) => known.includes(ids.at(-1)),
      { timeoutMs: 60_000 },
    );
    for (const message of receiver.received) receiver.verify(message, secret);
    await other.stop();
    await receiver.close();
    await drop();
  });
});
