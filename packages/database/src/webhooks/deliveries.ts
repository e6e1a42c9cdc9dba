import {
  type AttemptDecision,
  DeliveryId,
  DeliveryStatus,
  EventId,
  NotFound,
  ValidationFailed,
  WebhookId,
} from '@synap/domain';
import { and, asc, desc, eq, gte, inArray, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { webhookDeliveries as deliveries, type KeptAttempt, webhooks } from '../schema/schema.ts';
import { isKey, progressOf, toWebhook, type Webhook, type WebhookKey } from './webhooks.ts';

/** One message to one webhook, and how it fared. */
export interface Delivery {
  readonly id: DeliveryId;
  readonly webhookId: WebhookId;
  readonly messageId: string;
  /** `null` of a test. */
  readonly event: { readonly id: EventId; readonly position: bigint } | null;
  readonly eventType: string;
  readonly status: DeliveryStatus;
  /** Attempts that failed since it was last begun. */
  readonly failures: number;
  readonly nextAttemptAt: Date | null;
  /** The last of them, the oldest first. */
  readonly attempts: readonly KeptAttempt[];
  /** It is not sent because it has just happened, but because somebody asked for it again. */
  readonly isReplay: boolean;
  readonly createdAt: Date;
  /** When it was last tried, or put back. */
  readonly updatedAt: Date;
}

/** What a delivery is, before anything is known of it. */
export type NewDelivery = Pick<Delivery, 'id' | 'messageId' | 'event' | 'eventType' | 'isReplay'>;

/** More attempts of one message are asked for by hand, or by replays; the last ones are kept. */
const ATTEMPTS_KEPT = 20;

/**
 * Keeps an attempt: in the log of deliveries, in how the receiver fares, and in how far the webhook has been told, all or
 * nothing.
 *
 * @param saved.isRecovered the receiver was held back and has come round: whatever waits for it is due now.
 * @returns the webhook as it is then; `null` if it was removed meanwhile, with nothing kept.
 */
export function saveAttempt(
  queries: Queryable,
  key: WebhookKey,
  saved: {
    delivery: NewDelivery;
    attempt: KeptAttempt;
    decision: AttemptDecision;
    isRecovered: boolean;
    progress: { position?: bigint; replayPosition?: bigint };
    now: Date;
  },
): Promise<Webhook | null> {
  const { delivery, attempt, decision, isRecovered, progress, now } = saved;
  return queries.transaction(async (transaction) => {
    const [row] = await transaction
      .update(webhooks)
      .set({
        ...decision.health,
        ...progressOf(progress),
        ...(decision.status === DeliveryStatus.delivered ? { lastDeliveredAt: now } : {}),
        ...pausedBecause(decision.pause, now),
      })
      .where(isKey(key))
      .returning();
    if (row === undefined) return null;
    if (isRecovered) await transaction.update(deliveries).set({ nextAttemptAt: now }).where(isWaitingFor(key));
    await keep(transaction, key, { delivery, attempt, decision, now });
    return toWebhook(row);
  });
}

/** Keeps what came of a test, which says nothing of how the receiver fares. */
export async function saveTest(
  queries: Queryable,
  key: WebhookKey,
  saved: { delivery: NewDelivery; attempt: KeptAttempt; isTaken: boolean; now: Date },
): Promise<Delivery> {
  const status = saved.isTaken ? DeliveryStatus.delivered : DeliveryStatus.dead;
  return keep(queries, key, { ...saved, decision: { status, failures: 0, nextAttemptAt: null } });
}

async function keep(
  queries: Queryable,
  { userId, webhookId }: WebhookKey,
  kept: {
    delivery: NewDelivery;
    attempt: KeptAttempt;
    decision: Pick<AttemptDecision, 'status' | 'failures' | 'nextAttemptAt'>;
    now: Date;
  },
): Promise<Delivery> {
  const { delivery, attempt, decision, now } = kept;
  const { id, messageId, event, eventType, isReplay } = delivery;
  const { status, failures, nextAttemptAt } = decision;
  const outcome = { status, failures, nextAttemptAt, isReplay, updatedAt: now };
  const about = { messageId, eventId: event?.id ?? null, position: event?.position ?? null, eventType };
  const [row] = await queries
    .insert(deliveries)
    .values({ id, userId, webhookId, ...about, ...outcome, attempts: [attempt], createdAt: now })
    .onConflictDoUpdate({
      target: [deliveries.webhookId, deliveries.messageId],
      set: {
        ...outcome,
        attempts: sql`case when jsonb_array_length(${deliveries.attempts}) >= ${ATTEMPTS_KEPT}
          then ${deliveries.attempts} - 0 else ${deliveries.attempts} end || excluded.attempts`,
      },
    })
    .returning();
  if (row === undefined) throw new Error('An upsert has given no row.');
  return toDelivery(row);
}

function pausedBecause(pause: AttemptDecision['pause'], now: Date): Record<string, SQL> {
  if (pause === null) return {};
  const ifActive = (value: SQL, present: SQL): SQL =>
    sql`case when ${webhooks.status} = 'active' then ${value} else ${present} end`;
  return {
    status: sql`'paused'`,
    pausedReason: ifActive(sql`${pause}`, sql`${webhooks.pausedReason}`),
    pausedAt: ifActive(sql`${now.toISOString()}::timestamptz`, sql`${webhooks.pausedAt}`),
  };
}

/** The delivery that is due to be tried again: of several the one whose event came first. */
export async function findDueDelivery(
  queries: Queryable,
  key: WebhookKey,
  { now }: { now: Date },
): Promise<Delivery | null> {
  const [row] = await queries
    .select()
    .from(deliveries)
    .where(and(isWaitingFor(key), lte(deliveries.nextAttemptAt, now)))
    .orderBy(asc(deliveries.position))
    .limit(1);
  return row === undefined ? null : toDelivery(row);
}

/** When the next of those that wait is due; `null` if none waits. */
export async function findNextDue(queries: Queryable, key: WebhookKey): Promise<Date | null> {
  const [row] = await queries
    .select({ at: deliveries.nextAttemptAt })
    .from(deliveries)
    .where(isWaitingFor(key))
    .orderBy(asc(deliveries.nextAttemptAt))
    .limit(1);
  return row?.at ?? null;
}

/** How many deliveries wait to be tried again, of each webhook that has some. */
export async function countWaiting(queries: Queryable, userId: WebhookKey['userId']): Promise<Map<string, number>> {
  const rows = await queries
    .select({ webhookId: deliveries.webhookId, count: sql<number>`count(*)`.mapWith(Number) })
    .from(deliveries)
    .where(and(eq(deliveries.userId, userId), eq(deliveries.status, DeliveryStatus.waiting)))
    .groupBy(deliveries.webhookId);
  return new Map(rows.map(({ webhookId, count }) => [webhookId, count]));
}

/** The log of deliveries, what was tried last first. @throws {ValidationFailed} if the cursor is none of this list's. */
export async function listDeliveries(
  queries: Queryable,
  { userId, webhookId }: WebhookKey,
  { status, limit, cursor }: { status?: DeliveryStatus | undefined; limit: number; cursor?: string | undefined },
): Promise<{ items: Delivery[]; nextCursor: string | null }> {
  const rows = await queries
    .select()
    .from(deliveries)
    .where(
      and(
        eq(deliveries.userId, userId),
        eq(deliveries.webhookId, webhookId),
        status === undefined ? undefined : eq(deliveries.status, status),
        cursor === undefined ? undefined : isBehind(cursor),
      ),
    )
    .orderBy(desc(deliveries.updatedAt), desc(deliveries.id))
    .limit(limit + 1);
  const items = rows.slice(0, limit).map(toDelivery);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

/**
 * Has a delivery tried again from the beginning, at once.
 * @throws {NotFound} if this webhook has no such delivery.
 */
export async function restartDelivery(
  queries: Queryable,
  { userId, webhookId }: WebhookKey,
  { id, now }: { id: DeliveryId; now: Date },
): Promise<Delivery> {
  const [row] = await queries
    .update(deliveries)
    .set({ status: DeliveryStatus.waiting, failures: 0, nextAttemptAt: now, isReplay: true, updatedAt: now })
    .where(and(eq(deliveries.userId, userId), eq(deliveries.webhookId, webhookId), eq(deliveries.id, id)))
    .returning();
  if (row === undefined) throw new NotFound('delivery', id);
  return toDelivery(row);
}

/** @throws {NotFound} if this webhook has no such delivery. */
export async function loadDelivery(
  queries: Queryable,
  { userId, webhookId }: WebhookKey,
  id: DeliveryId,
): Promise<Delivery> {
  const [row] = await queries
    .select()
    .from(deliveries)
    .where(and(eq(deliveries.userId, userId), eq(deliveries.webhookId, webhookId), eq(deliveries.id, id)));
  if (row === undefined) throw new NotFound('delivery', id);
  return toDelivery(row);
}

/** Has whatever waits tried at once, and what died since an instant once more from the beginning. */
export async function restartDeliveries(
  queries: Queryable,
  key: WebhookKey,
  { now, diedSince }: { now: Date; diedSince: Date | null },
): Promise<void> {
  await queries.update(deliveries).set({ nextAttemptAt: now }).where(isWaitingFor(key));
  if (diedSince === null) return;
  await queries
    .update(deliveries)
    .set({ status: DeliveryStatus.waiting, failures: 0, nextAttemptAt: now })
    .where(
      and(
        eq(deliveries.userId, key.userId),
        eq(deliveries.webhookId, key.webhookId),
        eq(deliveries.status, DeliveryStatus.dead),
        gte(deliveries.updatedAt, diedSince),
        sql`${deliveries.position} is not null`,
      ),
    );
}

/** Gives up what waits, because a person does not want it. */
export async function skipDeliveries(queries: Queryable, key: WebhookKey, { now }: { now: Date }): Promise<void> {
  await queries
    .update(deliveries)
    .set({ status: DeliveryStatus.skipped, nextAttemptAt: null, updatedAt: now })
    .where(isWaitingFor(key));
}

/** Forgets deliveries that ended well before one instant, and those that did not before another. */
export async function deleteDeliveriesBefore(
  queries: Queryable,
  { deliveredBefore, deadBefore }: { deliveredBefore: Date; deadBefore: Date },
): Promise<void> {
  await queries
    .delete(deliveries)
    .where(and(eq(deliveries.status, DeliveryStatus.delivered), lt(deliveries.updatedAt, deliveredBefore)));
  const ended = [DeliveryStatus.dead, DeliveryStatus.skipped];
  await queries.delete(deliveries).where(and(inArray(deliveries.status, ended), lt(deliveries.updatedAt, deadBefore)));
}

function isWaitingFor({ userId, webhookId }: WebhookKey): SQL | undefined {
  return and(
    eq(deliveries.userId, userId),
    eq(deliveries.webhookId, webhookId),
    eq(deliveries.status, DeliveryStatus.waiting),
  );
}

function cursorOf({ updatedAt, id }: Delivery): string {
  return Buffer.from(`${updatedAt.toISOString()} ${id}`).toString('base64url');
}

function isBehind(cursor: string): SQL {
  const [at = '', id = ''] = Buffer.from(cursor, 'base64url').toString().split(' ');
  if (Number.isNaN(Date.parse(at)) || !DeliveryId.safeParse(id).success) {
    throw new ValidationFailed([{ field: 'cursor', message: 'a cursor that this list has answered' }]);
  }
  return sql`(${deliveries.updatedAt}, ${deliveries.id}) < (${new Date(at).toISOString()}::timestamptz, ${id}::uuid)`;
}

function toDelivery(row: typeof deliveries.$inferSelect): Delivery {
  const { userId: _userId, eventId, position, ...fields } = row;
  return {
    ...fields,
    id: DeliveryId.parse(row.id),
    webhookId: WebhookId.parse(row.webhookId),
    event: eventId === null || position === null ? null : { id: EventId.parse(eventId), position },
  };
}
