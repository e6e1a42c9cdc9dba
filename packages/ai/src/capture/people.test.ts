import { expect, test } from 'vitest';
import { findPeople } from './people.ts';

test.each([
  ['Ask @Anna about the boiler', [['Anna', 0.9]]],
  ['lunch @tom', [['tom', 0.6]]],
  ['Call Anna tomorrow', [['Anna', 0.45]]],
  ['Lunch with Anna Novak on Friday', [['Anna Novak', 0.45]]],
  ['Call Anna Monday', [['Anna', 0.45]]],
  ['Termin bei Frau Weber', [['Weber', 0.6]]],
  ['Déjeuner avec Luc demain', [['Luc', 0.45]]],
  ['@Anna and call Anna', [['Anna', 0.9]]],
])('names who is meant: %s', (content, people) => {
  expect(findPeople(content).map(({ value, confidence }) => [value, confidence])).toEqual(people);
});

test.each([
  'call @home @phone',
  'write to anna@example.com',
  'npm install @types/node',
  '`@Anna` in code',
  'Cook with Butter',
  'Kuchen mit Zucker backen und Arzt anrufen',
  'Meet Monday',
  'call the bank',
  '',
])('takes nothing else for a person: %s', (content) => {
  expect(findPeople(content)).toEqual([]);
});
