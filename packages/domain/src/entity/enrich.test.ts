import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anAnalysis, anEvent, presentState, randomHistory } from '../testing/random-history.ts';
import { APPLY_CONFIDENCE, decideEnrich } from './enrich.ts';
import type { EntityState } from './entity-state.ts';
import { evolveEntity } from './evolve.ts';

function enriched(state: EntityState, deltas: ReturnType<typeof decideEnrich>): EntityState {
  const metadata = {
    actor: { kind: 'workflow', id: 'test' },
    command: 'ai.enrich',
    ai: { model: 'm', inputChecksum: 'c' },
  } as const;
  return deltas.reduce(
    (present, { delta }) => evolveEntity(present, anEvent(delta, { version: present.version + 1, metadata })),
    state,
  );
}

test('what a person chose is never changed by an analysis', () => {
  fc.assert(
    fc.property(randomHistory(), anAnalysis, (history, analysis) => {
      const state = presentState(history);
      const after = enriched(state, decideEnrich(state, analysis, state.file?.checksum ?? ''));
      const isPersons = (field: 'title' | 'type' | 'due' | 'recurrence') => state.provenance[field]?.by === 'person';
      if (isPersons('title')) expect(after.title).toBe(state.title);
      if (isPersons('type')) expect(after.type).toBe(state.type);
      if (isPersons('due')) expect(after.task?.due).toEqual(state.task?.due);
      if (isPersons('recurrence')) expect(after.task?.recurrence).toBe(state.task?.recurrence);
      expect(after.tags).toEqual(expect.arrayContaining([...state.tags]));
    }),
  );
});

test('an analysis of other content, or of something in the trash, changes nothing', () => {
  fc.assert(
    fc.property(randomHistory(), anAnalysis, (history, analysis) => {
      const state = presentState(history);
      expect(decideEnrich(state, analysis, 'e'.repeat(64))).toEqual([]);
      const deleted = { ...state, deletedAt: new Date(0) };
      expect(decideEnrich(deleted, analysis, state.file?.checksum ?? '')).toEqual([]);
    }),
  );
});

test('nothing is applied that the analysis is not sure enough of, and what is left is said', () => {
  fc.assert(
    fc.property(randomHistory(), anAnalysis, (history, analysis) => {
      const state = presentState(history);
      if (state.file === null || state.deletedAt !== null) return;
      const deltas = decideEnrich(state, analysis, state.file.checksum);
      const after = enriched(state, deltas);
      if (analysis.type.confidence < APPLY_CONFIDENCE.type) expect(after.type).toBe(state.type);
      const closing = deltas.at(-1)?.delta;
      if (closing?.type !== 'ai.enrichment_applied') throw new Error('An enrichment is closed by its own event.');
      const { applied, left } = closing.data;
      const wantsType = analysis.type.value !== state.type;
      expect(wantsType).toBe(applied.includes('type') || left.some(({ field }) => field === 'type'));
    }),
  );
});
