import { EntityId } from '@synap/domain';
import { v7 } from 'uuid';
import { expect, test } from 'vitest';
import { findLinks } from './find-links.ts';

const titled = (title: string) => ({ id: EntityId.parse(v7()), title });
const titles = ['Boiler service 2026 (old)', 'Boiler service', 'Garden', 'garage', 'Milk'].map(titled);

test.each([
  ['Ask about the Boiler service tomorrow', ['Boiler service'], [0.8]],
  ['ask about the boiler service tomorrow', ['Boiler service'], [0.55]],
  ['See [[boiler service]] and [[Milk|the milk]]', ['Boiler service', 'Milk'], [1, 1]],
  ['Water the Garden', ['Garden'], [0.4]],
  ['water the garden, clean the garage', [], []],
  ['Boiler service 2026 (old) is done', ['Boiler service 2026 (old)'], [0.8]],
  ['The Gardener of Milkwood', [], []],
  ['', [], []],
])('links to what is meant: %s', (text, expected, confidences) => {
  const found = findLinks(text, titles);
  expect(found.map(({ value }) => titles.find(({ id }) => id === value.targetId)?.title)).toEqual(expected);
  expect(found.map(({ confidence }) => confidence)).toEqual(confidences);
});

test('of two things with the same title only one is linked to', () => {
  expect(findLinks('See [[Milk]]', [titled('Milk'), titled('Milk')])).toHaveLength(1);
});
