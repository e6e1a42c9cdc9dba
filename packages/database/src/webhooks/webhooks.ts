import { NotFound, UserId, WebhookId } from '@synap/domain';
import { and, asc, desc, eq, isNull, lte, or, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { webhooks } from '../schema/schema.ts';

type Row = typeof webhooks.$inferSelect;

/** An address that is told of its user's events, and how far it has been told. */
export interface Webhook extends Omit<Row, 'id' | 'userId'> {
  readonly id: WebhookId;
  readonly userId: UserId;
}

/** Which webhook, and whose: nothing is found by its id alone. */
export interface WebhookKey {
  readonly userId: UserId;
  readonly webhookId: WebhookId;
}

/** What may be changed of a webhook. */
export type WebhookChange = Partial<Omit<Row, 'id' | 'userId' | 'creationKey' | 'creationHash' | 'createdAt'>>;

/** @returns `null` if the request with this key made one already. */
export async function insertWebhook(queries: Queryable, webhook: Webhook): Promise<Webhook | null> {
  const target = [webhooks.userId, webhooks.creationKey];
  const [row] = await queries.insert(webhooks).values(webhook).onConflictDoNothing({ target }).returning();
  return row === undefined ? null : toWebhook(row);
}

/** The webhook that the request with this key made, if it is still there. */
export async function findWebhookMadeBy(
  queries: Queryable,
  userId: UserId,
  creationKey: string,
): Promise<Webhook | null> {
  const [row] = await queries
    .select()
    .from(webhooks)
    .where(and(eq(webhooks.userId, userId), eq(webhooks.creationKey, creationKey)));
  return row === undefined ? null : toWebhook(row);
}

/** The user's webhooks, the newest first. */
export async function listWebhooks(queries: Queryable, userId: UserId): Promise<Webhook[]> {
  const rows = await queries.select().from(webhooks).where(eq(webhooks.userId, userId)).orderBy(desc(webhooks.id));
  return rows.map(toWebhook);
}

/** @returns `null` if the user has no such webhook. */
export async function findWebhook(queries: Queryable, key: WebhookKey): Promise<Webhook | null> {
  const [row] = await queries.select().from(webhooks).where(isKey(key));
  return row === undefined ? null : toWebhook(row);
}

/** @throws {NotFound} if the user has no such webhook. */
export async function loadWebhook(queries: Queryable, key: WebhookKey): Promise<Webhook> {
  return orNotFound(await findWebhook(queries, key), key);
}

/** @throws {NotFound} if the user has no such webhook. */
export async function changeWebhook(queries: Queryable, key: WebhookKey, change: WebhookChange): Promise<Webhook> {
  const [row] = await queries.update(webhooks).set(change).where(isKey(key)).returning();
  return orNotFound(row === undefined ? null : toWebhook(row), key);
}

/** Removes a webhook with its deliveries. @throws {NotFound} if the user has no such webhook. */
export async function deleteWebhook(queries: Queryable, key: WebhookKey): Promise<void> {
  const [row] = await queries.delete(webhooks).where(isKey(key)).returning();
  orNotFound(row === undefined ? null : toWebhook(row), key);
}

/** Has nothing sent to any of a user's webhooks any more: they are about to be erased. */
export async function silenceWebhooks(queries: Queryable, userId: UserId, { now }: { now: Date }): Promise<void> {
  await queries
    .update(webhooks)
    .set({ status: 'paused', pausedReason: 'person', pausedAt: now, wakeAt: null })
    .where(and(eq(webhooks.userId, userId), eq(webhooks.status, 'active')));
}

/**
 * Notes that there is something to deliver to each of the user's active webhooks that wants one of these patterns. Those
 * that are to be woken anyway cost nothing.
 */
export async function wakeWebhooks(
  queries: Queryable,
  { userId, patterns, now }: { userId: UserId; patterns: readonly string[]; now: Date },
): Promise<void> {
  await queries
    .update(webhooks)
    .set({ wakeAt: now })
    .where(
      and(
        eq(webhooks.userId, userId),
        eq(webhooks.status, 'active'),
        sql`${webhooks.eventTypes} && array[${sql.join(
          patterns.map((pattern) => sql`${pattern}`),
          sql`, `,
        )}]::text[]`,
        or(isNull(webhooks.wakeAt), sql`${webhooks.wakeAt} > ${now.toISOString()}::timestamptz`),
      ),
    );
}

/** The webhooks, of all users, that have waited for this instant; those that have waited longest first. */
export async function listWebhooksToWake(
  queries: Queryable,
  { now, limit }: { now: Date; limit: number },
): Promise<(WebhookKey & { generation: number })[]> {
  const rows = await queries
    .select({ id: webhooks.id, userId: webhooks.userId, generation: webhooks.generation })
    .from(webhooks)
    .where(and(eq(webhooks.status, 'active'), lte(webhooks.wakeAt, now)))
    .orderBy(asc(webhooks.wakeAt))
    .limit(limit);
  return rows.map(({ id, userId, generation }) => ({
    userId: UserId.parse(userId),
    webhookId: WebhookId.parse(id),
    generation,
  }));
}

/**
 * A run takes a webhook up: whoever wakes it from now on wakes the next run.
 * @param run.wakeAt when to look again, should this run vanish.
 */
export async function beginWebhookRun(
  queries: Queryable,
  key: WebhookKey,
  { generation, wakeAt }: { generation: number; wakeAt: Date },
): Promise<void> {
  await queries
    .update(webhooks)
    .set({ generation: generation + 1, wakeAt })
    .where(and(isKey(key), eq(webhooks.generation, generation)));
}

/**
 * A run lays a webhook down until there is something to do. What was noted meanwhile is not lost.
 * @param run.begunWith what `beginWebhookRun` noted.
 */
export async function endWebhookRun(
  queries: Queryable,
  key: WebhookKey,
  { begunWith, wakeAt }: { begunWith: Date; wakeAt: Date | null },
): Promise<void> {
  const next = wakeAt === null ? sql`null::timestamptz` : sql`${wakeAt.toISOString()}::timestamptz`;
  await queries
    .update(webhooks)
    .set({
      wakeAt: sql`case when ${webhooks.wakeAt} is null or ${webhooks.wakeAt} = ${begunWith.toISOString()}::timestamptz
        then ${next} else least(${webhooks.wakeAt}, ${next}) end`,
    })
    .where(isKey(key));
}

/** Moves on past events that are not wanted; what somebody has moved further meanwhile stays there. */
export async function advanceWebhook(
  queries: Queryable,
  key: WebhookKey,
  { position, replayPosition }: { position?: bigint; replayPosition?: bigint },
): Promise<Webhook | null> {
  const [row] = await queries
    .update(webhooks)
    .set(progressOf({ position, replayPosition }))
    .where(isKey(key))
    .returning();
  return row === undefined ? null : toWebhook(row);
}

/** Ends a replay that has come to its end, unless somebody has moved that meanwhile. */
export async function endReplay(queries: Queryable, key: WebhookKey, { upTo }: { upTo: bigint }): Promise<void> {
  await queries
    .update(webhooks)
    .set({ replayPosition: null, replayUpTo: null })
    .where(and(isKey(key), eq(webhooks.replayUpTo, upTo)));
}

/** How far a webhook has been told, as columns: neither of them ever goes back. */
export function progressOf({
  position,
  replayPosition,
}: {
  position?: bigint | undefined;
  replayPosition?: bigint | undefined;
}): { position?: SQL; replayPosition?: SQL } {
  return {
    ...(position === undefined ? {} : { position: sql`greatest(${webhooks.position}, ${position}::bigint)` }),
    ...(replayPosition === undefined
      ? {}
      : {
          replayPosition: sql`case when ${webhooks.replayPosition} is null then null
            else greatest(${webhooks.replayPosition}, ${replayPosition}::bigint) end`,
        }),
  };
}

export function isKey({ userId, webhookId }: WebhookKey): SQL | undefined {
  return and(eq(webhooks.userId, userId), eq(webhooks.id, webhookId));
}

export function toWebhook(row: Row): Webhook {
  return { ...row, id: WebhookId.parse(row.id), userId: UserId.parse(row.userId) };
}

function orNotFound(webhook: Webhook | null, { webhookId }: WebhookKey): Webhook {
  if (webhook === null) throw new NotFound('webhook', webhookId);
  return webhook;
}
