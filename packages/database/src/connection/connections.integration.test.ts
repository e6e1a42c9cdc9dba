import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Unavailable } from '@synap/domain';
import { describe, expect, test } from 'vitest';
import { ensureOwner } from '../projection/users.ts';
import { createTemporaryDatabase } from '../testing/test-databases.ts';
import { newId } from '../testing/write-entity.ts';
import { openPglite } from './open-pglite.ts';
import { openPostgres } from './open-postgres.ts';

const serverUrl = process.env.SYNAP_TEST_DATABASE_URL ?? '';
const onConnectionLost = () => undefined;

test('an embedded database is there again after it was closed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'synap-pglite-'));
  const first = await openPglite({ directory });
  const owner = await ensureOwner(first, { newId: newId(), now: new Date() });
  await first.close();
  const second = await openPglite({ directory });
  expect(await ensureOwner(second, { newId: newId(), now: new Date() })).toBe(owner);
  expect(await second.version()).toMatch(/^PostgreSQL \d+.*embedded/);
  await second.close();
  await rm(directory, { recursive: true });
});

test('a server that cannot be reached is named, and what it must be', async () => {
  const open = openPostgres({ connectionString: 'postgres://nobody@127.0.0.1:9/none', onConnectionLost });
  await expect(open).rejects.toBeInstanceOf(Unavailable);
  await expect(open).rejects.toThrow(/DATABASE_URL.*ECONNREFUSED.*pgvector/s);
});

describe.skipIf(serverUrl === '')('on PostgreSQL (set SYNAP_TEST_DATABASE_URL)', () => {
  test('processes that start at once migrate one after the other', async () => {
    const { url, drop } = await createTemporaryDatabase(serverUrl);
    const open = () => openPostgres({ connectionString: url, maxConnections: 2, onConnectionLost });
    const databases = await Promise.all([open(), open(), open()]);
    const [first] = databases;
    expect(await first?.version()).toMatch(/^PostgreSQL 1[5-9]/);
    for (const database of databases) await database.close();
    await drop();
  });
});
