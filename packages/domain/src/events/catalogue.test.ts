import { expect, test } from 'vitest';
import { ValidationFailed } from '../errors.ts';
import { aggregateTypeSchema } from '../vocabulary.ts';
import { eventCatalogue, eventNames, isEventName, parseEventDelta } from './catalogue.ts';

test.each(eventNames)('%s is declared under its own name, in the form aggregate.action', (name) => {
  expect(name).toMatch(/^[a-z]+\.[a-z]+(_[a-z]+)*$/);
  expect(eventCatalogue[name].name).toBe(name);
  expect(aggregateTypeSchema.parse(eventCatalogue[name].aggregateType)).toBe(eventCatalogue[name].aggregateType);
});

test('an event that is not known, of another version or of another shape is refused', () => {
  const data = { oldValue: 'a', newValue: 'b' };
  expect(parseEventDelta('entity.title_changed', 1, data)).toEqual({ type: 'entity.title_changed', data });
  expect(() => parseEventDelta('entity.painted', 1, {})).toThrow(ValidationFailed);
  expect(() => parseEventDelta('toString', 1, {})).toThrow(ValidationFailed);
  expect(() => parseEventDelta('entity.title_changed', 2, data)).toThrow(/schemaVersion/);
  expect(() => parseEventDelta('entity.title_changed', 1, { ...data, extra: 1 })).toThrow(ValidationFailed);
  expect(() => parseEventDelta('entity.title_changed', 1, { oldValue: 'a' })).toThrow(/data\.newValue/);
  expect(isEventName('__proto__')).toBe(false);
});
