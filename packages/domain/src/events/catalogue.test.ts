import { expect, test } from 'vitest';
import { ValidationFailed } from '../errors.ts';
import { aggregateTypeSchema } from '../vocabulary.ts';
import { eventCatalogue, eventNames, isEventName, parseEventDelta, readEventDelta, upcastersOf } from './catalogue.ts';

test.each(eventNames)('%s is declared under its own name, in the form aggregate.action', (name) => {
  expect(name).toMatch(/^[a-z]+\.[a-z]+(_[a-z]+)*$/);
  expect(eventCatalogue[name].name).toBe(name);
  expect(aggregateTypeSchema.parse(eventCatalogue[name].aggregateType)).toBe(eventCatalogue[name].aggregateType);
});

const event = { timestamp: new Date('2026-11-24T10:00:00.000Z') };

test('an event that is not known, of another version or of another shape is refused', () => {
  const data = { oldValue: 'note', newValue: 'task' };
  const parse = (type: string, schemaVersion: number, value: unknown) =>
    parseEventDelta(type, schemaVersion, value, event);
  expect(parse('entity.type_changed', 1, data)).toEqual({ type: 'entity.type_changed', data });
  expect(() => parse('entity.painted', 1, {})).toThrow(ValidationFailed);
  expect(() => parse('toString', 1, {})).toThrow(ValidationFailed);
  for (const version of [0, 2, -1, 1.5]) {
    expect(() => parse('entity.type_changed', version, data)).toThrow(/schemaVersion/);
  }
  expect(() => parse('entity.type_changed', 1, { ...data, extra: 1 })).toThrow(ValidationFailed);
  expect(() => parse('entity.type_changed', 1, { oldValue: 'note' })).toThrow(/data\.newValue/);
  expect(isEventName('__proto__')).toBe(false);
});

test.each(eventNames)('%s can be read in every version that was ever written', (name) => {
  const versions = Array.from({ length: eventCatalogue[name].schemaVersion - 1 }, (_, index) => String(index + 1));
  expect(Object.keys(upcastersOf(name))).toEqual(versions);
});

const ANALYSIS = {
  model: 'synap-capture-1',
  type: { value: 'task', confidence: 0.9 },
  title: { value: 'Milk', confidence: 0.6 },
  due: null,
  recurrence: null,
  tags: [{ value: 'home', confidence: 1 }],
};

/** Data of older schema versions, as it lies in logs: it must be read for ever. */
const FILE = {
  filePath: 'users/u/notes/n/c.md',
  fileSize: 5,
  fileType: 'markdown',
  checksum: 'c'.repeat(64),
  preview: 'Milk',
};
const GOLDEN = [
  {
    type: 'entity.title_changed',
    schemaVersion: 1,
    data: { oldValue: 'Milk', newValue: 'Oat milk' },
    newest: { oldValue: 'Milk', newValue: 'Oat milk' },
  },
  { type: 'entity.file_uploaded', schemaVersion: 1, data: FILE, newest: FILE },
  {
    type: 'task.completed',
    schemaVersion: 1,
    data: { oldValue: 'in_progress' },
    newest: { oldValue: 'in_progress', completedAt: '2026-11-24T10:00:00.000Z' },
  },
  {
    type: 'ai.analysis_completed',
    schemaVersion: 1,
    data: { checksum: 'a'.repeat(64), analysis: ANALYSIS },
    newest: { checksum: 'a'.repeat(64), analysis: { ...ANALYSIS, people: [], links: [] } },
  },
];

test.each(GOLDEN)('$type of version $schemaVersion is read as the newest', ({ type, schemaVersion, data, newest }) => {
  expect(parseEventDelta(type, schemaVersion, data, event)).toEqual({ type, data: newest });
});

test('there is a golden example of every older version', () => {
  const older = eventNames.flatMap((name) => Object.keys(upcastersOf(name)).map((version) => `${name} ${version}`));
  expect(GOLDEN.map(({ type, schemaVersion }) => `${type} ${schemaVersion}`)).toEqual(older);
});

test('an event whose data was erased is read as that, and cannot be written', () => {
  const data = { erased: 'a'.repeat(64) };
  expect(readEventDelta('entity.title_changed', 1, data, event)).toEqual({
    type: 'event.erased',
    data: { ...data, eventType: 'entity.title_changed' },
  });
  expect(() => parseEventDelta('entity.title_changed', 1, data, event)).toThrow(ValidationFailed);
  expect(() => readEventDelta('entity.title_changed', 1, { erased: 'a' }, event)).toThrow(ValidationFailed);
});
