import {
  CorrelationId,
  type EntityDelta,
  type EntityId,
  type EntityState,
  EventId,
  evolveEntity,
  type UserId,
} from '@synap/domain';
import type { Transaction } from '../connection/database.ts';
import { appendEvents } from '../event-log/append.ts';
import type { StreamHead } from '../event-log/stream-head.ts';
import { saveEntity } from '../projection/save-entity.ts';

let lastId = 0;

/** A new UUID of version 7, ascending; good enough for tests. */
export function newId(): string {
  lastId += 1;
  return `01890000-0000-7000-8000-${lastId.toString(16).padStart(12, '0')}`;
}

/** Appends what was decided and stores the fold of it, as a command does. */
export async function writeEntity(
  transaction: Transaction,
  write: {
    userId: UserId;
    id: EntityId;
    /** As `loadEntityForChange` gives it; `null` for a new entity. */
    before: { state: EntityState; head: StreamHead } | null;
    deltas: readonly EntityDelta[];
    at?: Date;
  },
): Promise<EntityState> {
  const { userId, id, before, deltas, at = new Date() } = write;
  const stored = await appendEvents(transaction, {
    header: {
      userId,
      aggregateId: id,
      aggregateType: 'entity',
      timestamp: at,
      correlationId: CorrelationId.parse(newId()),
      causationId: null,
      source: 'api',
    },
    head: before?.head ?? null,
    events: deltas.map((delta) => ({
      id: EventId.parse(newId()),
      delta,
      metadata: { actor: { kind: 'user' as const, id: userId }, command: 'test' },
    })),
  });
  let state = before?.state ?? null;
  for (const event of stored) state = evolveEntity(state, event);
  if (state === null) throw new Error('Nothing was written.');
  await saveEntity(transaction, state);
  return state;
}
