import {
  closeLogOf,
  eraseFromLog,
  eraseFromState,
  findTraces,
  listApiKeyHashes,
  listSessionTokens,
  type StoreErasure,
  silenceWebhooks,
} from '@synap/database';
import { type CorrelationId, Unprocessable, UserId } from '@synap/domain';
import { apiKeyEntry, sessionEntry, userEntry } from '../cache/entries.ts';
import type { Parts } from '../parts.ts';

/** What an erasure removed, store by store: all that is left of an account, and only in the hands of who erased it. */
export interface ErasureReceipt {
  userId: UserId;
  erasedAt: string;
  correlationId: CorrelationId;
  stores: StoreErasure[];
}

/**
 * Erases an account: its events, rows, webhooks, search index, files of every kind (content, checkpoints, archive segments), kept
 * answers, queued work and what is cached of it, physically. Nothing of it can be brought back; nothing can be written for
 * it any more. What a crash leaves of it is removed by erasing again.
 */
export async function eraseAccount(
  parts: Parts,
  { userId, correlationId }: { userId: UserId; correlationId: CorrelationId },
): Promise<ErasureReceipt> {
  const erasedAt = parts.clock.now();
  await closeLogOf(parts, userId, { now: erasedAt });
  // Before runs are forgotten: whoever is awake starts others.
  await silenceWebhooks(parts.database.queries, userId, { now: erasedAt });
  const runs = await parts.work.forget(userId);
  const stores: StoreErasure[] = [{ store: 'workflow runs', removed: runs }];
  stores.push(...(await eraseFromLog(parts, userId)));
  stores.push({ store: 'files', removed: await removeFiles(parts, userId) });
  const vectors = await parts.index.forget({ userId });
  if (vectors > 0) stores.push({ store: 'vectors', removed: vectors });
  // The user's own row goes last: until then they can sign in, and erase again what was cut off.
  const { queries } = parts.database;
  const signIns = [
    ...(await listApiKeyHashes(queries, userId)).map(apiKeyEntry),
    ...(await listSessionTokens(queries, userId)).map(sessionEntry),
    userEntry(userId),
  ];
  stores.push(...(await parts.cache.change(signIns, () => eraseFromState(parts.database, userId))));
  stores.push(await emptyCache(parts, userId));
  // What was being indexed all the while.
  await parts.index.forget({ userId });
  return { userId, erasedAt: erasedAt.toISOString(), correlationId, stores };
}

/** After the rows are gone: what was read of them until then is kept no longer. */
async function emptyCache({ cache }: Parts, userId: UserId): Promise<StoreErasure> {
  const removed = await cache.forget(userId);
  if (removed !== null) return { store: 'cache', removed };
  return { store: 'cache (out of reach; nobody reads from it, and within ten minutes it is empty)', removed: 0 };
}

/**
 * Looks for an account in every store.
 * @returns where there are traces, and how many; empty where there is none.
 * @throws {Unprocessable} if it is no id of an account.
 */
export async function findTracesOf(parts: Parts, id: string): Promise<StoreErasure[]> {
  const { data: userId } = UserId.safeParse(id);
  if (userId === undefined)
    throw new Unprocessable(`'${id}' is no account's id. It stands in the receipt of the erasure.`);
  const traces = await findTraces(parts.database, userId);
  if (parts.log.database !== parts.database) traces.push(...(await findTraces(parts.log.database, userId)));
  let files = 0;
  for await (const _ of parts.files.list(`users/${userId}/`)) files += 1;
  if (files > 0) traces.push({ store: 'files', removed: files });
  const vectors = await parts.index.countElsewhere(userId);
  if (vectors > 0) traces.push({ store: 'vectors', removed: vectors });
  const kept = (await parts.cache.count(userId)) ?? 0;
  if (kept > 0) traces.push({ store: 'cache', removed: kept });
  return traces;
}

async function removeFiles({ files }: Parts, userId: UserId): Promise<number> {
  let removed = 0;
  for await (const { path } of files.list(`users/${userId}/`)) {
    await files.remove(path);
    removed += 1;
  }
  return removed;
}
