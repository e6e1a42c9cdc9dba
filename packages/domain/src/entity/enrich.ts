import type { Analysis, EnrichableField } from '../events/ai-events.ts';
import { EntityType } from '../vocabulary.ts';
import { type EntityDelta, isSameDue } from './decide.ts';
import type { EntityState } from './entity-state.ts';

/**
 * How sure an analysis must be of a guess for it to be taken over. What is less sure is left as it is and recorded in
 * `ai.enrichment_applied`, where a person finds it. The type has the higher bar: it decides where a thing is shown.
 */
export const APPLY_CONFIDENCE: Readonly<Record<EnrichableField, number>> = {
  type: 0.5,
  title: 0,
  due: 0.5,
  recurrence: 0.5,
  tags: 0.5,
};

/** A change that a guess leads to, with how sure the analysis was of it. */
export interface EnrichmentDelta {
  readonly delta: EntityDelta;
  /** Undefined where the event records the analysis as a whole. */
  readonly confidence: number | undefined;
}

/**
 * What an analysis of the content with `checksum` changes: what is sure enough and was not chosen by a person. Nothing
 * at all if the content has changed since, or the entity is in the trash: the newer content has its own analysis.
 */
export function decideEnrich(state: EntityState, analysis: Analysis, checksum: string): EnrichmentDelta[] {
  if (state.deletedAt !== null || state.file?.checksum !== checksum) return [];
  const proposals = propose(state, analysis);
  const left: { field: EnrichableField; because: 'set_by_person' | 'low_confidence' }[] = [];
  const applied = new Set<EnrichableField>();
  const changes: EnrichmentDelta[] = [];
  for (const { field, confidence, deltas } of proposals) {
    if (state.provenance[field]?.by === 'person' && field !== 'tags') left.push({ field, because: 'set_by_person' });
    else if (confidence < APPLY_CONFIDENCE[field]) left.push({ field, because: 'low_confidence' });
    else {
      applied.add(field);
      for (const delta of deltas) changes.push({ delta, confidence });
    }
  }
  return [
    { delta: { type: 'ai.analysis_completed', data: { checksum, analysis } }, confidence: undefined },
    ...changes,
    {
      delta: { type: 'ai.enrichment_applied', data: { checksum, applied: [...applied], left } },
      confidence: undefined,
    },
  ];
}

interface Proposal {
  readonly field: EnrichableField;
  readonly confidence: number;
  readonly deltas: EntityDelta[];
}

function propose(state: EntityState, analysis: Analysis): Proposal[] {
  const proposals: Proposal[] = [];
  const { type, title, due, recurrence, tags } = analysis;
  if (type.value !== state.type) {
    const delta: EntityDelta = { type: 'entity.type_changed', data: { oldValue: state.type, newValue: type.value } };
    proposals.push({ field: 'type', confidence: type.confidence, deltas: [delta] });
  }
  if (title.value !== state.title) {
    const delta: EntityDelta = { type: 'entity.title_changed', data: { oldValue: state.title, newValue: title.value } };
    proposals.push({ field: 'title', confidence: title.confidence, deltas: [delta] });
  }
  if (willBeTask(state, analysis)) {
    const oldDue = state.task?.due ?? null;
    if (due !== null && !isSameDue(due.value, oldDue)) {
      const delta: EntityDelta = { type: 'task.due_date_set', data: { oldValue: oldDue, newValue: due.value } };
      proposals.push({ field: 'due', confidence: due.confidence, deltas: [delta] });
    }
    const oldValue = state.task?.recurrence ?? null;
    if (recurrence !== null && recurrence.value !== oldValue) {
      const data = { field: 'recurrence' as const, oldValue, newValue: recurrence.value };
      const delta: EntityDelta = { type: 'entity.updated', data };
      proposals.push({ field: 'recurrence', confidence: recurrence.confidence, deltas: [delta] });
    }
  }
  const known = new Set(state.tags);
  for (const tag of tags) {
    if (known.has(tag.value)) continue;
    known.add(tag.value);
    const delta: EntityDelta = { type: 'entity.tag_added', data: { tag: tag.value } };
    proposals.push({ field: 'tags', confidence: tag.confidence, deltas: [delta] });
  }
  return proposals;
}

/** Only tasks are due: what the analysis makes something else of gets no due date on the way. */
function willBeTask(state: EntityState, { type }: Analysis): boolean {
  const mayChange = state.provenance.type?.by !== 'person' && type.confidence >= APPLY_CONFIDENCE.type;
  return (mayChange ? type.value : state.type) === EntityType.task;
}
