import type { StreamHead } from '@synap/database';
import {
  AggregateType,
  ConcurrencyConflict,
  type CorrelationId,
  decideUndoEntity,
  decideUndoRelation,
  decideUndoUser,
  EntityId,
  foldEntity,
  foldRelation,
  foldUser,
  NotFound,
  RelationId,
  type StoredEvent,
  type UndoConflict,
  UndoRefused,
  UserId,
} from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import { type EntityView, type RelationView, viewEntity, viewRelation } from '../views.ts';
import type { Change } from '../write/commit.ts';
import { nothingToPrepare, writeOnce } from '../write/write-once.ts';

/** What an undo did. */
export interface Undone {
  /** What was undone. */
  correlationId: CorrelationId;
  /** The undo's own: undoing this brings back what was undone. */
  undoCorrelationId: CorrelationId;
  /** What was changed by it, as it is now. */
  entities: EntityView[];
  relations: RelationView[];
  /** Whether tags have their colours from before again. */
  areTagsRecoloured: boolean;
}

/** Streams are read, and undone, this many at a time. */
const STREAMS_PER_PAGE = 500;

/**
 * Undoes all that one request, import, workflow or agent's run did, by events that compensate for it, in one
 * transaction. It is a write like any other, and can be undone itself.
 *
 * @param input.force undo also what somebody has changed since; else nothing is done if there is any of that.
 * @throws {NotFound} if nothing of this user has that correlation id.
 * @throws {UndoRefused} naming each field that was changed since.
 */
export function undo(
  parts: Parts,
  context: CommandContext,
  input: { correlationId: CorrelationId; force: boolean },
): Promise<Undone> {
  const { correlationId, force } = input;
  return writeOnce(parts, context, {
    command: 'history.undo',
    request: input,
    retry: true,
    prepare: nothingToPrepare,
    decide: async () => {
      const { changes, conflicts } = await decideUndo(parts, context, correlationId);
      if (conflicts.length > 0 && !force) throw new UndoRefused(conflicts);
      return {
        changes,
        undoes: correlationId,
        answer: ({ entities, relations, users }) => ({
          correlationId,
          undoCorrelationId: context.correlationId,
          entities: entities.map(viewEntity),
          relations: relations.map((relation) => viewRelation(relation)),
          areTagsRecoloured: users.length > 0,
        }),
      };
    },
  });
}

async function decideUndo(
  parts: Parts,
  { userId }: CommandContext,
  correlationId: CorrelationId,
): Promise<{ changes: Change[]; conflicts: UndoConflict[] }> {
  const done = await parts.log.readCorrelated({ userId, correlationId });
  const aggregateIds = [...new Set(done.map(({ aggregateId }) => aggregateId))];
  if (aggregateIds.length === 0) throw new NotFound('request, import or run', correlationId);
  const undoing: Undoing = { correlationId, now: parts.clock.now() };
  const changes: Change[] = [];
  const conflicts: UndoConflict[] = [];
  for (let start = 0; start < aggregateIds.length; start += STREAMS_PER_PAGE) {
    const page = aggregateIds.slice(start, start + STREAMS_PER_PAGE);
    // Heads first: an event that comes in between makes the append a conflict, and the undo is decided again.
    const heads = await parts.log.readHeads(userId, page);
    for (const [id, events] of await parts.log.readAggregates(userId, page)) {
      const head = heads.get(id);
      if (head === undefined) continue;
      const decision = undoStream({ id, head, events }, undoing);
      if (decision.change !== null) changes.push(decision.change);
      conflicts.push(...decision.conflicts);
    }
  }
  return { changes, conflicts };
}

interface Undoing {
  readonly correlationId: CorrelationId;
  readonly now: Date;
}

function undoStream(
  stream: { id: string; head: StreamHead; events: readonly StoredEvent[] },
  { correlationId, now }: Undoing,
): { change: Change | null; conflicts: readonly UndoConflict[] } {
  const { id, head, events } = stream;
  if (events.length !== head.version) {
    throw new ConcurrencyConflict({ aggregateId: id, expectedVersion: head.version, currentVersion: events.length });
  }
  if (events[0]?.aggregateType === AggregateType.relation) {
    const state = foldRelation(events);
    const { deltas, conflicts } = decideUndoRelation(events, { correlationId });
    const decided = deltas.map((delta) => ({ delta }));
    if (state === null || decided.length === 0) return { change: null, conflicts };
    return { change: { aggregate: 'relation', id: RelationId.parse(id), before: { state, head }, decided }, conflicts };
  }
  if (events[0]?.aggregateType === AggregateType.user) {
    const state = foldUser(events);
    const { deltas, conflicts } = decideUndoUser(events, { correlationId });
    const decided = deltas.map((delta) => ({ delta }));
    if (state === null || decided.length === 0) return { change: null, conflicts };
    return { change: { aggregate: 'user', id: UserId.parse(id), before: { state, head }, decided }, conflicts };
  }
  const state = foldEntity(events);
  const { deltas, conflicts } = decideUndoEntity(events, { correlationId }, { now });
  const decided = deltas.map((delta) => ({ delta }));
  if (state === null || decided.length === 0) return { change: null, conflicts };
  return { change: { aggregate: 'entity', id: EntityId.parse(id), before: { state, head }, decided }, conflicts };
}
