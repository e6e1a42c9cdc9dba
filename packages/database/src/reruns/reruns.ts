import { type Analysis, EntityId, NotFound, RerunId, type UserId } from '@synap/domain';
import { and, asc, count, desc, eq, gt, inArray, isNotNull, isNull, lt, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { type RerunStatus, rerunItems, reruns } from '../schema/schema.ts';

/** One pass over a user's captures with one analyser, and how far it has come. */
export interface Rerun {
  readonly id: RerunId;
  /** The analyser as it was asked for; `null` is the one that is configured. */
  readonly analyzer: string | null;
  readonly since: Date | null;
  readonly status: RerunStatus;
  readonly totalThings: number;
  readonly analysed: number;
  /** Of these so many could not be analysed. */
  readonly failed: number;
  readonly applied: number;
  readonly error: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/** What a pass made of one thing. */
export interface RerunItem {
  readonly entityId: EntityId;
  readonly checksum: string;
  readonly analysis: Analysis;
}

interface RerunKey {
  readonly userId: UserId;
  readonly rerunId: RerunId;
}

export async function insertRerun(
  queries: Queryable,
  { userId, rerunId }: RerunKey,
  { analyzer, since, now }: { analyzer: string | null; since: Date | null; now: Date },
): Promise<void> {
  const status = 'analysing';
  await queries
    .insert(reruns)
    .values({ id: rerunId, userId, analyzer, since, status, totalThings: 0, createdAt: now })
    .onConflictDoNothing();
}

/** @throws {NotFound} if the user has no such rerun. */
export async function loadRerun(queries: Queryable, { userId, rerunId }: RerunKey): Promise<Rerun> {
  const [found] = await selectReruns(queries).where(and(eq(reruns.userId, userId), eq(reruns.id, rerunId)));
  if (found === undefined) throw new NotFound('rerun', rerunId);
  return toRerun(found);
}

/** The user's reruns, the last first. */
export async function listReruns(queries: Queryable, userId: UserId, { limit }: { limit: number }): Promise<Rerun[]> {
  const found = await selectReruns(queries).where(eq(reruns.userId, userId)).orderBy(desc(reruns.id)).limit(limit);
  return found.map(toRerun);
}

function selectReruns(queries: Queryable) {
  const items = (condition: ReturnType<typeof isNull>) =>
    sql<number>`(select count(*) from ${rerunItems} where ${rerunItems.rerunId} = ${reruns.id} and ${condition})`.mapWith(
      Number,
    );
  return queries
    .select({
      rerun: reruns,
      analysed: items(sql`(${rerunItems.analysis} is not null or ${rerunItems.error} is not null)`),
      failed: items(isNotNull(rerunItems.error)),
      applied: items(isNotNull(rerunItems.appliedAt)),
    })
    .from(reruns)
    .$dynamic();
}

function toRerun({ rerun, ...counts }: Awaited<ReturnType<typeof selectReruns>>[number]): Rerun {
  const { analyzer, since, status, totalThings, error, createdAt, finishedAt } = rerun;
  const id = RerunId.parse(rerun.id);
  return { id, analyzer, since, status, totalThings, ...counts, error, createdAt, finishedAt };
}

export async function setRerunStatus(
  queries: Queryable,
  { userId, rerunId }: RerunKey,
  change: { status: RerunStatus; error?: string | null; finishedAt?: Date | null },
): Promise<void> {
  await queries
    .update(reruns)
    .set(change)
    .where(and(eq(reruns.userId, userId), eq(reruns.id, rerunId)));
}

/** Takes things up into a rerun, to be analysed; those that were erased meanwhile are left out. */
export async function addToRerun(
  queries: Queryable,
  { userId, rerunId }: RerunKey,
  entityIds: readonly string[],
): Promise<void> {
  if (entityIds.length > 0) {
    await queries.execute(
      sql`insert into rerun_items (rerun_id, entity_id, user_id)
        select ${rerunId}::uuid, id, user_id from entities
        where user_id = ${userId} and deleted_at is null and id in ${[...entityIds]}
        on conflict do nothing`,
    );
  }
  const [row] = await queries.select({ count: count() }).from(rerunItems).where(eq(rerunItems.rerunId, rerunId));
  await queries
    .update(reruns)
    .set({ totalThings: row?.count ?? 0 })
    .where(and(eq(reruns.userId, userId), eq(reruns.id, rerunId)));
}

/** Things that are still to be analysed. */
export async function nextToAnalyse(
  queries: Queryable,
  { userId, rerunId }: RerunKey,
  { limit }: { limit: number },
): Promise<EntityId[]> {
  const rows = await queries
    .select({ entityId: rerunItems.entityId })
    .from(rerunItems)
    .where(
      and(
        eq(rerunItems.userId, userId),
        eq(rerunItems.rerunId, rerunId),
        isNull(rerunItems.analysis),
        isNull(rerunItems.error),
      ),
    )
    .orderBy(asc(rerunItems.entityId))
    .limit(limit);
  return rows.map(({ entityId }) => EntityId.parse(entityId));
}

/** Keeps what became of one thing. */
export async function saveRerunItem(
  queries: Queryable,
  { userId, rerunId }: RerunKey,
  entityId: EntityId,
  item: { checksum: string; analysis: Analysis } | { error: string } | { appliedAt: Date },
): Promise<void> {
  await queries
    .update(rerunItems)
    .set(item)
    .where(and(eq(rerunItems.userId, userId), eq(rerunItems.rerunId, rerunId), eq(rerunItems.entityId, entityId)));
}

/** What was analysed and is not applied yet, in the order of ids. */
export async function listRerunItems(
  queries: Queryable,
  { userId, rerunId }: RerunKey,
  page: { after?: EntityId | undefined; only?: readonly EntityId[] | null; limit: number },
): Promise<RerunItem[]> {
  const { after, only = null, limit } = page;
  const rows = await queries
    .select()
    .from(rerunItems)
    .where(
      and(
        eq(rerunItems.userId, userId),
        eq(rerunItems.rerunId, rerunId),
        isNotNull(rerunItems.analysis),
        isNull(rerunItems.appliedAt),
        after === undefined ? undefined : gt(rerunItems.entityId, after),
        only === null ? undefined : inArray(rerunItems.entityId, [...only]),
      ),
    )
    .orderBy(asc(rerunItems.entityId))
    .limit(limit);
  return rows.flatMap(({ entityId, checksum, analysis }) =>
    analysis === null || checksum === null ? [] : [{ entityId: EntityId.parse(entityId), checksum, analysis }],
  );
}

/** Forgets what was made again so long ago that nobody will apply it any more. */
export async function deleteRerunsBefore(queries: Queryable, before: Date): Promise<void> {
  await queries.delete(reruns).where(lt(reruns.createdAt, before));
}
