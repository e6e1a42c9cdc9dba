import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Unprocessable } from '../errors.ts';
import { parseEventDelta } from '../events/catalogue.ts';
import type { RelationEvent } from '../events/stored-event.ts';
import { EntityId, RelationId, UserId } from '../ids.ts';
import { RelationType } from '../vocabulary.ts';
import {
  decideCreateRelation,
  decideDeleteRelation,
  decideRestoreRelation,
  evolveRelation,
  foldRelation,
  type RelationDelta,
  type RelationState,
} from './relation.ts';

const id = (digit: number) => `01890000-0000-7000-8000-00000000000${digit}`;
const ends = { type: 'blocks', sourceId: EntityId.parse(id(1)), targetId: EntityId.parse(id(2)) } as const;

const header = (version: number) =>
  ({
    aggregateId: RelationId.parse(id(3)),
    userId: UserId.parse(id(4)),
    version,
    timestamp: new Date(version),
    metadata: { actor: { kind: 'user', id: 'x' }, command: 'test' },
  }) as const;

function fold(deltas: RelationDelta[]): RelationState {
  let state: RelationState | null = null;
  deltas.forEach((delta, index) => {
    const event: RelationEvent = { ...header(index + 1), ...delta };
    state = evolveRelation(state, event);
  });
  if (state === null) throw new Error('Nothing was folded.');
  return state;
}

test('a relation is what was decided, until it is deleted', () => {
  const created = fold(decideCreateRelation(ends));
  expect(created).toMatchObject({ ...ends, version: 1, deletedAt: null });
  const deleted = fold([...decideCreateRelation(ends), ...decideDeleteRelation(created)]);
  expect(deleted).toMatchObject({ ...ends, version: 2, deletedAt: new Date(2) });
  expect(decideDeleteRelation(deleted)).toEqual([]);
});

test('a relation that was deleted can be restored, once', () => {
  const created = decideCreateRelation(ends);
  const deleted = [...created, ...decideDeleteRelation(fold(created))];
  const restored = [...deleted, ...decideRestoreRelation(fold(deleted))];
  expect(fold(restored)).toMatchObject({ ...ends, version: 3, deletedAt: null });
  expect(decideRestoreRelation(fold(restored))).toEqual([]);
});

test('a relation that was purged is none', () => {
  const events = decideCreateRelation(ends).map((delta, index) => ({ ...header(index + 1), ...delta }));
  expect(foldRelation(events)).toMatchObject(ends);
  expect(foldRelation([...events, { ...header(2), type: 'relation.purged', data: {} }])).toBeNull();
  const erased = { type: 'event.erased', data: { erased: 'a'.repeat(64), eventType: 'relation.created' } } as const;
  expect(foldRelation([{ ...header(1), ...erased }])).toBeNull();
});

test('nothing is related to itself', () => {
  expect(() => decideCreateRelation({ ...ends, targetId: ends.sourceId })).toThrow(Unprocessable);
});

test('a damaged stream is not folded', () => {
  const created = decideCreateRelation(ends);
  const deleted = decideDeleteRelation(fold(created));
  expect(() => fold(deleted)).toThrow(/starts with/);
  expect(() => fold([...created, ...created])).toThrow(/a second time/);
  const state = fold(created);
  const late: RelationEvent = { ...header(3), type: 'relation.deleted', data: {} };
  expect(() => evolveRelation(state, late)).toThrow(/version 3 after 1/);
  expect(() => evolveRelation(null, late)).toThrow(/starts with/);
});

test('every pair of different ends can be related, and the events fit the catalogue', () => {
  const anId = fc.uuid({ version: 7 }).map((text) => EntityId.parse(text));
  const aType = fc.constantFrom(...Object.values(RelationType));
  fc.assert(
    fc.property(aType, anId, anId, (type, sourceId, targetId) => {
      fc.pre(sourceId !== targetId);
      const created = decideCreateRelation({ type, sourceId, targetId });
      const state = fold(created);
      expect(state).toMatchObject({ type, sourceId, targetId });
      for (const delta of [...created, ...decideDeleteRelation(state)]) {
        expect(
          parseEventDelta(delta.type, 1, JSON.parse(JSON.stringify(delta.data)), { timestamp: new Date(0) }),
        ).toEqual(delta);
      }
    }),
  );
});
