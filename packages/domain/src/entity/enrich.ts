import type { Analysis, EnrichableField, SuggestedValue, SuggestionReason } from '../events/ai-events.ts';
import { isEntityEvent, type ReadEvent } from '../events/stored-event.ts';
import { type EntityId, type IdSource, SuggestionId } from '../ids.ts';
import { EntityType } from '../vocabulary.ts';
import { allTags } from './content-names.ts';
import { type EntityDelta, titleDelta } from './decide.ts';
import type { EntityState, ProvenanceField } from './entity-state.ts';
import { startingAt, startOf } from './event-deltas.ts';
import { provenanceOf } from './evolve.ts';
import { isSameSuggested, SuggestionStatus } from './suggestion.ts';
import { isSameDue } from './task-deltas.ts';

/**
 * How sure an analysis must be of a guess for it to be taken over; below that, and above `SUGGEST_CONFIDENCE`, it waits
 * for a person. The type has a high bar, as it decides where a thing is shown; a link changes another thing's page, too.
 */
export const APPLY_CONFIDENCE: Readonly<Record<EnrichableField, number>> = {
  type: 0.5,
  title: 0,
  due: 0.5,
  recurrence: 0.5,
  tags: 0.5,
  links: 0.7,
};

/** Less sure than this is not worth a person's time. */
const SUGGEST_CONFIDENCE: Readonly<Record<EnrichableField, number>> = {
  type: 0.3,
  title: 0.5,
  due: 0.3,
  recurrence: 0.3,
  tags: 0.3,
  links: 0.3,
};

/** A change that a guess leads to, with how sure the analysis was of it. */
export interface EnrichmentDelta {
  readonly delta: EntityDelta;
  /** Undefined where the event records the analysis as a whole. */
  readonly confidence: number | undefined;
}

/** What an analysis leads to. */
export interface Enrichment {
  readonly deltas: EnrichmentDelta[];
  /** What is to be linked to, as `mentions`. */
  readonly links: readonly { readonly targetId: EntityId; readonly confidence: number }[];
}

/** What a decision on an analysis rests on, beside the entity's state. */
export interface EnrichmentBasis {
  /** Of the content that was analysed. */
  readonly checksum: string;
  /** Tags that a person took away, see `tagsRemovedByPerson`. */
  readonly removedTags: ReadonlySet<string>;
  /** What the entity is linked to, or was until somebody took the link away. */
  readonly linkedTo: ReadonlySet<EntityId>;
  /** Of new suggestions. */
  readonly ids: IdSource;
}

/**
 * What an analysis changes: what is sure enough and was not chosen by a person. What is less sure, or differs from what a
 * person chose, is suggested; what was declined, or taken away by a person, is neither. Nothing at all if the content has
 * changed since, or the entity is in the trash: the newer content has its own analysis.
 */
export function decideEnrich(state: EntityState, analysis: Analysis, basis: EnrichmentBasis): Enrichment {
  const { checksum } = basis;
  if (state.deletedAt !== null || state.file?.checksum !== checksum) return { deltas: [], links: [] };
  const left: { field: EnrichableField; because: SuggestionReason | 'declined' }[] = [];
  const applied = new Set<EnrichableField>();
  const changes: EnrichmentDelta[] = [];
  const links: { targetId: EntityId; confidence: number }[] = [];
  for (const proposal of propose(state, analysis, basis)) {
    const { suggested, confidence, deltas } = proposal;
    const { field } = suggested;
    const because = reasonAgainst(state, proposal, basis);
    if (because === null) {
      applied.add(field);
      for (const delta of deltas) changes.push({ delta, confidence });
      if (suggested.field === 'links') links.push({ ...suggested.value, confidence });
    } else {
      left.push({ field, because });
      const question = ask(state, { proposal, because, model: analysis.model }, basis);
      if (question !== null) changes.push({ delta: question, confidence });
    }
  }
  const completed: EntityDelta = { type: 'ai.analysis_completed', data: { checksum, analysis } };
  const closing: EntityDelta = { type: 'ai.enrichment_applied', data: { checksum, applied: [...applied], left } };
  return {
    deltas: [{ delta: completed, confidence: undefined }, ...changes, { delta: closing, confidence: undefined }],
    links,
  };
}

interface Proposal {
  readonly suggested: SuggestedValue;
  readonly confidence: number;
  /** What applying it does to the entity. */
  readonly deltas: EntityDelta[];
  /** Whose field it is, where that is another than is suggested: when an event is due is when it takes place. */
  readonly provenanceField?: ProvenanceField;
  /** It makes no sense before something else that is only suggested. */
  readonly isPremature?: boolean;
}

/** The suggestion of what is not applied, where that is worth a person's time and they were not asked already. */
function ask(
  state: EntityState,
  { proposal, because, model }: { proposal: Proposal; because: SuggestionReason | 'declined'; model: string },
  { checksum, ids }: EnrichmentBasis,
): EntityDelta | null {
  if (because === 'declined' || !isWorthAsking(proposal, because)) return null;
  const { suggested, confidence } = proposal;
  const isAsked = state.suggestions.some(
    (each) => each.status === SuggestionStatus.open && isSameSuggested(each.suggested, suggested),
  );
  if (isAsked) return null;
  const suggestionId = SuggestionId.parse(ids.next());
  return { type: 'ai.suggestion_made', data: { suggestionId, suggested, confidence, model, checksum, because } };
}

/** Why a proposal is not applied; `null` if it is. */
function reasonAgainst(
  state: EntityState,
  { suggested, confidence, isPremature = false, provenanceField }: Proposal,
  { removedTags }: EnrichmentBasis,
): SuggestionReason | 'declined' | null {
  const { field } = suggested;
  const isDeclined = state.suggestions.some(
    (each) => each.status === SuggestionStatus.declined && isSameSuggested(each.suggested, suggested),
  );
  if (isDeclined || (suggested.field === 'tags' && removedTags.has(suggested.value))) return 'declined';
  const ownField = field === 'links' ? undefined : field;
  const isPersons = field !== 'tags' && isOfPerson(state, provenanceField ?? ownField);
  if (isPersons) return 'set_by_person';
  return isPremature || confidence < APPLY_CONFIDENCE[field] ? 'low_confidence' : null;
}

function isOfPerson({ provenance }: EntityState, field: ProvenanceField | undefined): boolean {
  return field !== undefined && provenance[field]?.by === 'person';
}

/** A person's own choice is questioned only by what would have been applied without it. */
function isWorthAsking({ suggested: { field }, confidence }: Proposal, because: SuggestionReason): boolean {
  const bar = because === 'set_by_person' ? APPLY_CONFIDENCE[field] : 0;
  return confidence >= Math.max(bar, SUGGEST_CONFIDENCE[field]);
}

function propose(state: EntityState, analysis: Analysis, { linkedTo }: EnrichmentBasis): Proposal[] {
  return [
    ...proposeNature(state, analysis),
    ...proposeTimes(state, analysis),
    ...proposeTags(state, analysis),
    ...analysis.links
      .filter(({ value: { targetId } }) => targetId !== state.id && !linkedTo.has(targetId))
      .map(({ value, confidence }): Proposal => ({ suggested: { field: 'links', value }, confidence, deltas: [] })),
  ];
}

function proposeNature(state: EntityState, { type, title }: Analysis): Proposal[] {
  const proposals: Proposal[] = [];
  if (type.value !== state.type) {
    const delta: EntityDelta = { type: 'entity.type_changed', data: { oldValue: state.type, newValue: type.value } };
    const { value, confidence } = type;
    proposals.push({ suggested: { field: 'type', value }, confidence, deltas: [delta] });
  }
  if (title.value !== state.title) {
    const delta = titleDelta(state.title, title.value);
    const { value, confidence } = title;
    proposals.push({ suggested: { field: 'title', value }, confidence, deltas: [delta] });
  }
  return proposals;
}

/** When a task is due, or an event takes place: of what it will be, or else of what it might be. */
function proposeTimes(state: EntityState, analysis: Analysis): Proposal[] {
  const type = typeToBe(state, analysis);
  const hasTimes = type === EntityType.task || type === EntityType.event;
  switch (hasTimes ? type : analysis.type.value) {
    case EntityType.task:
      return proposeTask(state, analysis, { isTask: hasTimes });
    case EntityType.event:
      return proposeEvent(state, analysis, { isEvent: hasTimes });
    default:
      return [];
  }
}

function proposeEvent(state: EntityState, { due }: Analysis, { isEvent }: { isEvent: boolean }): Proposal[] {
  const oldValue = state.event?.schedule ?? null;
  if (due === null || (oldValue !== null && isSameDue(startOf(oldValue), due.value))) return [];
  const { value, confidence } = due;
  const delta: EntityDelta = { type: 'event.schedule_set', data: { oldValue, newValue: startingAt(value) } };
  const deltas = [delta];
  return [
    { suggested: { field: 'due', value }, confidence, deltas, provenanceField: 'schedule', isPremature: !isEvent },
  ];
}

function proposeTask(state: EntityState, { due, recurrence }: Analysis, { isTask }: { isTask: boolean }): Proposal[] {
  const proposals: Proposal[] = [];
  const oldDue = state.task?.due ?? null;
  if (due !== null && !isSameDue(due.value, oldDue)) {
    const { value, confidence } = due;
    const delta: EntityDelta = { type: 'task.due_date_set', data: { oldValue: oldDue, newValue: value } };
    proposals.push({ suggested: { field: 'due', value }, confidence, deltas: [delta], isPremature: !isTask });
  }
  const oldValue = state.task?.recurrence ?? null;
  if (recurrence !== null && recurrence.value !== oldValue) {
    const { value, confidence } = recurrence;
    const delta: EntityDelta = { type: 'entity.updated', data: { field: 'recurrence', oldValue, newValue: value } };
    proposals.push({ suggested: { field: 'recurrence', value }, confidence, deltas: [delta], isPremature: !isTask });
  }
  return proposals;
}

function proposeTags(state: EntityState, { tags }: Analysis): Proposal[] {
  const known = new Set(allTags(state));
  return tags.flatMap(({ value, confidence }): Proposal[] => {
    if (known.has(value)) return [];
    known.add(value);
    const delta: EntityDelta = { type: 'entity.tag_added', data: { tag: value } };
    return [{ suggested: { field: 'tags', value }, confidence, deltas: [delta] }];
  });
}

/** What it is once the analysis is applied: what it makes something else of is not due on the way. */
function typeToBe(state: EntityState, { type }: Analysis): EntityType {
  const isDeclined = state.suggestions.some(
    ({ status, suggested }) =>
      status === SuggestionStatus.declined && suggested.field === 'type' && suggested.value === type.value,
  );
  const mayChange = !isDeclined && state.provenance.type?.by !== 'person' && type.confidence >= APPLY_CONFIDENCE.type;
  return mayChange ? type.value : state.type;
}

/** The tags that a person, and nobody since, took away from an entity; an analysis does not bring them back. */
export function tagsRemovedByPerson(events: Iterable<ReadEvent>): Set<string> {
  const removed = new Set<string>();
  for (const event of events) {
    if (!isEntityEvent(event)) continue;
    if (event.type === 'entity.tag_added') removed.delete(event.data.tag);
    if (event.type === 'entity.tag_removed' && provenanceOf(event).by === 'person') removed.add(event.data.tag);
  }
  return removed;
}
