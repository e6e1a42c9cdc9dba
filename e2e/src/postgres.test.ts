import { createTemporaryDatabase } from '@synap/database/testing';
import { describe, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { startServer } from './testing/server-process.ts';
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
});
