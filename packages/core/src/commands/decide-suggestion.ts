import { findRelation, findSuggestedEntity, loadEntities, loadEntityForChange } from '@synap/database';
import {
  decideAcceptSuggestion,
  decideCreateRelation,
  decideDeclineSuggestion,
  type EntityId,
  type EntityState,
  type EventMetadata,
  NotFound,
  RelationId,
  RelationType,
  type SuggestionId,
  Unprocessable,
} from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import { type SuggestionView, viewSuggestion } from '../queries/list-suggestions.ts';
import { type EntityView, viewEntity } from '../views.ts';
import { refuseOtherVersion } from '../write/change-entity.ts';
import type { ChangedStates, EntityChange, RelationChange } from '../write/commit.ts';
import { nothingToPrepare, writeOnce } from '../write/write-once.ts';

export interface SuggestionDecisionInput {
  readonly id: SuggestionId;
  /** The version of the entity that the caller has seen. */
  readonly expectedVersion?: number | undefined;
}

/** What a decision on a suggestion came to. */
export interface DecidedSuggestion {
  suggestion: SuggestionView;
  /** What it was made for, as it is now. */
  entity: EntityView;
}

/**
 * Takes a suggestion over, as the person's own choice; the events say which model suggested it, and who accepted it.
 *
 * @throws {NotFound} if the user has no such suggestion.
 * @throws {ConcurrencyConflict} if the entity is not at the expected version.
 * @throws {Unprocessable} if it is not open any more, the entity is in the trash or cannot be what is suggested, or what
 * it is to be linked to is no more.
 */
export function acceptSuggestion(
  parts: Parts,
  context: CommandContext,
  input: SuggestionDecisionInput,
): Promise<DecidedSuggestion> {
  return decideOn(parts, context, { ...input, command: 'ai.suggestions.accept' }, async (before) => {
    const acceptance = decideAcceptSuggestion(before, input.id, { now: parts.clock.now() });
    if (acceptance === null) throw new NotFound('suggestion', input.id);
    const { suggestion, deltas, linkTo } = acceptance;
    const { model, checksum: inputChecksum, confidence } = suggestion;
    const ai: Acceptor = { model, inputChecksum, confidence, isAccepted: true };
    const links = linkTo === null ? [] : await link(parts, context, { sourceId: before.id, targetId: linkTo }, ai);
    return { decided: deltas.map((delta) => ({ delta, ai })), links };
  });
}

/**
 * Refuses a suggestion: it is never made again for this entity, by whatever model.
 *
 * @throws {NotFound} if the user has no such suggestion.
 * @throws {ConcurrencyConflict} if the entity is not at the expected version.
 * @throws {Unprocessable} if it was accepted, or the entity is in the trash.
 */
export function declineSuggestion(
  parts: Parts,
  context: CommandContext,
  input: SuggestionDecisionInput,
): Promise<DecidedSuggestion> {
  return decideOn(parts, context, { ...input, command: 'ai.suggestions.decline' }, async (before) => {
    const refusal = decideDeclineSuggestion(before, input.id);
    if (refusal === null) throw new NotFound('suggestion', input.id);
    return { decided: refusal.deltas.map((delta) => ({ delta })), links: [] };
  });
}

/** Which model suggested what the actor accepts. */
type Acceptor = NonNullable<EventMetadata['ai']>;

/** What was decided: events of the entity, and the relation that comes of it. */
interface Outcome {
  readonly decided: EntityChange['decided'];
  readonly links: readonly RelationChange[];
}

function decideOn(
  parts: Parts,
  context: CommandContext,
  input: SuggestionDecisionInput & { command: string },
  decide: (state: EntityState) => Promise<Outcome>,
): Promise<DecidedSuggestion> {
  const { id, expectedVersion, command } = input;
  return writeOnce(parts, context, {
    command,
    request: { id, expectedVersion },
    retry: expectedVersion === undefined,
    prepare: nothingToPrepare,
    decide: async () => {
      const entityId = await findSuggestedEntity(parts.database.queries, context.userId, id);
      if (entityId === null) throw new NotFound('suggestion', id);
      const before = await loadEntityForChange(parts, context.userId, entityId);
      refuseOtherVersion(before.state, expectedVersion);
      const { decided, links } = await decide(before.state);
      return {
        changes: [{ aggregate: 'entity', id: entityId, before, decided }, ...links],
        answer: (states) => viewDecision(states, id),
      };
    },
  });
}

function viewDecision({ entities: [state] }: ChangedStates, id: SuggestionId): DecidedSuggestion {
  const suggestion = state?.suggestions.find((each) => each.id === id);
  if (state === undefined || suggestion === undefined) throw new Error('A suggestion was decided, and there is none.');
  return { suggestion: viewSuggestion(state, suggestion), entity: viewEntity(state) };
}

/** Nothing if they are linked already. */
async function link(
  parts: Parts,
  { userId }: CommandContext,
  ends: { sourceId: EntityId; targetId: EntityId },
  ai: Acceptor,
): Promise<RelationChange[]> {
  const { queries } = parts.database;
  const relation = { type: RelationType.mentions, ...ends };
  const target = (await loadEntities(queries, userId, [ends.targetId])).get(ends.targetId);
  if (target === undefined) {
    throw new Unprocessable('What it would be linked to was erased. Decline the suggestion.');
  }
  if ((await findRelation(queries, userId, relation)) !== null) return [];
  const decided = decideCreateRelation(relation).map((delta) => ({ delta, ai }));
  return [{ aggregate: 'relation', id: RelationId.parse(parts.ids.next()), before: null, decided }];
}
