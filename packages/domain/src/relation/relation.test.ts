import { expect, test } from 'vitest';
import { Unprocessable } from '../errors.ts';
import type { RelationEvent } from '../events/stored-event.ts';
import { EntityId, RelationId, UserId } from '../ids.ts';
import { decideCreateRelation, decideDeleteRelation, evolveRelation, type RelationState } from './relation.ts';

const id = (digit: number) => `01890000-0000-7000-8000-00000000000${digit}`;
const ends = { type: 'blocks', sourceId: EntityId.parse(id(1)), targetId: EntityId.parse(id(2)) } as const;

function fold(
  deltas: (ReturnType<typeof decideCreateRelation> | ReturnType<typeof decideDeleteRelation>)[number][],
): RelationState {
  let state: RelationState | null = null;
  deltas.forEach((delta, index) => {
    const header = {
      aggregateId: RelationId.parse(id(3)),
      userId: UserId.parse(id(4)),
      version: index + 1,
      timestamp: new Date(index),
      metadata: { actor: { kind: 'user', id: 'x' }, command: 'test' },
    } as const;
    const event: RelationEvent = { ...header, ...delta };
    state = evolveRelation(state, event);
  });
  if (state === null) throw new Error('Nothing was folded.');
  return state;
}

test('a relation is what was decided, until it is deleted', () => {
  const created = fold(decideCreateRelation(ends));
  expect(created).toMatchObject({ ...ends, version: 1, deletedAt: null });
  const deleted = fold([...decideCreateRelation(ends), ...decideDeleteRelation(created)]);
  expect(deleted).toMatchObject({ ...ends, version: 2, deletedAt: new Date(1) });
  expect(decideDeleteRelation(deleted)).toEqual([]);
});

test('nothing is related to itself', () => {
  expect(() => decideCreateRelation({ ...ends, targetId: ends.sourceId })).toThrow(Unprocessable);
});

test('a damaged stream is not folded', () => {
  expect(() => fold(decideDeleteRelation(fold(decideCreateRelation(ends))))).toThrow(/starts with/);
});
