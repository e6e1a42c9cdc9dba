import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CorrelationId, EntityId } from '../ids.ts';
import {
  decideCreateRelation,
  decideDeleteRelation,
  decideRestoreRelation,
  foldRelation,
  type RelationDelta,
} from '../relation/relation.ts';
import { A_USER, timeOf } from '../testing/random-history.ts';
import type { UndoableEvent } from './undo.ts';
import { decideUndoRelation } from './undo-relation.ts';

const ID = '01890000-0000-7000-8000-0000000000e0';
const OTHERS = CorrelationId.parse('01890000-0000-7000-8000-0000000000f0');
const UNDONE = CorrelationId.parse('01890000-0000-7000-8000-0000000000f1');
const UNDO = CorrelationId.parse('01890000-0000-7000-8000-0000000000f2');
const ends = {
  type: 'blocks',
  sourceId: EntityId.parse('01890000-0000-7000-8000-0000000000e1'),
  targetId: EntityId.parse('01890000-0000-7000-8000-0000000000e2'),
} as const;

const append = (events: readonly UndoableEvent[], deltas: readonly RelationDelta[], correlationId: CorrelationId) => [
  ...events,
  ...deltas.map((delta, index): UndoableEvent => {
    const version = events.length + index + 1;
    const metadata = { actor: { kind: 'user' as const, id: 'x' }, command: 'test' };
    return { ...delta, aggregateId: ID, userId: A_USER, version, timestamp: timeOf(version), metadata, correlationId };
  }),
];
const isThere = (events: readonly UndoableEvent[]) => foldRelation(events)?.deletedAt === null;

/** A life of deletions and restorations, by whomever. */
const aLife = fc.array(fc.constantFrom(OTHERS, UNDONE), { minLength: 1, maxLength: 6 }).map((correlations) => {
  let events: UndoableEvent[] = [];
  for (const correlationId of correlations) {
    const state = foldRelation(events);
    const deltas =
      state === null
        ? decideCreateRelation(ends)
        : [...decideDeleteRelation(state), ...(state.deletedAt === null ? [] : decideRestoreRelation(state))];
    events = append(events, deltas, correlationId);
  }
  return events;
});

test('a link is there again, or not, as it was before; twice is once, and the undo can be undone', () => {
  fc.assert(
    fc.property(aLife, (events) => {
      const first = events.findIndex(({ correlationId }) => correlationId === UNDONE);
      const { deltas } = decideUndoRelation(events, { correlationId: UNDONE });
      const undone = append(events, deltas, UNDO);
      if (first === -1) expect(deltas).toEqual([]);
      else expect(isThere(undone)).toBe(isThere(events.slice(0, first)));
      expect(decideUndoRelation(undone, { correlationId: UNDONE }).deltas).toEqual([]);
      const redo = decideUndoRelation(undone, { correlationId: UNDO });
      expect(redo.conflicts).toEqual([]);
      expect(isThere(append(undone, redo.deltas, OTHERS))).toBe(isThere(events));
    }),
  );
});

test('a link that others brought back since is in conflict', () => {
  const created = append([], decideCreateRelation(ends), OTHERS);
  const deleted = append(created, [{ type: 'relation.deleted', data: {} }], UNDONE);
  expect(decideUndoRelation(deleted, { correlationId: UNDONE })).toEqual({
    deltas: [{ type: 'relation.restored', data: {} }],
    conflicts: [],
  });
  const undoneCreation = append(
    append([], decideCreateRelation(ends), UNDONE),
    [{ type: 'relation.deleted', data: {} }],
    UNDONE,
  );
  const restored = append(undoneCreation, [{ type: 'relation.restored', data: {} }], OTHERS);
  expect(decideUndoRelation(restored, { correlationId: UNDONE }).conflicts).toMatchObject([{ field: 'exists' }]);
});
