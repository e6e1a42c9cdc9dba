import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { UserEvent } from '../events/stored-event.ts';
import { CorrelationId, UserId } from '../ids.ts';
import { decideUndoUser } from '../undo/undo-user.ts';
import {
  decideColourTag,
  decideMoveColours,
  evolveUser,
  foldUser,
  type UserDelta,
  type UserState,
} from './user-state.ts';

const USER = UserId.parse('01890000-0000-7000-8000-00000000000a');
const correlation = (number: number) => CorrelationId.parse(`01890000-0000-7000-8000-00000000001${number}`);

type CorrelatedEvent = UserEvent & { readonly correlationId: CorrelationId };

function append(events: readonly CorrelatedEvent[], deltas: readonly UserDelta[], number: number): CorrelatedEvent[] {
  return [
    ...events,
    ...deltas.map((delta, index): CorrelatedEvent => {
      const version = events.length + index + 1;
      return {
        ...delta,
        aggregateId: USER,
        userId: USER,
        version,
        timestamp: new Date(version),
        metadata: { actor: { kind: 'user', id: USER }, command: 'test' },
        correlationId: correlation(number),
      };
    }),
  ];
}

const coloursOf = (state: UserState | null) => state?.tagColours ?? {};
const TAGS = ['home', 'work', 'work/team', 'garden'];
const aColour = fc.constantFrom('#ff0000', '#00ff00', null);
const aChange = fc.tuple(fc.constantFrom(...TAGS), aColour, fc.nat(3));

test('a tag has the colour that it was given last, in an order of its own', () => {
  fc.assert(
    fc.property(fc.array(aChange), (changes) => {
      let events: CorrelatedEvent[] = [];
      const expected = new Map<string, string>();
      for (const [tag, colour, number] of changes) {
        events = append(events, decideColourTag(foldUser(events), { tag, colour }), number);
        if (colour === null) expected.delete(tag);
        else expected.set(tag, colour);
      }
      const colours = coloursOf(foldUser(events));
      expect(colours).toEqual(Object.fromEntries(expected));
      expect(Object.keys(colours)).toEqual(Object.keys(colours).sort());
      expect(decideColourTag(foldUser(events), { tag: 'home', colour: colours.home ?? null })).toEqual([]);
    }),
  );
});

test('an undo gives each tag the colour from before, and names what others have changed since', () => {
  fc.assert(
    fc.property(fc.array(aChange), fc.array(aChange, { maxLength: 4 }), (before, undone) => {
      let events: CorrelatedEvent[] = [];
      const apply = (changes: typeof before, number: number | null) => {
        for (const [tag, colour, own] of changes) {
          events = append(events, decideColourTag(foldUser(events), { tag, colour }), number ?? own);
        }
      };
      apply(before, null);
      const colours = coloursOf(foldUser(events));
      apply(undone, 9);
      const { deltas, conflicts } = decideUndoUser(events, { correlationId: correlation(9) });
      expect(conflicts).toEqual([]);
      expect(coloursOf(foldUser(append(events, deltas, 8)))).toEqual(colours);
    }),
  );
  const red = append([], decideColourTag(null, { tag: 'home', colour: '#ff0000' }), 1);
  const green = append(red, decideColourTag(foldUser(red), { tag: 'home', colour: '#00ff00' }), 2);
  expect(decideUndoUser(green, { correlationId: correlation(1) }).conflicts).toMatchObject([
    { field: 'colour:home', changedByVersion: 2 },
  ]);
});

test('a tag that is renamed takes its colour along, unless the other has one', () => {
  const state = { tagColours: { work: '#ff0000', 'work/team': '#00ff00', home: '#0000ff' } };
  const renamed = (tag: string) => tag.replace(/^work/u, 'job');
  const events = append([], decideMoveColours(state, renamed), 1);
  expect(events.map(({ data }) => [data.tag, data.newValue])).toEqual([
    ['work', null],
    ['job', '#ff0000'],
    ['work/team', null],
    ['job/team', '#00ff00'],
  ]);
  expect(decideMoveColours(state, (tag) => (tag === 'work' ? 'home' : tag))).toHaveLength(1);
});

test('a damaged stream is not folded', () => {
  const [event] = append([], decideColourTag(null, { tag: 'home', colour: '#ff0000' }), 1);
  if (event === undefined) throw new Error('Nothing was decided.');
  expect(() => evolveUser(null, { ...event, version: 2 })).toThrow(/version 2 after 0/);
});
