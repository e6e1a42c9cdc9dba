import { type Cache, entityEntry, forgetFromLog } from '@synap/core';
import {
  addUser,
  type Database,
  type DurableSubscriber,
  type EventLog,
  loadEntity,
  loadEntityForChange,
  openEventLog,
} from '@synap/database';
import { newId, openNewPglite, writeEntity } from '@synap/database/testing';
import { type EntityDelta, EntityId, UserId } from '@synap/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMemoryCache } from './memory-cache.ts';

/* Here everybody writes past the cache, as a process with other settings does. */

let database: Database;
let log: EventLog;
let cache: Cache;
let follower: DurableSubscriber;
const userId = UserId.parse(newId());

beforeAll(async () => {
  database = await openNewPglite();
  log = await openEventLog(database);
  cache = createMemoryCache();
  await addUser(database, { id: userId, now: new Date() });
  const onError = (error: unknown): never => {
    throw error;
  };
  follower = await forgetFromLog({ database, log, cache }, { owner: 'a test', pollIntervalMs: 50, onError });
});
afterAll(async () => {
  await follower.stop();
  await database.close();
});

async function aNote(title: string): Promise<EntityId> {
  const id = EntityId.parse(newId());
  const created = { type: 'entity.created', data: { entityType: 'note', title, given: [] } } satisfies EntityDelta;
  await writeEntity({ database, log }, { userId, id, before: null, deltas: [created] });
  return id;
}

const readTitle = (id: EntityId): Promise<string> =>
  cache.read(entityEntry(userId, id), async () => (await loadEntity(database.queries, userId, id)).title);

test('what was changed past the cache is soon read as it is', async () => {
  const id = await aNote('first');
  await follower.drained();
  expect([await readTitle(id), await readTitle(id)]).toEqual(['first', 'first']);
  const before = await loadEntityForChange({ database, log }, userId, id);
  const changed = { type: 'entity.title_changed', data: { oldValue: 'first', newValue: 'second' } } as const;
  await writeEntity({ database, log }, { userId, id, before, deltas: [changed] });
  await expect.poll(() => readTitle(id)).toBe('second');
});
