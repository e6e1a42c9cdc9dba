import { Unprocessable } from '../errors.ts';
import type { EventDelta } from '../events/catalogue.ts';
import type { RelationEvent } from '../events/stored-event.ts';
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
  if (state === null) {
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
  if (event.type !== 'relation.deleted' || event.version !== state.version + 1) {
    throw new Error(`Event ${event.type} of ${event.aggregateId} has version ${event.version} after ${state.version}.`);
  }
  return { ...state, version: event.version, deletedAt: event.timestamp };
}

/** @throws {Unprocessable} if both ends are the same entity. */
export function decideCreateRelation(relation: {
  type: RelationType;
  sourceId: EntityId;
  targetId: EntityId;
}): EventDelta<'relation.created'>[] {
  if (relation.sourceId === relation.targetId) {
    throw new Unprocessable('A thing cannot be related to itself. Name two different ids.');
  }
  const { type: relationType, sourceId, targetId } = relation;
  return [{ type: 'relation.created', data: { relationType, sourceId, targetId } }];
}

/** Deleting twice is deleting once. */
export function decideDeleteRelation(state: RelationState): EventDelta<'relation.deleted'>[] {
  return state.deletedAt === null ? [{ type: 'relation.deleted', data: {} }] : [];
}
