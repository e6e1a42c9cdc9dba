import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Analysis } from '../events/ai-events.ts';
import { anAnalysis, anEvent, presentState, randomHistory } from '../testing/random-history.ts';
import type { EntityType } from '../vocabulary.ts';
import type { EntityDelta } from './decide.ts';
import { APPLY_CONFIDENCE, decideEnrich } from './enrich.ts';
import type { EntityState } from './entity-state.ts';
import { evolveEntity } from './evolve.ts';

const aFile = { filePath: 'x', fileSize: 1, fileType: 'markdown', checksum: 'a'.repeat(64), preview: '' } as const;

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

test('an enrichment that is repeated at once only says again that there was one', () => {
  fc.assert(
    fc.property(randomHistory(), anAnalysis, (history, analysis) => {
      const state = presentState(history);
      const checksum = state.file?.checksum ?? '';
      const after = enriched(state, decideEnrich(state, analysis, checksum));
      const again = decideEnrich(after, analysis, checksum).map(({ delta }) => delta.type);
      expect(again).toEqual(state.deletedAt === null ? ['ai.analysis_completed', 'ai.enrichment_applied'] : []);
    }),
  );
});

const due = { date: '2026-11-25', time: null, timezone: 'UTC' };
const aGuess = (type: EntityType, confidence: number): Analysis => ({
  model: 'test-model',
  type: { value: type, confidence },
  title: { value: 'Milk', confidence: 1 },
  due: { value: due, confidence: 1 },
  recurrence: { value: 'FREQ=DAILY', confidence: 1 },
  tags: [],
});

test.each([
  ['a task that stays one', 'task', [], aGuess('task', 1), true],
  ['a note that becomes a task', 'note', [], aGuess('task', 1), true],
  ['a task that becomes a note', 'task', [], aGuess('note', 1), false],
  ['a task that is hardly a note', 'task', [], aGuess('note', 0.1), true],
  ['a note that is hardly a task', 'note', [], aGuess('task', 0.1), false],
  ['a task because a person says so', 'task', ['type'], aGuess('note', 1), true],
  ['a note because a person says so', 'note', ['type'], aGuess('task', 1), false],
] as const)('only what is a task in the end is due: %s', (_, entityType, given, analysis, isDue) => {
  const created: EntityDelta = { type: 'entity.created', data: { entityType, title: 'Milk', given: [...given] } };
  const uploaded = { type: 'entity.file_uploaded', data: aFile } as const;
  const state = evolveEntity(evolveEntity(null, anEvent(created, { version: 1 })), anEvent(uploaded, { version: 2 }));
  const after = enriched(state, decideEnrich(state, analysis, aFile.checksum));
  expect(after.task?.due ?? null).toEqual(isDue ? due : null);
  expect(after.task?.recurrence ?? null).toBe(isDue ? 'FREQ=DAILY' : null);
});

test('a tag that an analysis names twice is added once', () => {
  const created: EntityDelta = { type: 'entity.created', data: { entityType: 'note', title: 'Milk', given: [] } };
  const state = { ...evolveEntity(null, anEvent(created, { version: 1 })), file: aFile };
  const tag = { value: 'home', confidence: 1 };
  const deltas = decideEnrich(state, { ...aGuess('note', 1), tags: [tag, tag] }, aFile.checksum).map(
    ({ delta }) => delta,
  );
  expect(deltas.filter(({ type }) => type === 'entity.tag_added')).toHaveLength(1);
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
