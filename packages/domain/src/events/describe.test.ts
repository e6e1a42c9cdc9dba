import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EntityId, SuggestionId } from '../ids.ts';
import { randomHistory } from '../testing/random-history.ts';
import { type EventData, type EventDelta, type EventName, eventCatalogue, parseEventDelta } from './catalogue.ts';
import { describeEvent } from './describe.ts';
import type { PlugInEventName } from './plug-in-events.ts';

const checksum = 'a'.repeat(64);
const due = { date: '2026-11-25', time: '09:00', timezone: 'UTC' };
const analysis = {
  model: 'test-model',
  type: { value: 'task', confidence: 0.876 },
  title: { value: 'Milk', confidence: 1 },
  due: null,
  recurrence: null,
  tags: [],
} as const;
const suggestionId = SuggestionId.parse('01890000-0000-7000-8000-000000000003');

/** One of each: a new event type does not compile until its line is here. */
/** Those of kinds that were added read as their names. */
const lines: { [Name in Exclude<EventName, PlugInEventName>]: [data: EventData<Name>, line: string] } = {
  'entity.created': [{ entityType: 'note', title: 'Milk', given: [] }, 'created as note “Milk”'],
  'entity.updated': [{ field: 'recurrence', oldValue: null, newValue: 'FREQ=DAILY' }, 'recurrence none → FREQ=DAILY'],
  'entity.deleted': [{}, 'moved to the trash'],
  'entity.restored': [{}, 'restored from the trash'],
  'entity.title_changed': [{ oldValue: 'Milk', newValue: 'Oat milk' }, 'title “Milk” → “Oat milk”'],
  'entity.type_changed': [{ oldValue: 'note', newValue: 'task' }, 'type note → task'],
  'entity.file_uploaded': [
    { filePath: 'x', fileSize: 7, fileType: 'markdown', checksum, preview: '' },
    'content stored (markdown, 7 bytes)',
  ],
  'entity.file_deleted': [{ filePath: 'x', checksum }, 'content removed'],
  'user.tag_coloured': [{ tag: 'home', oldValue: null, newValue: '#1e90ff' }, 'colour of #home none → #1e90ff'],
  'entity.content_read': [
    { checksum: 'a'.repeat(64), names: { tags: ['home'], links: ['Milk', 'Garden'] } },
    'content read: 1 tags, 2 links in it',
  ],
  'entity.tag_added': [{ tag: 'home' }, 'tagged #home'],
  'entity.tag_removed': [{ tag: 'home' }, 'tag #home removed'],
  'task.status_changed': [{ oldValue: 'todo', newValue: 'in_progress' }, 'status todo → in_progress'],
  'task.completed': [{ oldValue: 'todo', completedAt: '2026-11-24T10:00:00.000Z' }, 'completed'],
  'task.recurred': [
    { oldDue: null, newDue: due, oldRecurrence: 'FREQ=DAILY', newRecurrence: 'FREQ=DAILY' },
    'next occurrence none → 2026-11-25 09:00 UTC',
  ],
  'task.due_date_set': [{ oldValue: null, newValue: due }, 'due date none → 2026-11-25 09:00 UTC'],
  'task.priority_set': [{ oldValue: 0, newValue: 3 }, 'priority 0 → 3'],
  'task.reminder_set': [
    { oldValue: null, newValue: '2026-11-25T08:00:00.000Z' },
    'reminder none → 2026-11-25T08:00:00.000Z',
  ],
  'task.reminded': [{ remindAt: '2026-11-25T08:00:00.000Z' }, 'reminded, as set for 2026-11-25T08:00:00.000Z'],
  'event.schedule_set': [
    {
      oldValue: { start: { date: '2026-11-25', time: null }, end: null, timezone: 'UTC' },
      newValue: {
        start: { date: '2026-11-25', time: '09:00' },
        end: { date: '2026-11-25', time: '10:00' },
        timezone: 'UTC',
      },
    },
    'takes place 2026-11-25 UTC → 2026-11-25 09:00 to 2026-11-25 10:00 UTC',
  ],
  'event.place_set': [{ oldValue: null, newValue: 'Café' }, 'place none → Café'],
  'relation.created': [
    {
      relationType: 'blocks',
      sourceId: EntityId.parse('01890000-0000-7000-8000-000000000001'),
      targetId: EntityId.parse('01890000-0000-7000-8000-000000000002'),
    },
    '01890000-0000-7000-8000-000000000001 blocks 01890000-0000-7000-8000-000000000002',
  ],
  'entity.purged': [{}, 'erased for good'],
  'relation.restored': [{}, 'relation restored'],
  'relation.purged': [{}, 'relation erased for good'],
  'relation.deleted': [{}, 'relation removed'],
  'ai.analysis_requested': [{ checksum, now: '2026-11-24T10:00:00.000Z', timezone: 'UTC' }, 'analysis requested'],
  'ai.analysis_completed': [
    { checksum, analysis: { ...analysis, tags: [], people: [], links: [] } },
    'analysed by test-model: task (88 %)',
  ],
  'ai.enrichment_applied': [{ checksum, applied: ['type', 'tags'], left: [] }, 'enriched: type, tags'],
  'page.fetch_requested': [{ url: 'https://a.example/', checksum }, 'page requested from https://a.example/'],
  'page.fetched': [
    { url: 'https://a.example/', finalUrl: 'https://b.example/', fetchedAt: '2026-11-24T10:00:00.000Z', checksum },
    'page fetched from https://b.example/',
  ],
  'page.fetch_failed': [
    { url: 'https://a.example/', reason: 'It is gone.' },
    'page not fetched from https://a.example/: It is gone.',
  ],
  'ai.suggestion_made': [
    {
      suggestionId,
      suggested: { field: 'due', value: due },
      confidence: 0.42,
      model: 'test-model',
      checksum,
      because: 'low_confidence',
    },
    'suggested by test-model: due date 2026-11-25 09:00 UTC (42 %)',
  ],
  'ai.suggestion_accepted': [
    { suggestionId, suggested: { field: 'type', value: 'task' } },
    'suggestion accepted: type task',
  ],
  'ai.suggestion_declined': [
    { suggestionId, suggested: { field: 'tags', value: 'home' } },
    'suggestion declined: tag #home',
  ],
  'ai.suggestion_reopened': [
    { suggestionId, suggested: { field: 'title', value: 'Milk' } },
    'suggestion open again: title “Milk”',
  ],
  'ai.suggestion_withdrawn': [
    { suggestionId, suggested: { field: 'recurrence', value: 'FREQ=DAILY' } },
    'suggestion withdrawn: recurrence FREQ=DAILY',
  ],
};

test.each(Object.keys(lines) as (keyof typeof lines)[])('%s reads as a line for a person', (name) => {
  const [data, line] = lines[name];
  expect(
    describeEvent(parseEventDelta(name, eventCatalogue[name].schemaVersion, data, { timestamp: new Date(0) })),
  ).toBe(line);
});

test('whatever happens to a thing reads as one line', () => {
  fc.assert(
    fc.property(randomHistory(), ({ events }) => {
      for (const event of events) expect(describeEvent(event)).toMatch(/^\P{Cc}{4,}$/u);
    }),
  );
});

test.each<[EventDelta, string]>([
  [
    { type: 'task.due_date_set', data: { oldValue: { ...due, time: null }, newValue: null } },
    'due date 2026-11-25 UTC → none',
  ],
  [{ type: 'ai.enrichment_applied', data: { checksum, applied: [], left: [] } }, 'enriched: nothing changed'],
])('what is not there is said: %#', (event, line) => {
  expect(describeEvent(event)).toBe(line);
});
