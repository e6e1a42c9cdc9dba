import { countTagged, listTaggedIds, loadEntityForChange, type TagSelection } from '@synap/database';
import {
  afterColours,
  type CorrelationId,
  decideColourTag,
  decideMoveColours,
  decideRetag,
  type EntityId,
  foldUser,
  NotFound,
  Unprocessable,
  type UserDelta,
  type UserState,
} from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import type { EntityChange, UserChange } from '../write/commit.ts';
import { nothingToPrepare, writeOnce } from '../write/write-once.ts';

/*
 * What is done with a tag over all things of a user, in the trash too. It is done some things at a time, so that nobody else
 * waits for it; one that is cut off is finished by the same again, and all of it has one correlation id, by which an undo
 * takes it back.
 *
 * A tag that stands in a text is not rewritten there: nothing changes what somebody wrote behind their back. It stays as
 * it is, and the answer says in how many texts it does. One that stands in texts only is refused: `Unprocessable`.
 */

/** What became of a tag. */
export interface ChangedTag {
  /** How many things were changed. */
  things: number;
  /** In how many texts it stands still. */
  inContent: number;
  /** Undoes it. */
  correlationId: CorrelationId;
}

const THINGS_AT_ONCE = 100;

/**
 * Gives a tag another name, and those below it with it; a colour, such as `#1e90ff`, or `null` to take it away; or both.
 * A tag that only gets a colour need not be in use.
 *
 * @throws {NotFound} if the user has no tag of that name to be given another.
 * @throws {Unprocessable} if there is a tag of the new name already, or that lies below the old one.
 */
export function updateTag(
  parts: Parts,
  context: CommandContext,
  input: { tag: string; name?: string | undefined; colour?: string | null | undefined },
): Promise<ChangedTag> {
  const { tag, name, colour } = input;
  return retag(parts, context, {
    command: 'tags.update',
    request: input,
    selection: { tag, withBelow: true },
    isOnThings: name !== undefined,
    refuse: async () => {
      if (name === undefined) return;
      refuseBelow({ tag, name });
      const { things } = await countTagged(parts.database.queries, context.userId, { tag: name, withBelow: false });
      if (things === 0) return;
      throw new Unprocessable(`There is a tag '${name}' already. Merge '${tag}' into it to make one of both.`);
    },
    renamed: (each) => (name === undefined ? each : moved(each, { from: tag, to: name })),
    colour: colour === undefined ? null : { tag: name ?? tag, colour },
  });
}

/**
 * Puts another tag in the place of one, and those below it below that.
 * @throws {NotFound} if the user has no such tag.
 * @throws {Unprocessable} if both are the same, or the other lies below it.
 */
export function mergeTag(
  parts: Parts,
  context: CommandContext,
  input: { tag: string; into: string },
): Promise<ChangedTag> {
  const { tag, into } = input;
  return retag(parts, context, {
    command: 'tags.merge',
    request: input,
    selection: { tag, withBelow: true },
    refuse: async () => refuseBelow({ tag, name: into }),
    renamed: (each) => moved(each, { from: tag, to: into }),
  });
}

/**
 * Takes a tag from everything, and only if that is wanted those below it, too.
 * @throws {NotFound} if the user has no such tag.
 */
export function deleteTag(
  parts: Parts,
  context: CommandContext,
  input: { tag: string; withBelow: boolean },
): Promise<ChangedTag> {
  const { tag, withBelow } = input;
  return retag(parts, context, {
    command: 'tags.delete',
    request: input,
    selection: input,
    refuse: async () => undefined,
    renamed: (each) => (each === tag || (withBelow && each.startsWith(`${tag}/`)) ? null : each),
  });
}

function refuseBelow({ tag, name }: { tag: string; name: string }): void {
  if (name === tag) throw new Unprocessable(`It is called '${tag}' already.`);
  if (name.startsWith(`${tag}/`)) throw new Unprocessable(`'${name}' lies below '${tag}': name another place for it.`);
}

function moved(tag: string, { from, to }: { from: string; to: string }): string {
  if (tag === from) return to;
  return tag.startsWith(`${from}/`) ? `${to}${tag.slice(from.length)}` : tag;
}

function retag(
  parts: Parts,
  context: CommandContext,
  change: {
    command: string;
    request: unknown;
    selection: TagSelection;
    /** Whether it is done on things; else it is the colour alone that changes. */
    isOnThings?: boolean;
    refuse: () => Promise<void>;
    renamed: (tag: string) => string | null;
    colour?: { tag: string; colour: string | null } | null;
  },
): Promise<ChangedTag> {
  const { command, request, selection, isOnThings = true, refuse, renamed, colour = null } = change;
  const { queries } = parts.database;
  const { userId, correlationId } = context;
  return writeOnce(parts, context, {
    command,
    request,
    retry: true,
    prepare: async () => {
      const { things, inContent, own } = await countTagged(queries, userId, selection);
      if (!isOnThings) return { things: 0, inContent, correlationId };
      if (things === 0) throw new NotFound('tag', selection.tag);
      if (own === 0)
        throw new Unprocessable(`'${selection.tag}' stands in texts only, in ${inContent}. Change it there.`);
      await refuse();
      let changed = 0;
      let after: EntityId | null = null;
      for (;;) {
        const ids: EntityId[] = await listTaggedIds(queries, userId, { ...selection, after, limit: THINGS_AT_ONCE });
        if (ids.length > 0) changed += await retagSome(parts, context, { command, ids, renamed });
        if (ids.length < THINGS_AT_ONCE) return { things: changed, inContent, correlationId };
        after = ids.at(-1) ?? null;
      }
    },
    // The things are done by now; what is left are the colours, and to keep the answer for a repeat of the request.
    decide: async (changed) => ({
      changes: await decideForUser(parts, context, (state) => {
        const moves = decideMoveColours(state, renamed);
        return colour === null ? moves : [...moves, ...decideColourTag(afterColours(state, moves), colour)];
      }),
      answer: () => changed,
    }),
  });
}

/** @returns how many of them were changed. */
function retagSome(
  parts: Parts,
  { idempotencyKey: _, ...context }: CommandContext,
  { command, ids, renamed }: { command: string; ids: readonly EntityId[]; renamed: (tag: string) => string | null },
): Promise<number> {
  return writeOnce(parts, context, {
    command,
    request: null,
    retry: true,
    prepare: nothingToPrepare,
    decide: async () => {
      const changes: EntityChange[] = [];
      for (const id of ids) {
        const before = await loadIfThere(parts, context, id);
        if (before === null) continue;
        const decided = decideRetag(before.state, renamed).map((delta) => ({ delta }));
        if (decided.length > 0) changes.push({ aggregate: 'entity', id, before, decided });
      }
      return { changes, answer: () => changes.length };
    },
  });
}

/** What is purged meanwhile has no tags any more. */
async function loadIfThere(parts: Parts, { userId }: CommandContext, id: EntityId) {
  try {
    return await loadEntityForChange(parts, userId, id);
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}

/** What is to change of what the user has set; nothing if nothing is decided. */
async function decideForUser(
  { log }: Parts,
  { userId }: CommandContext,
  decide: (state: UserState | null) => UserDelta[],
): Promise<UserChange[]> {
  // The head first: an event that comes in between makes the append a conflict, and it is decided again.
  const head = (await log.readHeads(userId, [userId])).get(userId);
  const state = foldUser(await log.readAggregate({ userId, aggregateId: userId }));
  const decided = decide(state).map((delta) => ({ delta }));
  const before = head === undefined || state === null ? null : { state, head };
  return decided.length === 0 ? [] : [{ aggregate: 'user', id: userId, before, decided }];
}
