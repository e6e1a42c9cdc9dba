import { Unprocessable } from '../errors.ts';
import { EntityType } from '../vocabulary.ts';
import { type EntityDelta, refuseDeleted } from './decide.ts';
import type { EntityState } from './entity-state.ts';
import { type EventChange, eventDeltas } from './event-deltas.ts';
import { NEW_EVENT } from './evolve.ts';

/**
 * Changes when and where something takes place.
 * @throws {Unprocessable} if the entity is in the trash or is no event.
 * @throws {ValidationFailed} if it would end before it begins.
 */
export function decideChangeEvent(state: EntityState, change: EventChange): EntityDelta[] {
  refuseDeleted(state);
  if (state.type !== EntityType.event) {
    throw new Unprocessable(`This is a ${state.type}, not an event. Change its type to event first.`);
  }
  return eventDeltas(state.event ?? NEW_EVENT, change);
}
