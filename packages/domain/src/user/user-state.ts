import type { EventDelta, EventNameOf } from '../events/catalogue.ts';
import { isUserEvent, type ReadEvent, type UserEvent } from '../events/stored-event.ts';
import { UserId } from '../ids.ts';

/** What a user has set that belongs to no thing: the fold of the events of the stream that has the user's id. */
export interface UserState {
  readonly id: UserId;
  /** By tag, in alphabetical order; a tag without one is left out. */
  readonly tagColours: Readonly<Record<string, string>>;
  readonly version: number;
  readonly updatedAt: Date;
}

/** What happens to what a user has set, as it is decided. */
export type UserDelta = EventDelta<EventNameOf<'user'>>;

/**
 * What an event means for what a user has set; see `evolveEntity`.
 * @throws {Error} if the stream is broken.
 */
export function evolveUser(state: UserState | null, event: UserEvent): UserState {
  const version = (state?.version ?? 0) + 1;
  if (event.version !== version) {
    throw new Error(`Event ${event.type} of ${event.aggregateId} has version ${event.version} after ${version - 1}.`);
  }
  const { tag, newValue } = event.data;
  const { [tag]: _, ...others } = state?.tagColours ?? {};
  const colours = newValue === null ? others : { ...others, [tag]: newValue };
  return {
    id: UserId.parse(event.aggregateId),
    tagColours: Object.fromEntries(Object.entries(colours).sort(([left], [right]) => (left < right ? -1 : 1))),
    version,
    updatedAt: event.timestamp,
  };
}

/** Folds a stream, or the beginning of one; `null` for somebody who has set nothing. */
export function foldUser(events: Iterable<ReadEvent>): UserState | null {
  let state: UserState | null = null;
  for (const event of events) {
    if (!isUserEvent(event)) throw new Error(`${event.aggregateId} is no user: it has ${event.type}.`);
    state = evolveUser(state, event);
  }
  return state;
}

/** @param tag.colour `null` takes the colour away. */
export function decideColourTag(
  state: Pick<UserState, 'tagColours'> | null,
  { tag, colour }: { tag: string; colour: string | null },
): UserDelta[] {
  const oldValue = state?.tagColours[tag] ?? null;
  return oldValue === colour ? [] : [{ type: 'user.tag_coloured', data: { tag, oldValue, newValue: colour } }];
}

/** The colours after what is decided, to decide more on them. */
export function afterColours(
  state: Pick<UserState, 'tagColours'> | null,
  deltas: readonly UserDelta[],
): Pick<UserState, 'tagColours'> {
  const colours = new Map(Object.entries(state?.tagColours ?? {}));
  for (const { data } of deltas) {
    if (data.newValue === null) colours.delete(data.tag);
    else colours.set(data.tag, data.newValue);
  }
  return { tagColours: Object.fromEntries(colours) };
}

/** Tags that get other names take their colours along, unless the new name has one of its own. */
export function decideMoveColours(
  state: Pick<UserState, 'tagColours'> | null,
  renamed: (tag: string) => string | null,
): UserDelta[] {
  const present = new Map(Object.entries(state?.tagColours ?? {}));
  const deltas: UserDelta[] = [];
  for (const [tag, colour] of Object.entries(state?.tagColours ?? {})) {
    const name = renamed(tag);
    if (name === tag) continue;
    present.delete(tag);
    deltas.push({ type: 'user.tag_coloured', data: { tag, oldValue: colour, newValue: null } });
    if (name === null || present.has(name)) continue;
    present.set(name, colour);
    deltas.push({ type: 'user.tag_coloured', data: { tag: name, oldValue: null, newValue: colour } });
  }
  return deltas;
}
