import { Unprocessable } from '../errors.ts';
import type { EventDelta, EventNameOf } from '../events/catalogue.ts';
import { isRelationEvent, type ReadEvent, type RelationEvent } from '../events/stored-event.ts';
import { type EntityId, RelationId, type UserId } from '../ids.ts';
import type { RelationType } from '../vocabulary.ts';

/** The present state of one relation: the fold of its events. */
export interface RelationState {
  readonly id: RelationId;
  readonly userId: UserId;
  readonly type: RelationType;
  readonly sourceId: EntityId;
  readonly targetId: EntityId;
  readonly version: number;
  readonly createdAt: Date;
  readonly deletedAt: Date | null;
}

/**
 * What an event means for a relation; see `evolveEntity`.
 * @throws {Error} if the stream is broken.
 */
export function evolveRelation(state: RelationState | null, event: RelationEvent): RelationState {
  if (state === null) return created(event);
  if (event.version !== state.version + 1) {
    throw new Error(`Event ${event.type} of ${event.aggregateId} has version ${event.version} after ${state.version}.`);
  }
  return { ...state, version: event.version, deletedAt: deletedAt(state, event) };
}

/** Folds a stream, or the beginning of one; see `foldEntity`. */
export function foldRelation(events: Iterable<ReadEvent>): RelationState | null {
  let state: RelationState | null = null;
  for (const event of events) {
    if (event.type === 'event.erased' || event.type === 'relation.purged') return null;
    if (!isRelationEvent(event)) throw new Error(`${event.aggregateId} is no relation: it has ${event.type}.`);
    state = evolveRelation(state, event);
  }
  return state;
}

function created(event: RelationEvent): RelationState {
  if (event.type !== 'relation.created' || event.version !== 1) {
    throw new Error(`The stream of ${event.aggregateId} starts with ${event.type} at version ${event.version}.`);
  }
  const { relationType, sourceId, targetId } = event.data;
  return {
    id: RelationId.parse(event.aggregateId),
    userId: event.userId,
    type: relationType,
    sourceId,
    targetId,
    version: 1,
    createdAt: event.timestamp,
    deletedAt: null,
  };
}

function deletedAt(state: RelationState, event: RelationEvent): Date | null {
  switch (event.type) {
    case 'relation.created':
      throw new Error(`${event.aggregateId} is created a second time at version ${event.version}.`);
    case 'relation.deleted':
      return event.timestamp;
    case 'relation.restored':
      return null;
    case 'relation.purged':
      return state.deletedAt;
  }
}

/** @throws {Unprocessable} if both ends are the same entity. */
export function decideCreateRelation(relation: {
  type: RelationType;
  sourceId: EntityId;
  targetId: EntityId;
}): RelationDelta[] {
  if (relation.sourceId === relation.targetId) {
    throw new Unprocessable('A thing cannot be related to itself. Name two different ids.');
  }
  const { type: relationType, sourceId, targetId } = relation;
  return [{ type: 'relation.created', data: { relationType, sourceId, targetId } }];
}

/** What happens to a relation, as it is decided. */
export type RelationDelta = EventDelta<EventNameOf<'relation'>>;

/** Deleting twice is deleting once. */
export function decideDeleteRelation(state: RelationState): RelationDelta[] {
  return state.deletedAt === null ? [{ type: 'relation.deleted', data: {} }] : [];
}

/** Restoring twice is restoring once. */
export function decideRestoreRelation(state: RelationState): RelationDelta[] {
  return state.deletedAt === null ? [] : [{ type: 'relation.restored', data: {} }];
}
