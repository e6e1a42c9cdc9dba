import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Analysis } from '../events/ai-events.ts';
import type { EventMetadata } from '../events/stored-event.ts';
import { CorrelationId } from '../ids.ts';
import {
  ANOTHER_ENTITY,
  aBasis,
  aCommand,
  anAnalysis,
  anEvent,
  type Command,
  decided,
  type History,
  presentState,
  randomHistory,
  replay,
} from '../testing/random-history.ts';
import type { UndoableEvent } from '../undo/undo.ts';
import { decideUndoEntity } from '../undo/undo-entity.ts';
import type { EntityType } from '../vocabulary.ts';
import type { EntityDelta } from './decide.ts';
import {
  APPLY_CONFIDENCE,
  decideEnrich,
  type EnrichmentBasis,
  type EnrichmentDelta,
  tagsRemovedByPerson,
} from './enrich.ts';
import type { EntityState } from './entity-state.ts';
import { startOf } from './event-deltas.ts';
import { evolveEntity } from './evolve.ts';

const aFile = { filePath: 'x', fileSize: 1, fileType: 'markdown', checksum: 'a'.repeat(64), preview: '' } as const;

const enrich = (state: EntityState, analysis: Analysis, basis: Partial<EnrichmentBasis> = {}) =>
  decideEnrich(state, analysis, aBasis(state, basis)).deltas;

function enriched(state: EntityState, deltas: EnrichmentDelta[]): EntityState {
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
      const after = enriched(state, enrich(state, analysis));
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
      const after = enriched(state, enrich(state, analysis));
      const again = enrich(after, analysis).map(({ delta }) => delta.type);
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
  people: [],
  links: [],
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
  const after = enriched(state, enrich(state, analysis));
  expect(after.task?.due ?? null).toEqual(isDue ? due : null);
  expect(after.task?.recurrence ?? null).toBe(isDue ? 'FREQ=DAILY' : null);
});

test('a tag that an analysis names twice is added once', () => {
  const created: EntityDelta = { type: 'entity.created', data: { entityType: 'note', title: 'Milk', given: [] } };
  const state = { ...evolveEntity(null, anEvent(created, { version: 1 })), file: aFile };
  const tag = { value: 'home', confidence: 1 };
  const deltas = enrich(state, { ...aGuess('note', 1), tags: [tag, tag] }).map(({ delta }) => delta);
  expect(deltas.filter(({ type }) => type === 'entity.tag_added')).toHaveLength(1);
});

test('an analysis of other content, or of something in the trash, changes nothing', () => {
  fc.assert(
    fc.property(randomHistory(), anAnalysis, (history, analysis) => {
      const state = presentState(history);
      expect(enrich(state, analysis, { checksum: 'e'.repeat(64) })).toEqual([]);
      const deleted = { ...state, deletedAt: new Date(0) };
      expect(enrich(deleted, analysis)).toEqual([]);
    }),
  );
});

test('nothing is applied that the analysis is not sure enough of, and what is left is said', () => {
  fc.assert(
    fc.property(randomHistory(), anAnalysis, (history, analysis) => {
      const state = presentState(history);
      if (state.file === null || state.deletedAt !== null) return;
      const deltas = enrich(state, analysis);
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

/** What people and analyses may do in turn, and the undo of any of it: of the nth, counted around. */
type Doing = Command | { readonly do: 'undo'; readonly nth: number };

const aLife: fc.Arbitrary<Doing[]> = fc.array(
  fc.oneof(
    { arbitrary: aCommand, weight: 3 },
    { arbitrary: fc.record({ do: fc.constantFrom('accept' as const, 'decline' as const), nth: fc.nat(9) }), weight: 3 },
    {
      arbitrary: fc.record({ do: fc.constant('enrich' as const), analysis: anAnalysis, isCurrent: fc.constant(true) }),
      weight: 4,
    },
    { arbitrary: fc.record({ do: fc.constant('undo' as const), nth: fc.nat(14) }), weight: 1 },
  ),
  { maxLength: 15 },
);

interface Step {
  readonly command: Doing;
  readonly before: EntityState;
  readonly after: EntityState;
  readonly deltas: readonly EntityDelta[];
}

function live(history: History, commands: readonly Doing[], onStep: (step: Step) => void): void {
  const events: UndoableEvent[] = history.events.map((event) => ({ ...event, correlationId: correlation(99) }));
  let state = presentState(history);
  for (const [index, command] of commands.entries()) {
    const before = state;
    const done = whatHappens(before, command, { events, index });
    for (const { delta, metadata } of done) {
      const event = anEvent(delta, { version: state.version + 1, ...(metadata === undefined ? {} : { metadata }) });
      events.push({ ...event, correlationId: correlation(index) });
      state = evolveEntity(state, event);
    }
    onStep({ command, before, after: state, deltas: done.map(({ delta }) => delta) });
  }
}

function whatHappens(
  state: EntityState,
  command: Doing,
  { events, index }: { events: readonly UndoableEvent[]; index: number },
): { delta: EntityDelta; metadata?: EventMetadata }[] {
  if (command.do !== 'undo') return decided(state, command);
  if (index === 0) return [];
  const options = { correlationId: correlation(command.nth % index) };
  return decideUndoEntity(events, options, { now: new Date(0) }).deltas.map((delta) => ({ delta }));
}

const correlation = (index: number) =>
  CorrelationId.parse(`01890000-0000-7000-8000-0000000001${String(index).padStart(2, '0')}`);

test('whatever people and analyses do in turn, no analysis changes what a person chose or accepted', () => {
  fc.assert(
    fc.property(randomHistory({ maxCommands: 5 }), aLife, (history, commands) => {
      live(history, commands, ({ command, before, after }) => {
        if (command.do !== 'enrich') return;
        for (const field of ['title', 'type', 'due', 'recurrence'] as const) {
          if (before.provenance[field]?.by === 'person') expect(fieldOf(after, field)).toEqual(fieldOf(before, field));
        }
        if (before.provenance.schedule?.by === 'person') expect(after.event).toEqual(before.event);
        for (const { id, status } of before.suggestions) {
          const now = after.suggestions.find((suggestion) => suggestion.id === id)?.status;
          expect(now).toBe(status === 'open' && now === 'superseded' ? now : status);
        }
      });
    }),
  );
});

function fieldOf(state: EntityState, field: 'title' | 'type' | 'due' | 'recurrence'): unknown {
  return field === 'title' || field === 'type' ? state[field] : (state.task?.[field] ?? null);
}

test('what a person declined is neither suggested nor applied again, by whatever model', () => {
  fc.assert(
    fc.property(randomHistory({ maxCommands: 5 }), aLife, (history, commands) => {
      live(history, commands, ({ command, before, deltas }) => {
        if (command.do !== 'enrich') return;
        const declined = before.suggestions
          .filter(({ status }) => status === 'declined')
          .map(({ suggested }) => JSON.stringify(suggested));
        const came = deltas.flatMap((delta): { field: string; value: unknown }[] => {
          if (delta.type === 'ai.suggestion_made') return [delta.data.suggested];
          if (delta.type === 'entity.type_changed') return [{ field: 'type', value: delta.data.newValue }];
          if (delta.type === 'entity.title_changed') return [{ field: 'title', value: delta.data.newValue }];
          if (delta.type === 'task.due_date_set') return [{ field: 'due', value: delta.data.newValue }];
          if (delta.type === 'event.schedule_set' && delta.data.newValue !== null) {
            return [{ field: 'due', value: startOf(delta.data.newValue) }];
          }
          return delta.type === 'entity.tag_added' ? [{ field: 'tags', value: delta.data.tag }] : [];
        });
        for (const one of came) expect(declined).not.toContain(JSON.stringify(one));
      });
    }),
  );
});

test('a person who accepts gets exactly what was suggested, and it is theirs', () => {
  let accepted = 0;
  fc.assert(
    fc.property(randomHistory({ maxCommands: 5 }), aLife, (history, commands) => {
      live(history, commands, ({ command, after, deltas: [first] }) => {
        if (command.do !== 'accept' || first?.type !== 'ai.suggestion_accepted') return;
        accepted += 1;
        const { field, value } = first.data.suggested;
        if (field === 'links') return;
        if (field === 'tags') expect(after.tags).toContain(value);
        else {
          const isSchedule = field === 'due' && after.type === 'event';
          const { schedule = null } = after.event ?? {};
          expect(isSchedule ? schedule && startOf(schedule) : fieldOf(after, field)).toEqual(value);
          const provenance = after.provenance[isSchedule ? 'schedule' : field];
          expect(provenance).toMatchObject({ by: 'person', model: 'test-model' });
        }
      });
    }),
    { numRuns: 500 },
  );
  expect(accepted).toBeGreaterThan(50);
});

test('of one field there is one open suggestion at the most, of content that is there', () => {
  fc.assert(
    fc.property(randomHistory({ maxCommands: 5 }), aLife, (history, commands) => {
      live(history, commands, ({ after }) => {
        const open = after.suggestions.filter(({ status }) => status === 'open');
        const fields = open.map(({ suggested }) =>
          suggested.field === 'tags' || suggested.field === 'links' ? JSON.stringify(suggested) : suggested.field,
        );
        expect(fields).toEqual([...new Set(fields)]);
        for (const { checksum } of open) expect(checksum).toBe(after.file?.checksum);
      });
    }),
  );
});

test('a tag that a person took away, and a link that is or was there, do not come back', () => {
  const created: EntityDelta = { type: 'entity.created', data: { entityType: 'note', title: 'Milk', given: [] } };
  const state = { ...evolveEntity(null, anEvent(created, { version: 1 })), file: aFile };
  const analysis = {
    ...aGuess('note', 1),
    tags: [{ value: 'home', confidence: 1 }],
    links: [{ value: { targetId: ANOTHER_ENTITY }, confidence: 1 }],
  };
  const removal = anEvent({ type: 'entity.tag_removed', data: { tag: 'home' } }, { version: 3 });
  const back = anEvent({ type: 'entity.tag_added', data: { tag: 'home' } }, { version: 4 });
  expect(tagsRemovedByPerson([removal])).toEqual(new Set(['home']));
  expect(tagsRemovedByPerson([removal, back])).toEqual(new Set());
  expect(decideEnrich(state, analysis, aBasis(state)).links).toHaveLength(1);
  const basis = aBasis(state, { removedTags: new Set(['home']), linkedTo: new Set([ANOTHER_ENTITY]) });
  const { deltas, links } = decideEnrich(state, analysis, basis);
  expect(links).toEqual([]);
  expect(deltas.map(({ delta }) => delta.type)).not.toContain('entity.tag_added');
  expect(deltas.map(({ delta }) => delta.type)).not.toContain('ai.suggestion_made');
});

test('when a captured event is due is when it takes place, unless a person has said so', () => {
  const created: EntityDelta = { type: 'entity.created', data: { entityType: 'note', title: 'Milk', given: [] } };
  const state = { ...evolveEntity(null, anEvent(created, { version: 1 })), file: aFile };
  const due = { date: '2026-11-25', time: '19:00', timezone: 'Europe/Berlin' };
  const analysis = { ...aGuess('event', 1), due: { value: due, confidence: 1 } };
  const schedule = { start: { date: '2026-11-25', time: '19:00' }, end: null, timezone: 'Europe/Berlin' };
  expect(enriched(state, enrich(state, analysis))).toMatchObject({
    type: 'event',
    event: { schedule, place: null },
    task: null,
  });
  const own = { ...schedule, start: { date: '2026-12-01', time: null } };
  const byPerson = replay({ ...state, type: 'event' }, [
    { type: 'event.schedule_set', data: { oldValue: null, newValue: own } },
  ]);
  const after = enriched(byPerson, enrich(byPerson, analysis));
  expect(after.event?.schedule).toEqual(own);
  expect(after.suggestions).toMatchObject([{ suggested: { field: 'due', value: due }, because: 'set_by_person' }]);
});
