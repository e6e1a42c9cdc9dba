import fc from 'fast-check';
import { expect, test } from 'vitest';
import { presentState, randomHistory, replay, sameContent, timeOf } from '../testing/random-history.ts';
import { decideRevert } from './revert.ts';

/** A random history, and one of its versions. */
const aHistoryAndVersion = randomHistory().chain((history) =>
  fc.record({ history: fc.constant(history), version: fc.nat({ max: history.states.length - 1 }) }),
);

test('whatever has happened since, reverting brings back what was', () => {
  fc.assert(
    fc.property(aHistoryAndVersion, ({ history, version }) => {
      const present = presentState(history);
      const target = history.states[version] ?? present;
      const now = timeOf(present.version + 1);
      const reverted = replay(present, decideRevert(present, target, { now }));
      expect(sameContent(reverted)).toEqual(sameContent(target));
      expect(decideRevert(reverted, target, { now })).toEqual([]);
    }),
  );
});

test('each event of a revert says truly what was before', () => {
  fc.assert(
    fc.property(aHistoryAndVersion, ({ history, version }) => {
      const present = presentState(history);
      for (const { type, data } of decideRevert(present, history.states[version] ?? present, { now: timeOf(99) })) {
        if (type === 'entity.title_changed') expect(data.oldValue).toBe(present.title);
        if (type === 'entity.type_changed') expect(data.oldValue).toBe(present.type);
        if (type === 'task.due_date_set') expect(data.oldValue).toEqual(present.task?.due ?? null);
        if (type === 'task.priority_set') expect(data.oldValue).toBe(present.task?.priority ?? 0);
      }
    }),
  );
});
