import { createHash, randomUUID } from 'node:crypto';
import { addUser, type Database } from '@synap/database';
import { EntityId, type EntityType, UserId } from '@synap/domain';
import { sql } from 'drizzle-orm';
import type { IndexedRevision, SearchIndex } from '../search-index.ts';

/** Something that a user has, for tests. */
export interface Thing {
  readonly title?: string;
  readonly text?: string;
  readonly type?: EntityType;
  readonly tags?: readonly string[];
  readonly due?: string;
  readonly status?: string;
  readonly isDeleted?: boolean;
  readonly createdAt?: string;
  readonly embedding?: readonly number[];
  readonly model?: string;
}

export const TEST_MODEL = 'test-model';

/** A new user. */
export async function newUser(database: Database): Promise<UserId> {
  const id = UserId.parse(`01890000-0000-7000-8000-${randomUUID().slice(-12)}`);
  await addUser(database, { id, now: new Date(0) });
  return id;
}

/** Stores the row of a thing, as its events would, and indexes it as one chunk. */
export async function indexThing(
  { database, index }: { database: Database; index: SearchIndex },
  userId: UserId,
  thing: Thing,
): Promise<EntityId> {
  const entityId = EntityId.parse(`01890000-0000-7000-8000-${randomUUID().slice(-12)}`);
  const { title = 'A thing', type = 'note', tags = [], due = null, status = 'todo', isDeleted = false } = thing;
  const { queries } = database;
  const createdAt = thing.createdAt ?? '2026-01-01T00:00:00Z';
  await queries.execute(sql`
    insert into entities (id, user_id, type, title, preview, provenance, version, created_at, updated_at, deleted_at)
    values (${entityId}, ${userId}, ${type}, ${title}, '', '{}', 1, ${createdAt}, ${createdAt},
      ${isDeleted ? createdAt : null})`);
  for (const tag of tags) {
    await queries.execute(
      sql`insert into tags (user_id, name, created_at) values (${userId}, ${tag}, now()) on conflict do nothing`,
    );
    await queries.execute(
      sql`insert into entity_tags (user_id, entity_id, tag) values (${userId}, ${entityId}, ${tag})`,
    );
  }
  if (type === 'task') {
    await queries.execute(sql`
      insert into task_details (entity_id, user_id, status, priority, due_date)
      values (${entityId}, ${userId}, ${status}, 1, ${due})`);
  }
  await index.replace(revisionOf({ userId, entityId, title, ...thing }));
  return entityId;
}

/** A revision of one chunk. */
export function revisionOf({
  userId,
  entityId,
  version = 1,
  title = 'A thing',
  text = '',
  embedding = [1, 0, 0],
  model = TEST_MODEL,
}: Thing & { userId: UserId; entityId: EntityId; version?: number }): IndexedRevision {
  const chunk = { start: 0, end: Buffer.byteLength(text), text, embedding: Float32Array.from(embedding) };
  const checksum = createHash('sha256').update(text).digest('hex');
  return { userId, entityId, entityVersion: version, checksum, title, model, chunks: [chunk] };
}
