import {
  type PreparedAppend,
  prepareAppend,
  type RepeatableRequest,
  type StreamHead,
  type TableId,
  type Usage,
} from '@synap/database';
import {
  AggregateType,
  ConcurrencyConflict,
  type CorrelationId,
  type EntityDelta,
  type EntityId,
  type EntityState,
  type EventDelta,
  type EventMetadata,
  evolveEntity,
  evolveRelation,
  evolveUser,
  type RelationDelta,
  type RelationId,
  type RelationState,
  type UserDelta,
  type UserId,
  type UserState,
} from '@synap/domain';
import { entriesOfStates } from '../cache/entries.ts';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import { refuseCycles } from './refuse-cycles.ts';
import { withNames } from './with-names.ts';

/** A decided delta with what is known of it alone. */
export interface DecidedDelta<Delta extends EventDelta> {
  readonly delta: Delta;
  readonly ai?: EventMetadata['ai'];
}

/** What was decided for one aggregate, on what it was like before; `null` for a new one. */
interface ChangeOf<Aggregate, Id, State, Delta extends EventDelta> {
  readonly aggregate: Aggregate;
  readonly id: Id;
  readonly before: Before<State> | null;
  readonly decided: readonly DecidedDelta<Delta>[];
}

/** What a decision was made on: a state as it was read, or folded from events, and the head of its stream. */
interface Before<State> {
  readonly state: State;
  readonly head: StreamHead;
  /** Where it was read; left out if it was folded. */
  readonly readFrom?: TableId;
}

export type EntityChange = ChangeOf<'entity', EntityId, EntityState, EntityDelta>;
export type RelationChange = ChangeOf<'relation', RelationId, RelationState, RelationDelta>;
/** Of what the user has set that belongs to no thing; its stream has the user's id. */
export type UserChange = ChangeOf<'user', UserId, UserState, UserDelta>;
export type Change = EntityChange | RelationChange | UserChange;

/** The states of what was changed, or was to be: one for each change, in the same order. */
export interface ChangedStates {
  readonly entities: readonly EntityState[];
  readonly relations: readonly RelationState[];
  readonly users: readonly UserState[];
}

/**
 * Appends what was decided, folds it and stores the folded states, all at once: the one way in which anything changes.
 * Nothing decided changes nothing.
 *
 * @returns the answer, which is kept under the request's key where it has one.
 * @throws {ConcurrencyConflict} if any of it has changed since `before` was read.
 * @throws {Unprocessable} if the user may not keep so much, or relations that may not lead in a circle would.
 * @throws {RowsRebuilt} if the rows that `before` was read from are no more.
 */
export async function commitChanges<Answer>(
  parts: Parts,
  context: CommandContext,
  commit: {
    command: string;
    repeatable: RepeatableRequest | null;
    changes: readonly Change[];
    answer: (states: ChangedStates) => Answer;
    undoes?: CorrelationId;
  },
): Promise<Answer> {
  const { command, repeatable, undoes } = commit;
  const changes = await withNames(parts, commit.changes);
  const now = parts.clock.now();
  const entities = changes
    .filter((change) => change.aggregate === 'entity')
    .map((change) => prepareEntity(parts, context, { command, change, now, undoes }));
  const relations = changes
    .filter((change) => change.aggregate === 'relation')
    .map((change) => prepareRelation(parts, context, { command, change, now, undoes }));
  const users = changes
    .filter((change) => change.aggregate === 'user')
    .map((change) => prepareUser(parts, context, { command, change, now, undoes }));
  const states = {
    entities: entities.map(({ state }) => state),
    relations: relations.map(({ state }) => state),
    users: users.map(({ state }) => state),
  };
  const answer = commit.answer(states);
  const written = {
    entities: entities.filter(hasEvents),
    relations: relations.filter(hasEvents),
    users: users.filter(hasEvents),
  };
  const appends = [...written.entities, ...written.relations, ...written.users];
  const isEmpty = appends.length === 0;
  if (isEmpty && repeatable === null) return answer;
  await refuseCycles(parts, context.userId, changes);
  await parts.quota?.take(context.userId, additionOf(changes, states.entities));
  const folded = {
    entities: written.entities.map(({ state }) => state),
    relations: written.relations.map(({ state }) => state),
    users: written.users.map(({ state }) => state),
  };
  // Nobody has read what is only now made.
  const known = folded.entities.filter(({ version }, index) => version > (written.entities[index]?.events.length ?? 0));
  await parts.cache.change(entriesOfStates(known), () =>
    parts.commit({
      appends,
      states: { ...folded, readFrom: changes.flatMap(({ before }) => before?.readFrom ?? []) },
      answer: repeatable === null ? null : { ...repeatable, answer, createdAt: now },
    }),
  );
  return answer;
}

/** How much more is kept than before. */
function additionOf(changes: readonly Change[], states: readonly EntityState[]): Usage {
  const before = changes.filter((change) => change.aggregate === 'entity').map((change) => change.before?.state);
  const bytes = states.map((state, index) => sizeOf(state) - sizeOf(before[index]));
  return {
    items: before.filter((state) => state === undefined).length,
    bytes: bytes.reduce((total, size) => total + size, 0),
  };
}

function sizeOf(state: EntityState | undefined): number {
  return state?.file?.fileSize ?? 0;
}

interface Preparation {
  readonly command: string;
  readonly now: Date;
  readonly undoes: CorrelationId | undefined;
}

type PreparedChange<State> = PreparedAppend & { readonly state: State };

function prepareEntity(
  parts: Parts,
  context: CommandContext,
  { change, ...preparation }: Preparation & { change: EntityChange },
): PreparedChange<EntityState> {
  const prepared = prepare(parts, context, {
    ...preparation,
    change,
    lastAt: change.before?.state.updatedAt,
  });
  return { ...prepared, state: fold(change, prepared.events, evolveEntity) };
}

function prepareRelation(
  parts: Parts,
  context: CommandContext,
  { change, ...preparation }: Preparation & { change: RelationChange },
): PreparedChange<RelationState> {
  const before = change.before?.state;
  const prepared = prepare(parts, context, {
    ...preparation,
    change,
    lastAt: before?.deletedAt ?? before?.createdAt,
  });
  return { ...prepared, state: fold(change, prepared.events, evolveRelation) };
}

function prepareUser(
  parts: Parts,
  context: CommandContext,
  { change, ...preparation }: Preparation & { change: UserChange },
): PreparedChange<UserState> {
  const prepared = prepare(parts, context, { ...preparation, change, lastAt: change.before?.state.updatedAt });
  return { ...prepared, state: fold(change, prepared.events, evolveUser) };
}

function prepare<State extends { readonly version: number }, Delta extends EventDelta>(
  { ids }: Parts,
  context: CommandContext,
  preparation: Preparation & {
    change: ChangeOf<Change['aggregate'], string, State, Delta>;
    lastAt: Date | undefined;
  },
): PreparedAppend<Delta> {
  const { command, now, lastAt, change, undoes } = preparation;
  const { actor } = context;
  refuseOutdated(change);
  return prepareAppend({
    header: {
      userId: context.userId,
      aggregateId: change.id,
      aggregateType: AggregateType[change.aggregate],
      // Within a stream time never runs backwards, whichever machine's clock an event was stamped by: else a read of
      // the past could find an event without the one before it.
      timestamp: lastAt !== undefined && lastAt > now ? lastAt : now,
      correlationId: context.correlationId,
      causationId: context.causationId ?? null,
      source: context.source,
    },
    head: change.before?.head ?? null,
    events: change.decided.map(({ delta, ai }) => ({
      id: ids.next(),
      delta,
      metadata: {
        actor,
        command,
        ...(undoes === undefined ? {} : { undoes }),
        ...(ai === undefined ? {} : { ai }),
      },
    })),
  });
}

/** Heads are read before states: where somebody has written in between, what was decided is decided again. */
function refuseOutdated({
  id,
  before,
}: {
  id: string;
  before: { readonly state: { readonly version: number }; readonly head: { readonly version: number } } | null;
}): void {
  if (before === null || before.state.version <= before.head.version) return;
  const [expectedVersion, currentVersion] = [before.head.version, before.state.version];
  throw new ConcurrencyConflict({ aggregateId: id, expectedVersion, currentVersion });
}

function fold<State extends object, Event>(
  { id, before }: { id: string; before: { readonly state: State } | null },
  events: readonly Event[],
  evolve: (state: State | null, event: Event) => State,
): State {
  let state = before?.state ?? null;
  for (const event of events) state = evolve(state, event);
  if (state === null) throw new Error(`Nothing was decided for the new ${id}.`);
  return state;
}

function hasEvents({ events }: { events: readonly unknown[] }): boolean {
  return events.length > 0;
}
