import {
  CorrelationId,
  type EntityDelta,
  type EntityId,
  type EntityState,
  EventId,
  evolveEntity,
  type RelationDelta,
  type StoredEvent,
  type UserId,
} from '@synap/domain';
import type { Database, Queryable } from '../connection/database.ts';
import { prepareAppend } from '../event-log/append.ts';
import { appendPrepared, type EventLog } from '../event-log/event-log.ts';
import type { LoadedForChange } from '../projection/load-for-change.ts';
import { projectStreams } from '../projection/project-streams.ts';
import { saveStates, type TableId } from '../projection/save-states.ts';
import { createCommitWrite } from '../write/commit-write.ts';

let lastId = 0;

/** A new UUID of version 7, ascending; good enough for tests. */
export function newId(): string {
  lastId += 1;
  return `01890000-0000-7000-8000-${lastId.toString(16).padStart(12, '0')}`;
}

/** Appends what was decided and stores the fold of it, as a command does. */
export async function writeEntity(
  sources: { database: Database; log: EventLog },
  write: {
    userId: UserId;
    id: EntityId;
    /** As `loadEntityForChange` gives it; `null` for a new entity. */
    before: (Pick<LoadedForChange<EntityState>, 'state' | 'head'> & { readFrom?: TableId }) | null;
    deltas: readonly EntityDelta[];
    at?: Date;
    correlationId?: string;
    /** An open transaction to write in; left out, the write is committed. */
    within?: Queryable;
  },
): Promise<EntityState> {
  const { userId, id, before, deltas, at = new Date(), correlationId = newId(), within } = write;
  const prepared = prepareAppend({
    header: {
      userId,
      aggregateId: id,
      aggregateType: 'entity',
      timestamp: at,
      correlationId: CorrelationId.parse(correlationId),
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
  for (const event of prepared.events) state = evolveEntity(state, event);
  if (state === null) throw new Error('Nothing was written.');
  const states = {
    entities: [state],
    relations: [],
    readFrom: before?.readFrom === undefined ? [] : [before.readFrom],
  };
  if (within !== undefined) {
    await appendPrepared(within, { prepared: [prepared], answers: [] });
    await saveStates(within, states);
    return state;
  }
  const commit = createCommitWrite(sources, {
    onLag: (error) => {
      throw error;
    },
  });
  await commit({ appends: [prepared], states, answer: null });
  return state;
}

/** Writes the whole life of a relation, each event at its time; gives its events. */
export async function writeRelation(
  sources: { database: Database; log: EventLog },
  { userId, deltas, times }: { userId: UserId; deltas: readonly RelationDelta[]; times: readonly Date[] },
): Promise<StoredEvent[]> {
  const aggregateId = newId();
  for (const [index, delta] of deltas.entries()) {
    const head = (await sources.log.readHeads(userId, [aggregateId])).get(aggregateId) ?? null;
    const header = {
      userId,
      aggregateId,
      aggregateType: 'relation' as const,
      timestamp: times[index] ?? new Date(),
      correlationId: CorrelationId.parse(newId()),
      causationId: null,
      source: 'api' as const,
    };
    const metadata = { actor: { kind: 'user' as const, id: userId }, command: 'test' };
    await sources.log.append([{ header, head, events: [{ id: newId(), delta, metadata }] }]);
  }
  await projectStreams(sources, { userId, aggregateIds: [aggregateId] });
  return sources.log.readAggregate({ userId, aggregateId });
}
