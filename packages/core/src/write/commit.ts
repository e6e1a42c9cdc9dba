import { appendEvents, type StreamHead, saveEntity, saveRelation, type Transaction } from '@synap/database';
import {
  AggregateType,
  type EntityDelta,
  type EntityId,
  type EntityState,
  type EventDelta,
  type EventHeader,
  type EventMetadata,
  evolveEntity,
  evolveRelation,
  type RelationId,
  type RelationState,
} from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';

/** A decided delta with what is known of it alone. */
export interface DecidedDelta<Delta extends EventDelta> {
  readonly delta: Delta;
  readonly ai?: EventMetadata['ai'];
}

/** What was decided for one aggregate, on what it was like before; `null` for a new one. */
interface Change<Id, State, Delta extends EventDelta> {
  readonly context: CommandContext;
  readonly command: string;
  readonly id: Id;
  readonly before: { state: State; head: StreamHead } | null;
  readonly decided: readonly DecidedDelta<Delta>[];
}

type RelationDelta = EventDelta<'relation.created' | 'relation.deleted'>;

/**
 * Appends what was decided for an entity, folds it and stores the folded state: the one way in which entities change.
 * Nothing decided changes nothing.
 *
 * @throws {ConcurrencyConflict} if the entity has changed since `before` was read.
 */
export function commitEntity(
  parts: Parts,
  transaction: Transaction,
  change: Change<EntityId, EntityState, EntityDelta>,
): Promise<EntityState> {
  return commit(parts, transaction, change, { type: AggregateType.entity, evolve: evolveEntity, save: saveEntity });
}

/** As `commitEntity`, for a relation. */
export function commitRelation(
  parts: Parts,
  transaction: Transaction,
  change: Change<RelationId, RelationState, RelationDelta>,
): Promise<RelationState> {
  return commit(parts, transaction, change, {
    type: AggregateType.relation,
    evolve: evolveRelation,
    save: saveRelation,
  });
}

async function commit<State extends object, Delta extends EventDelta>(
  { clock, ids }: Parts,
  transaction: Transaction,
  { context, command, id, before, decided }: Change<string, State, Delta>,
  aggregate: {
    type: AggregateType;
    evolve: (state: State | null, event: EventHeader & Delta) => State;
    save: (transaction: Transaction, state: State) => Promise<void>;
  },
): Promise<State> {
  const stored = await appendEvents(transaction, {
    header: {
      userId: context.userId,
      aggregateId: id,
      aggregateType: aggregate.type,
      timestamp: clock.now(),
      correlationId: context.correlationId,
      causationId: context.causationId ?? null,
      source: context.source,
    },
    head: before?.head ?? null,
    events: decided.map(({ delta, ai }) => ({
      id: ids.next(),
      delta,
      metadata: { actor: context.actor, command, ...(ai === undefined ? {} : { ai }) },
    })),
  });
  let state = before?.state ?? null;
  for (const event of stored) state = aggregate.evolve(state, event);
  if (state === null) throw new Error(`Nothing was decided for the new ${aggregate.type} ${id}.`);
  if (stored.length > 0) await aggregate.save(transaction, state);
  return state;
}
