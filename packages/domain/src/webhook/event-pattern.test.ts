import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventNames } from '../events/catalogue.ts';
import { eventPatternSchema, eventTypesOf, isWanted, patternsFor } from './event-pattern.ts';

const anyName = fc.constantFrom(...eventNames);
const anyPattern = anyName.chain((name) => fc.constantFrom(...patternsFor(name)));

test('a pattern is a type, the beginning of some, or all', () => {
  expect(eventTypesOf(['task.*']).every((name) => name.startsWith('task.'))).toBe(true);
  expect(eventTypesOf(['task.*'])).toContain('task.completed');
  expect(eventTypesOf(['*'])).toEqual(eventNames);
  expect(eventTypesOf(['task.completed', 'entity.deleted'])).toEqual(
    eventNames.filter((name) => ['task.completed', 'entity.deleted'].includes(name)),
  );
  for (const refused of ['', '.*', 'task', 'task.', 'tas*', 'task.complete', 'nothing.*', '*.*', '**']) {
    expect(eventPatternSchema.safeParse(refused).success).toBe(false);
  }
});

test('an event is wanted exactly where one of the patterns that it fits is asked for', () => {
  fc.assert(
    fc.property(anyName, fc.array(anyPattern, { maxLength: 4 }), (name, patterns) => {
      for (const pattern of patterns) expect(eventPatternSchema.parse(pattern)).toBe(pattern);
      const fitting = patternsFor(name);
      expect(isWanted(patterns, name)).toBe(patterns.some((pattern) => fitting.includes(pattern)));
      expect(eventTypesOf(patterns).includes(name)).toBe(isWanted(patterns, name));
    }),
  );
});
