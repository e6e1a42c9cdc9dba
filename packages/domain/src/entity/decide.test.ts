import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Unprocessable } from '../errors.ts';
import { eventCatalogue, eventNames, parseEventDelta } from '../events/catalogue.ts';
import { plugInEvents } from '../events/plug-in-events.ts';
import { aCommand, anEvent, decide, decided, presentState, randomHistory } from '../testing/random-history.ts';
import { decideCreate, decideDelete, TAGS_MAX } from './decide.ts';
import { evolveEntity } from './evolve.ts';

const aFile = { filePath: 'x', fileSize: 1, fileType: 'markdown', checksum: 'a'.repeat(64), preview: '' } as const;

describe('decisions, over random histories', () => {
  test('every event that is decided is one of the catalogue, also after a trip through JSON', () => {
    fc.assert(
      fc.property(randomHistory(), ({ events }) => {
        for (const { type, data, timestamp } of events) {
          const stored = JSON.parse(JSON.stringify(data));
          expect(parseEventDelta(type, eventCatalogue[type].schemaVersion, stored, { timestamp })).toEqual({
            type,
            data,
          });
        }
      }),
    );
  });

  test('no event says what was so already', () => {
    fc.assert(
      fc.property(randomHistory(), ({ events, states }) => {
        events.forEach((event, index) => {
          if ('oldValue' in event.data && 'newValue' in event.data) {
            expect(event.data.newValue).not.toEqual(event.data.oldValue);
          }
          const before = states[index - 1];
          if (event.type === 'entity.tag_added') expect(before?.tags).not.toContain(event.data.tag);
          if (event.type === 'entity.tag_removed') expect(before?.tags).toContain(event.data.tag);
          if (event.type === 'entity.deleted') expect(before?.deletedAt).toBeNull();
          if (event.type === 'entity.restored') expect(before?.deletedAt).toBeInstanceOf(Date);
          if (event.type === 'entity.file_uploaded') expect(before?.file?.checksum).not.toBe(event.data.checksum);
        });
      }),
    );
  });

  test('the histories hold every event that a decision can lead to', () => {
    const decidable = eventNames.filter(
      (name) =>
        eventCatalogue[name].aggregateType === 'entity' &&
        // What is decided by a kind that was added is tested there.
        !Object.hasOwn(plugInEvents, name) &&
        // No content is taken away yet, and a purge ends a life instead of being part of it.
        name !== 'entity.file_deleted' &&
        name !== 'entity.purged' &&
        // Only an undo leads to these.
        name !== 'ai.suggestion_reopened' &&
        name !== 'ai.suggestion_withdrawn',
    );
    const sample = fc.sample(randomHistory(), { numRuns: 2000, seed: 1 });
    const seen = new Set(sample.flatMap(({ events }) => events.map(({ type }) => type)));
    expect([...seen].sort()).toEqual(decidable.sort());
  });

  test('a command that is repeated at once changes nothing, but for the completion of the next occurrence', () => {
    fc.assert(
      fc.property(randomHistory(), aCommand, (history, command) => {
        if (command.do === 'enrich' || command.do === 'page' || command.do === 'read') return;
        let state = presentState(history);
        for (const { delta, metadata } of decided(state, command)) {
          if (delta.type === 'task.recurred') return;
          state = evolveEntity(state, anEvent(delta, { version: state.version + 1, metadata }));
        }
        expect(decided(state, command)).toEqual([]);
      }),
    );
  });

  test('what is in the trash can only be restored', () => {
    fc.assert(
      fc.property(randomHistory(), aCommand, (history, command) => {
        if (command.do === 'enrich' || command.do === 'page' || command.do === 'read') return;
        let state = presentState(history);
        for (const delta of decideDelete(state))
          state = evolveEntity(state, anEvent(delta, { version: state.version + 1 }));
        if (command.do === 'delete' || command.do === 'remind') expect(decide(state, command)).toEqual([]);
        else if (command.do === 'restore') expect(decide(state, command)).toHaveLength(1);
        else expect(() => decide(state, command)).toThrow(Unprocessable);
      }),
    );
  });
});

test('only tasks have a status, and the refusal says what to do', () => {
  const note = evolveEntity(
    null,
    anEvent({ type: 'entity.created', data: { entityType: 'note', title: 'x', given: [] } }, { version: 1 }),
  );
  expect(() => decide(note, { do: 'task', change: { status: 'done' } })).toThrow(/Change its type to task first/);
});

test('more tags than anybody needs are refused', () => {
  const now = new Date(0);
  const tags = Array.from({ length: TAGS_MAX + 1 }, (_, index) => `tag ${index}`);
  expect(() => decideCreate({ type: 'note', title: 'x', given: [], file: aFile, tags }, { now })).toThrow(
    Unprocessable,
  );
  expect(decideCreate({ type: 'note', title: 'x', given: [], file: aFile, tags: ['a', 'a'] }, { now })).toHaveLength(3);
});
