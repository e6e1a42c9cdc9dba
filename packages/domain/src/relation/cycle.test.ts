import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EntityId } from '../ids.ts';
import { RelationType } from '../vocabulary.ts';
import { findCycle, isAcyclic, type RelationEnds } from './cycle.ts';

const ID = Array.from({ length: 8 }, (_, index) => EntityId.parse(`01890000-0000-7000-8000-00000000000${index}`));
const idOf = (index: number): EntityId => {
  const id = ID[index];
  if (id === undefined) throw new Error(`There is no id ${index}.`);
  return id;
};
const link = (from: number, to: number, type: RelationType = 'contains'): RelationEnds => ({
  type,
  sourceId: idOf(from),
  targetId: idOf(to),
});

test('the circle is named from the source of the relation back to it', () => {
  expect(findCycle(link(0, 1), [link(1, 2), link(2, 0), link(1, 3)])).toEqual([0, 1, 2, 0].map(idOf));
  expect(findCycle(link(0, 1), [link(1, 0)])).toEqual([0, 1, 0].map(idOf));
  expect(findCycle(link(0, 1), [link(0, 2), link(2, 1)])).toBeNull();
});

test('only what contains or blocks may not go in a circle, each among its own', () => {
  expect(Object.values(RelationType).filter(isAcyclic)).toEqual(['contains', 'blocks']);
  expect(findCycle(link(0, 1, 'mentions'), [link(1, 0, 'mentions')])).toBeNull();
  expect(findCycle(link(0, 1, 'blocks'), [link(1, 0, 'contains')])).toBeNull();
});

test('where every relation that closes a circle is refused, things can be put in an order', () => {
  const aLink = fc.tuple(fc.nat(7), fc.nat(7)).filter(([from, to]) => from !== to);
  fc.assert(
    fc.property(fc.array(aLink, { maxLength: 40 }), (wanted) => {
      const kept: RelationEnds[] = [];
      for (const [from, to] of wanted) {
        const cycle = findCycle(link(from, to), kept);
        if (cycle === null) kept.push(link(from, to));
        else {
          expect([cycle[0], cycle[1], cycle.at(-1)]).toEqual([idOf(from), idOf(to), idOf(from)]);
          for (const [index, id] of cycle.slice(1, -1).entries()) {
            expect(kept).toContainEqual({ type: 'contains', sourceId: id, targetId: cycle[index + 2] });
          }
        }
      }
      let left = kept;
      for (let round = 0; round < ID.length; round += 1) {
        const sources = new Set(left.map(({ sourceId }) => sourceId));
        left = left.filter(({ targetId }) => sources.has(targetId));
      }
      expect(left).toEqual([]);
    }),
  );
});
