import fc from 'fast-check';
import type { ContentNames } from '../entity/content-names.ts';
import {
  decideAddTag,
  decideChangeContent,
  decideChangeTask,
  decideChangeTitle,
  decideChangeType,
  decideCreate,
  decideDelete,
  decideRemind,
  decideRemoveTag,
  decideRestore,
  type EntityDelta,
  type NewEntity,
} from '../entity/decide.ts';
import { decideChangeEvent } from '../entity/decide-event.ts';
import { decideAcceptSuggestion, decideDeclineSuggestion } from '../entity/decide-suggestion.ts';
import { decideEnrich, type EnrichmentBasis } from '../entity/enrich.ts';
import type { EntityState } from '../entity/entity-state.ts';
import type { EventChange } from '../entity/event-deltas.ts';
import { evolveEntity, NEW_EVENT, NEW_TASK } from '../entity/evolve.ts';
import { decideFetchedPage, decidePageFailure } from '../entity/page.ts';
import { decisionOn, type Suggestion } from '../entity/suggestion.ts';
import type { NextOccurrence, Occurrence, TaskChange } from '../entity/task-deltas.ts';
import { Unprocessable, ValidationFailed } from '../errors.ts';
import type { Analysis } from '../events/ai-events.ts';
import type { FileReference } from '../events/entity-events.ts';
import type { EntityEvent, EventMetadata } from '../events/stored-event.ts';
import { EntityId, type IdSource, UserId } from '../ids.ts';
import { type Due, EntityType, TaskStatus } from '../vocabulary.ts';

/*
 * Random histories: what people and workflows could do to one entity, decided and folded by the real rules.
 */

/** Something that somebody wants of an entity. */
export type Command =
  | { readonly do: 'title'; readonly title: string }
  | { readonly do: 'type'; readonly type: EntityType }
  | { readonly do: 'content'; readonly file: FileReference }
  | { readonly do: 'tag' | 'untag'; readonly tag: string }
  | { readonly do: 'task'; readonly change: TaskChange }
  | { readonly do: 'event'; readonly change: EventChange }
  /** So many minutes after the last event, the reminders of then. */
  | { readonly do: 'remind'; readonly minutes: number }
  | { readonly do: 'delete' | 'restore' }
  | { readonly do: 'read'; readonly names: ContentNames }
  | { readonly do: 'enrich'; readonly analysis: Analysis; readonly isCurrent: boolean }
  | { readonly do: 'page'; readonly readable: FileReference | null; readonly isFound: boolean }
  /** Of all suggestions that were ever made, counted around. */
  | { readonly do: 'accept' | 'decline'; readonly nth: number };

export const AN_ENTITY = EntityId.parse('01890000-0000-7000-8000-00000000000e');
export const ANOTHER_ENTITY = EntityId.parse('01890000-0000-7000-8000-0000000000e2');
export const A_USER = UserId.parse('01890000-0000-7000-8000-00000000000a');

const A_URL = 'https://example.org/';
const A_PAGE = {
  filePath: 'users/x/attachments/y/page.html',
  fileSize: 9,
  checksum: 'd'.repeat(64),
  preview: 'page',
};
const TITLES = ['Milk', 'Oat milk', 'Garden', 'Überweisung', '牛乳を買う', '🦊'];
const TAGS = ['home', 'work', 'garden', 'überall', 'a b'];
const CONFIDENCES = [0, 0.3, 0.5, 0.9, 1];
const RECURRENCES = ['FREQ=DAILY', 'FREQ=DAILY;COUNT=2', 'FREQ=WEEKLY;BYDAY=MO', null];

const title = fc.constantFrom(...TITLES);
// Tasks have the most rules: with every type as likely, most of what can happen to one would hardly ever happen.
const type = fc.oneof(fc.constant(EntityType.task), fc.constantFrom(...Object.values(EntityType)));
const tag = fc.constantFrom(...TAGS);
const due: fc.Arbitrary<Due> = fc.record({
  date: fc.constantFrom('2026-11-25', '2027-02-28'),
  time: fc.constantFrom(null, '09:30'),
  timezone: fc.constantFrom('UTC', 'Europe/Berlin'),
});
/** What each text names; of the last it was not read when it was stored. */
const NAMES: Readonly<Record<string, ContentNames>> = {
  a: { tags: ['home', 'people/anna'], links: ['Garden', 'Oat milk'] },
  b: { tags: [], links: [] },
};
const file: fc.Arbitrary<FileReference> = fc.constantFrom('a', 'b', 'c').map((letter) => ({
  filePath: `users/x/notes/y/${letter.repeat(32)}.md`,
  fileSize: 7,
  fileType: 'markdown',
  checksum: letter.repeat(64),
  preview: `preview ${letter}`,
  ...(NAMES[letter] === undefined ? {} : { names: NAMES[letter] }),
}));
const names: fc.Arbitrary<ContentNames> = fc.record({
  tags: fc.subarray(TAGS),
  links: fc.subarray(TITLES),
});
const change: fc.Arbitrary<TaskChange> = fc.record(
  {
    status: fc.constantFrom(...Object.values(TaskStatus)),
    priority: fc.constantFrom(0, 1, 2, 3),
    due: fc.option(due),
    recurrence: fc.constantFrom(...RECURRENCES),
    remindAt: fc.option(fc.integer({ min: 1, max: 40 }).map(timeOf)),
  },
  { requiredKeys: [] },
);
const moment = fc.record({ date: fc.constantFrom('2026-11-25', '2026-11-26'), time: fc.constantFrom(null, '09:30') });
const eventChange: fc.Arbitrary<EventChange> = fc.record(
  {
    schedule: fc.option(
      fc.record({ start: moment, end: fc.option(moment), timezone: fc.constantFrom('UTC', 'Europe/Berlin') }),
    ),
    place: fc.constantFrom('Café', 'Online', null),
  },
  { requiredKeys: [] },
);

function guess<Value>(value: fc.Arbitrary<Value>) {
  return fc.record({ value, confidence: fc.constantFrom(...CONFIDENCES) });
}

/** Whatever an analyser might say. */
export const anAnalysis: fc.Arbitrary<Analysis> = fc.record({
  model: fc.constant('test-model'),
  type: guess(type),
  title: guess(title),
  due: fc.option(guess(due)),
  recurrence: fc.option(guess(fc.constant('FREQ=DAILY'))),
  tags: fc.array(guess(tag), { maxLength: 3 }),
  people: fc.constant([]),
  links: fc.array(guess(fc.constant({ targetId: ANOTHER_ENTITY })), { maxLength: 1 }),
});

/** Whatever somebody might want. */
export const aCommand: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ do: fc.constant('title' as const), title }),
  fc.record({ do: fc.constant('type' as const), type }),
  fc.record({ do: fc.constant('content' as const), file }),
  fc.record({ do: fc.constantFrom('tag' as const, 'untag' as const), tag }),
  { arbitrary: fc.record({ do: fc.constant('task' as const), change }), weight: 3 },
  fc.record({ do: fc.constant('event' as const), change: eventChange }),
  fc.record({ do: fc.constant('remind' as const), minutes: fc.integer({ min: 0, max: 40 }) }),
  fc.record({ do: fc.constantFrom('delete' as const, 'restore' as const) }),
  { arbitrary: fc.record({ do: fc.constantFrom('accept' as const, 'decline' as const), nth: fc.nat(9) }), weight: 2 },
  fc.record({ do: fc.constant('read' as const), names }),
  fc.record({ do: fc.constant('enrich' as const), analysis: anAnalysis, isCurrent: fc.boolean() }),
  fc.record({ do: fc.constant('page' as const), readable: fc.option(file), isFound: fc.boolean() }),
);

const aCreation: fc.Arbitrary<NewEntity> = fc
  .record(
    {
      type,
      title,
      given: fc.subarray(['type', 'title'] as const).map((given) => [...given]),
      file,
      tags: fc.array(tag, { maxLength: 4 }),
      task: change.map(({ remindAt: _remindAt, ...rest }) => rest),
      analysis: fc.constant({ now: new Date(Date.UTC(2026, 10, 1)), timezone: 'Europe/Berlin' }),
      page: fc.constant({ url: A_URL }),
    },
    { requiredKeys: ['type', 'title', 'given', 'file'] },
  )
  .map(({ task, ...entity }) => (entity.type === 'task' && task !== undefined ? { ...entity, task } : entity));

/** One entity's life: its events, and the state after each of them. */
export interface History {
  readonly events: EntityEvent[];
  readonly states: EntityState[];
}

/** Lives of entities, from a creation and up to `maxCommands` commands; what is refused does not happen. */
export function randomHistory({ maxCommands = 25 }: { maxCommands?: number } = {}): fc.Arbitrary<History> {
  return fc.tuple(aCreation, fc.array(aCommand, { maxLength: maxCommands })).map(([creation, commands]) => {
    const history: History = { events: [], states: [] };
    for (const delta of decideCreate(creation, { now: timeOf(1) })) record(history, delta, byPerson('create'));
    for (const command of commands) {
      for (const { delta, metadata } of decided(presentState(history), command)) record(history, delta, metadata);
    }
    return history;
  });
}

/** The state after the last event. */
export function presentState({ states }: History): EntityState {
  const state = states.at(-1);
  if (state === undefined) throw new Error('A history begins with a creation.');
  return state;
}

/** What a command leads to in this state; nothing if it is refused. */
export function decided(state: EntityState, command: Command): { delta: EntityDelta; metadata: EventMetadata }[] {
  try {
    if (command.do === 'page') {
      return decidePage(state, command).map((delta) => ({ delta, metadata: byWorkflow('fetch-page') }));
    }
    if (command.do === 'accept') {
      const { checksum } = suggestionAt(state, command.nth);
      return decide(state, command).map((delta) => ({ delta, metadata: byAcceptance(checksum) }));
    }
    if (command.do === 'remind') {
      return decide(state, command).map((delta) => ({ delta, metadata: byWorkflow('remind') }));
    }
    if (command.do !== 'enrich') {
      return decide(state, command).map((delta) => ({ delta, metadata: byPerson(command.do) }));
    }
    const checksum = command.isCurrent ? (state.file?.checksum ?? '') : 'f'.repeat(64);
    const { deltas } = decideEnrich(state, command.analysis, aBasis(state, { checksum }));
    return deltas.map(({ delta }) => ({ delta, metadata: byModel(checksum) }));
  } catch (error) {
    if (error instanceof Unprocessable || error instanceof ValidationFailed) return [];
    throw error;
  }
}

/** What a person's command leads to in this state; throws as its decision does. */
export function decide(state: EntityState, command: Exclude<Command, { do: 'enrich' | 'page' }>): EntityDelta[] {
  switch (command.do) {
    case 'title':
      return decideChangeTitle(state, command.title);
    case 'type':
      return decideChangeType(state, command.type);
    case 'content':
      return decideChangeContent(state, command.file);
    case 'tag':
      return decideAddTag(state, command.tag);
    case 'untag':
      return decideRemoveTag(state, command.tag);
    case 'task':
      return decideChangeTask(state, command.change, { now: timeOf(state.version + 1), nextOccurrence: aDayLater });
    case 'event':
      return decideChangeEvent(state, command.change);
    case 'remind':
      return decideRemind(state, { now: timeOf(state.version + command.minutes) });
    case 'delete':
      return decideDelete(state);
    case 'restore':
      return decideRestore(state);
    case 'read': {
      const { file } = state;
      if (file === null || file.names !== undefined) return [];
      return [{ type: 'entity.content_read', data: { checksum: file.checksum, names: command.names } }];
    }
    case 'accept': {
      const { id } = suggestionAt(state, command.nth);
      return decideAcceptSuggestion(state, id, { now: timeOf(state.version + 1) })?.deltas ?? [];
    }
    case 'decline':
      return decideDeclineSuggestion(state, suggestionAt(state, command.nth).id)?.deltas ?? [];
  }
}

/** The day after; of a rule that counts, as often as is left. */
function aDayLater({ due, recurrence, remindAt }: Parameters<NextOccurrence>[0]): Occurrence | null {
  const left = Number(/COUNT=(\d+)/.exec(recurrence)?.[1] ?? 99);
  if (left <= 1) return null;
  const day = new Date(Date.parse(due?.date ?? '2026-11-25') + 24 * 60 * 60_000).toISOString().slice(0, 10);
  const next = due ?? { time: null, timezone: 'UTC' };
  return {
    due: { ...next, date: day },
    recurrence: recurrence.replace(/COUNT=\d+/, `COUNT=${left - 1}`),
    remindAt: remindAt === null ? null : new Date(remindAt.getTime() + 24 * 60 * 60_000),
  };
}

function decidePage(state: EntityState, { readable, isFound }: Extract<Command, { do: 'page' }>): EntityDelta[] {
  const checksum = state.file?.checksum ?? '';
  if (!isFound) return decidePageFailure(state, { url: A_URL, reason: 'It is gone.' }, checksum);
  const original = { ...A_PAGE, fileType: 'html' } as const;
  const found = { url: A_URL, finalUrl: A_URL, fetchedAt: timeOf(state.version), title: 'A page' };
  return decideFetchedPage(state, { ...found, original, readable }, checksum);
}

function suggestionAt({ suggestions }: EntityState, nth: number): Suggestion {
  const suggestion = suggestions[nth % suggestions.length];
  if (suggestion === undefined) throw new Unprocessable('Nothing was ever suggested.');
  return suggestion;
}

/** What a decision on an analysis rests on, for an entity that nobody linked or took a tag from. */
export function aBasis(state: EntityState, basis: Partial<EnrichmentBasis> = {}): EnrichmentBasis {
  const checksum = state.file?.checksum ?? '';
  return { checksum, removedTags: new Set(), linkedTo: new Set(), ids: idsAfter(state), ...basis };
}

/** The same ids for the same state, and others after it. */
function idsAfter({ version }: EntityState): IdSource {
  let drawn = 0;
  return {
    next: () => {
      drawn += 1;
      return `01890000-0000-7000-9000-${version.toString(16).padStart(6, '0')}${drawn.toString(16).padStart(6, '0')}`;
    },
  };
}

function record(history: History, delta: EntityDelta, metadata: EventMetadata): void {
  const event = anEvent(delta, { version: history.events.length + 1, metadata });
  history.events.push(event);
  history.states.push(evolveEntity(history.states.at(-1) ?? null, event));
}

/** An event of `AN_ENTITY`. */
export function anEvent(
  delta: EntityDelta,
  { version, metadata }: { version: number; metadata?: EventMetadata },
): EntityEvent {
  return {
    ...delta,
    aggregateId: AN_ENTITY,
    userId: A_USER,
    version,
    timestamp: timeOf(version),
    metadata: metadata ?? byPerson('test'),
  };
}

/** The state after some more deltas, a minute apart. */
export function replay(state: EntityState, deltas: readonly EntityDelta[]): EntityState {
  let present = state;
  for (const delta of deltas) present = evolveEntity(present, anEvent(delta, { version: present.version + 1 }));
  return present;
}

/** What of a state is the thing itself, and not when and by whom it was last changed: equal after an undo. */
export function sameContent({ type, title, file, tags, task, event, deletedAt }: EntityState) {
  // Nobody is reminded again of what has passed, whatever is undone.
  const { awaitsReminder: _awaitsReminder, ...taskContent } = task ?? NEW_TASK;
  // What a text names may have been read since; it follows from the text.
  const { names: _names, ...written } = file ?? {};
  return {
    type,
    title,
    file: written,
    tags,
    task: taskContent,
    event: event ?? NEW_EVENT,
    isDeleted: deletedAt !== null,
  };
}

/** As `sameContent`, with what was decided on what was suggested: undone, too, but not reverted. */
export function sameContentAndDecisions(state: EntityState) {
  const decisions = state.suggestions
    .map((suggestion) => [suggestion.id, decisionOn(suggestion)])
    .filter(([, decision]) => decision !== 'withdrawn');
  return { ...sameContent(state), decisions };
}

/** When the event of this version happens: one a minute. */
export function timeOf(version: number): Date {
  return new Date(Date.UTC(2026, 10, 1) + version * 60_000);
}

function byPerson(command: string): EventMetadata {
  return { actor: { kind: 'user', id: A_USER }, command };
}

function byWorkflow(id: string): EventMetadata {
  return { actor: { kind: 'workflow', id }, command: id };
}

function byAcceptance(inputChecksum: string): EventMetadata {
  const ai = { model: 'test-model', inputChecksum, confidence: 0.4, isAccepted: true } as const;
  return { ...byPerson('ai.suggestions.accept'), ai };
}

function byModel(inputChecksum: string): EventMetadata {
  return {
    actor: { kind: 'workflow', id: 'enrich-capture' },
    command: 'ai.enrich',
    ai: { model: 'test-model', inputChecksum, confidence: 0.9 },
  };
}
