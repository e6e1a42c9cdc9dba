import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EntityDelta } from '../entity/decide.ts';
import type { EntityState } from '../entity/entity-state.ts';
import { foldEntity } from '../entity/evolve.ts';
import { CorrelationId } from '../ids.ts';
import { anEvent, randomHistory, sameContentAndDecisions, timeOf } from '../testing/random-history.ts';
import type { UndoableEvent } from './undo.ts';
import { decideUndoEntity } from './undo-entity.ts';

const OTHERS = CorrelationId.parse('01890000-0000-7000-8000-0000000000f0');
const UNDONE = CorrelationId.parse('01890000-0000-7000-8000-0000000000f1');
const UNDO = CorrelationId.parse('01890000-0000-7000-8000-0000000000f2');
const REDO = CorrelationId.parse('01890000-0000-7000-8000-0000000000f3');

const stateOf = (events: readonly UndoableEvent[]): EntityState => {
  const state = foldEntity(events);
  if (state === null) throw new Error('There is no entity.');
  return state;
};
const append = (events: readonly UndoableEvent[], deltas: readonly EntityDelta[], correlationId: CorrelationId) => [
  ...events,
  ...deltas.map((delta, index) => ({ ...anEvent(delta, { version: events.length + index + 1 }), correlationId })),
];
const undo = (events: readonly UndoableEvent[], correlationId = UNDONE) =>
  decideUndoEntity(events, { correlationId }, { now: timeOf(events.length + 1) });

/** A life whose last events, at least one, are those of the request that is to be undone. */
const endingInUndone = randomHistory({ maxCommands: 12 }).chain(({ events }) =>
  fc
    .nat({ max: events.length - 1 })
    .map((start) =>
      events.map((event, index): UndoableEvent => ({ ...event, correlationId: index < start ? OTHERS : UNDONE })),
    ),
);
/** A life in which any events are those of the request that is to be undone. */
const withScatteredUndone = randomHistory({ maxCommands: 12 }).chain(({ events }) =>
  fc
    .array(fc.boolean(), { minLength: events.length, maxLength: events.length })
    .map((flags) =>
      events.map((event, index): UndoableEvent => ({ ...event, correlationId: flags[index] ? UNDONE : OTHERS })),
    ),
);

describe('undoing, over random histories', () => {
  test('what was done last is undone to what was before it, without a conflict', () => {
    fc.assert(
      fc.property(endingInUndone, (events) => {
        const before = events.filter(({ correlationId }) => correlationId === OTHERS);
        const { deltas, conflicts } = undo(events);
        expect(conflicts).toEqual([]);
        const after = stateOf(append(events, deltas, UNDO));
        if (before.length === 0) expect(after.deletedAt).not.toBeNull();
        else expect(sameContentAndDecisions(after)).toEqual(sameContentAndDecisions(stateOf(before)));
      }),
    );
  });

  test('an undo can be undone: then all is as it was', () => {
    fc.assert(
      fc.property(withScatteredUndone, (events) => {
        const undone = append(events, undo(events).deltas, UNDO);
        const redo = undo(undone, UNDO);
        expect(redo.conflicts).toEqual([]);
        expect(sameContentAndDecisions(stateOf(append(undone, redo.deltas, REDO)))).toEqual(
          sameContentAndDecisions(stateOf(events)),
        );
      }),
    );
  });

  test('undoing twice is undoing once', () => {
    fc.assert(
      fc.property(withScatteredUndone, (events) => {
        const again = undo(append(events, undo(events).deltas, UNDO));
        expect(again).toEqual({ deltas: [], conflicts: [] });
      }),
    );
  });

  test('nothing is undone of what had no part in it', () => {
    fc.assert(
      fc.property(randomHistory(), ({ events }) => {
        const others = events.map((event) => ({ ...event, correlationId: OTHERS }));
        expect(undo(others)).toEqual({ deltas: [], conflicts: [] });
      }),
    );
  });
});

const CREATED: EntityDelta = { type: 'entity.created', data: { entityType: 'note', title: 'a', given: [] } };
const renamed = (oldValue: string, newValue: string): EntityDelta => ({
  type: 'entity.title_changed',
  data: { oldValue, newValue },
});

test('a later change of the same field is a conflict that names the field and who changed it', () => {
  const begun = append(append([], [CREATED], OTHERS), [renamed('a', 'b')], UNDONE);
  const { deltas, conflicts } = undo(append(begun, [renamed('b', 'c')], OTHERS));
  expect(conflicts).toMatchObject([{ field: 'title', changedByVersion: 3, changedBy: { kind: 'user' } }]);
  expect(deltas).toMatchObject([renamed('c', 'a')]);
});

test('a later change of another field, or of another tag, is none, and stays', () => {
  const begun = append(
    append([], [CREATED], OTHERS),
    [renamed('a', 'b'), { type: 'entity.tag_added', data: { tag: 'x' } }],
    UNDONE,
  );
  const events = append(begun, [{ type: 'entity.tag_added', data: { tag: 'y' } }], OTHERS);
  const { deltas, conflicts } = undo(events);
  expect(conflicts).toEqual([]);
  expect(stateOf(append(events, deltas, UNDO))).toMatchObject({ title: 'a', tags: ['y'] });
});

test('what was created and changed by others since is in conflict over exactly what they changed', () => {
  const created = append([], [CREATED, { type: 'entity.tag_added', data: { tag: 'x' } }], UNDONE);
  const events = append(created, [renamed('a', 'b'), { type: 'entity.tag_added', data: { tag: 'y' } }], OTHERS);
  const { deltas, conflicts } = undo(events);
  expect(conflicts.map(({ field }) => field)).toEqual(['title', 'tag:y']);
  expect(deltas).toEqual([{ type: 'entity.deleted', data: {} }]);
});

test('what others changed in the midst of it is in conflict', () => {
  const first = append(append([], [CREATED], OTHERS), [renamed('a', 'b')], UNDONE);
  const events = append(append(first, [renamed('b', 'c')], OTHERS), [renamed('c', 'd')], UNDONE);
  expect(undo(events).conflicts.map(({ field }) => field)).toEqual(['title']);
});

test('the completion of a task comes back with its own time', () => {
  const completedAt = '2026-11-20T08:00:00.000Z';
  const task: EntityDelta = { type: 'entity.created', data: { entityType: 'task', title: 'a', given: [] } };
  const begun = append([], [task, { type: 'task.completed', data: { oldValue: 'todo', completedAt } }], OTHERS);
  const reopened = append(
    begun,
    [{ type: 'task.status_changed', data: { oldValue: 'done', newValue: 'todo' } }],
    UNDONE,
  );
  const { deltas } = undo(reopened);
  expect(stateOf(append(reopened, deltas, UNDO)).task).toMatchObject({
    status: 'done',
    completedAt: new Date(completedAt),
  });
});

test('of what was erased for good nothing comes back', () => {
  const begun = append(append([], [CREATED], OTHERS), [renamed('a', 'b')], UNDONE);
  const { deltas, conflicts } = undo(append(begun, [{ type: 'entity.purged', data: {} }], OTHERS));
  expect(deltas).toEqual([]);
  expect(conflicts.map(({ field }) => field)).toEqual(['exists']);
});
