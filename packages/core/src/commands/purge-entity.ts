import {
  deleteStates,
  erasePayloads,
  listAllRelationsOf,
  loadEntityForChange,
  loadRelationForChange,
} from '@synap/database';
import { decidePurge, type EntityId, type RelationState } from '@synap/domain';
import { entityEntry } from '../cache/entries.ts';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import { type EntityChangeInput, refuseOtherVersion } from '../write/change-entity.ts';
import type { Change } from '../write/commit.ts';
import { nothingToPrepare, writeOnce } from '../write/write-once.ts';

/** What a purge removed. */
export interface Purged {
  id: EntityId;
  purgedAt: string;
  /** How many events lost what they said; that they happened is kept. */
  events: number;
  files: number;
}

/**
 * Erases an entity in the trash for good: its row, its place in the search index, its files, its links, and what its
 * events said. The log keeps that something happened, and the hashes with which its chain still verifies.
 *
 * The events of the purge are committed first; what a crash leaves of the rest is finished by purging again.
 *
 * @throws {NotFound} if there is no such entity of this user.
 * @throws {Unprocessable} if it is not in the trash.
 * @throws {ConcurrencyConflict} if it is not at the expected version.
 */
export async function purgeEntity(parts: Parts, context: CommandContext, input: EntityChangeInput): Promise<Purged> {
  const { id, expectedVersion } = input;
  const { userId } = context;
  const purged = await writeOnce(parts, context, {
    command: 'entities.purge',
    request: input,
    retry: expectedVersion === undefined,
    prepare: nothingToPrepare,
    decide: async () => {
      const before = await loadEntityForChange(parts, userId, id);
      refuseOtherVersion(before.state, expectedVersion);
      const decided = decidePurge(before.state).map((delta) => ({ delta }));
      const links = await listAllRelationsOf(parts.database.queries, userId, id);
      const changes: Change[] = [{ aggregate: 'entity', id, before, decided }];
      for (const link of links) changes.push(await purgeRelation(parts, context, link));
      const purgedAt = parts.clock.now().toISOString();
      return { changes, answer: () => ({ purgedAt, relationIds: links.map((link) => link.id) }) };
    },
  });
  const ids = [id, ...purged.relationIds];
  const events = await erasePayloads(parts.log, { userId, aggregateIds: ids });
  // Its links are none any more since the commit.
  await parts.cache.change([entityEntry(userId, id)], () => deleteStates(parts.database, { userId, ids }));
  await parts.index.forget({ userId, entityId: id });
  const files = await removeFiles(parts, `users/${userId}/`, id);
  return { id, purgedAt: purged.purgedAt, events, files };
}

async function purgeRelation(parts: Parts, { userId }: CommandContext, { id }: RelationState): Promise<Change> {
  const before = await loadRelationForChange(parts, userId, id);
  return { aggregate: 'relation', id, before, decided: [{ delta: { type: 'relation.purged', data: {} } }] };
}

/** Content lies in a folder of its entity's own, below that of its kind. */
async function removeFiles({ files }: Parts, prefix: string, id: EntityId): Promise<number> {
  let removed = 0;
  for await (const { path } of files.list(prefix)) {
    if (path.split('/')[3] !== id) continue;
    await files.remove(path);
    removed += 1;
  }
  return removed;
}
