import type { TitledEntity } from '@synap/database';
import { EntityId, EntityType } from '@synap/domain';
import { v7 } from 'uuid';
import { expect, test } from 'vitest';
import { findLinks } from './find-links.ts';

const titled = (title: string, { type = EntityType.note, isNamed = true }: Partial<TitledEntity> = {}) => ({
  id: EntityId.parse(v7()),
  title,
  type,
  isNamed,
});
const titles = ['Boiler service 2026 (old)', 'Boiler service', 'Garden', 'garage', 'Milk'].map((title) =>
  titled(title),
);

test.each([
  ['Ask about the Boiler service tomorrow', ['Boiler service'], [0.8]],
  ['ask about the boiler service tomorrow', ['Boiler service'], [0.55]],
  ['See [[Boiler service]] and [[Milk|the Garden]]', [], []],
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
  expect(findLinks('See the Milk', [titled('Milk'), titled('Milk')])).toHaveLength(1);
});

test('a title that nobody gave is only suggested, and a task is what is to be done, not its name', () => {
  const [page, task] = [titled('example.com/bees', { isNamed: false }), titled('Buy milk', { type: EntityType.task })];
  const found = findLinks('Buy milk, read https://www.example.com/bees', [page, task]);
  expect(found).toEqual([{ value: { targetId: page.id }, confidence: 0.4 }]);
});
