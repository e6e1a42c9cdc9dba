import { type Actor, CorrelationId, eventMetadataSchema, type UserId } from '@synap/domain';
import { and, count, countDistinct, desc, eq, inArray, max, min } from 'drizzle-orm';
import { events } from '../schema/schema.ts';
import type { EventLog } from './event-log.ts';

/** All that one request, import or run wrote. */
export interface RecentChange {
  readonly correlationId: CorrelationId;
  readonly command: string;
  readonly actor: Actor;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly events: number;
  readonly aggregates: number;
  /** What it undid, if it was an undo. */
  readonly undoes: CorrelationId | null;
}

/** How many of a user's latest events are looked at for what they were part of. */
const EVENTS_LOOKED_AT = 5_000;

/** What a user's requests, imports and runs wrote lately, the last first, as far as the latest events go. */
export async function readRecentChanges(
  { database: { queries } }: EventLog,
  userId: UserId,
  { limit }: { limit: number },
): Promise<RecentChange[]> {
  const latest = await queries
    .select({ correlationId: events.correlationId, metadata: events.metadata })
    .from(events)
    .where(eq(events.userId, userId))
    .orderBy(desc(events.position))
    .limit(EVENTS_LOOKED_AT);
  // The first event of a change, the last that is met here, says what it was.
  const metadata = new Map<string, unknown>();
  for (const event of latest) {
    if (metadata.has(event.correlationId) || metadata.size < limit) metadata.set(event.correlationId, event.metadata);
  }
  if (metadata.size === 0) return [];
  const counted = await queries
    .select({
      id: events.correlationId,
      startedAt: min(events.timestamp),
      endedAt: max(events.timestamp),
      events: count(),
      aggregates: countDistinct(events.aggregateId),
    })
    .from(events)
    .where(and(eq(events.userId, userId), inArray(events.correlationId, [...metadata.keys()])))
    .groupBy(events.correlationId);
  const counts = new Map(counted.map((row) => [row.id, row]));
  return [...metadata].flatMap(([id, first]) => {
    const row = counts.get(id);
    if (row?.startedAt == null || row.endedAt === null) return [];
    const { actor, command, undoes = null } = eventMetadataSchema.parse(first);
    const { startedAt, endedAt, aggregates } = row;
    return [
      {
        correlationId: CorrelationId.parse(id),
        command,
        actor,
        startedAt,
        endedAt,
        events: row.events,
        aggregates,
        undoes,
      },
    ];
  });
}
