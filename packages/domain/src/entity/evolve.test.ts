import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anEvent, presentState, randomHistory, sameContent } from '../testing/random-history.ts';
import { evolveEntity, foldEntity } from './evolve.ts';

describe('evolve, over random histories', () => {
  test('folding the whole stream gives what folding event by event gave', () => {
    fc.assert(
      fc.property(randomHistory(), (history) => {
        expect(foldEntity(history.events)).toEqual(presentState(history));
      }),
    );
  });

  test('the version counts the events, and every earlier state can be had again from a prefix', () => {
    fc.assert(
      fc.property(randomHistory(), fc.nat(), ({ events, states }, pick) => {
        const count = (pick % events.length) + 1;
        expect(foldEntity(events.slice(0, count))).toEqual(states[count - 1]);
        expect(states.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
      }),
    );
  });

  test('old values are what was there before', () => {
    fc.assert(
      fc.property(randomHistory(), ({ events, states }) => {
        events.forEach((event, index) => {
          const before = states[index - 1];
          if (event.type === 'entity.title_changed') expect(event.data.oldValue).toBe(before?.title);
          if (event.type === 'entity.type_changed') expect(event.data.oldValue).toBe(before?.type);
          if (event.type === 'task.status_changed' || event.type === 'task.completed') {
            expect(event.data.oldValue).toBe(before?.task?.status);
          }
          if (event.type === 'task.due_date_set') expect(event.data.oldValue).toEqual(before?.task?.due ?? null);
          if (event.type === 'task.priority_set') expect(event.data.oldValue).toBe(before?.task?.priority);
          if (event.type === 'entity.updated') expect(event.data.oldValue).toBe(before?.task?.recurrence ?? null);
        });
      }),
    );
  });

  test('tags are sorted and each is there once', () => {
    fc.assert(
      fc.property(randomHistory(), ({ states }) => {
        for (const { tags } of states) expect(tags).toEqual([...new Set(tags)].sort());
      }),
    );
  });

  test('what becomes something else and again what it was has lost nothing', () => {
    fc.assert(
      fc.property(randomHistory(), (history) => {
        const state = presentState(history);
        const other = state.type === 'note' ? 'idea' : 'note';
        const away = evolveEntity(
          state,
          anEvent(
            { type: 'entity.type_changed', data: { oldValue: state.type, newValue: other } },
            { version: state.version + 1 },
          ),
        );
        const back = evolveEntity(
          away,
          anEvent(
            { type: 'entity.type_changed', data: { oldValue: other, newValue: state.type } },
            { version: state.version + 2 },
          ),
        );
        expect(sameContent(back)).toEqual(sameContent(state));
      }),
    );
  });

  test('done tasks know when they were completed, others do not', () => {
    fc.assert(
      fc.property(randomHistory(), ({ states }) => {
        for (const { task } of states)
          expect(task === null || (task.status === 'done') === (task.completedAt !== null)).toBe(true);
      }),
    );
  });
});

test('a task that is done and taken up again is not completed', () => {
  const created = anEvent(
    { type: 'entity.created', data: { entityType: 'task', title: 'x', given: [] } },
    { version: 1 },
  );
  const completed = anEvent(
    { type: 'task.completed', data: { oldValue: 'todo', completedAt: '2026-11-01T00:02:00.000Z' } },
    { version: 2 },
  );
  const reopened = anEvent(
    { type: 'task.status_changed', data: { oldValue: 'done', newValue: 'todo' } },
    { version: 3 },
  );
  expect(foldEntity([created, completed])?.task).toMatchObject({ status: 'done', completedAt: completed.timestamp });
  expect(foldEntity([created, completed, reopened])?.task).toMatchObject({ status: 'todo', completedAt: null });
});

describe('a stream that is damaged is not folded', () => {
  const created = anEvent(
    { type: 'entity.created', data: { entityType: 'note', title: 'x', given: [] } },
    { version: 1 },
  );

  test('because it does not begin with a creation', () => {
    expect(() => foldEntity([anEvent({ type: 'entity.deleted', data: {} }, { version: 1 })])).toThrow(/starts with/);
  });

  test('because there is a gap in the versions', () => {
    expect(() => foldEntity([created, anEvent({ type: 'entity.deleted', data: {} }, { version: 3 })])).toThrow(
      /version 3 after 1/,
    );
  });

  test('because it is created twice', () => {
    expect(() => foldEntity([created, { ...created, version: 2 }])).toThrow(/second time/);
  });
});
