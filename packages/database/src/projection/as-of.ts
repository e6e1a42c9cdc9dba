import {
  type EntityId,
  type EntityState,
  foldEntity,
  foldRelation,
  NotFound,
  type RelationState,
  type StoredEvent,
  type UserId,
} from '@synap/domain';
import { and, asc, eq, gt, inArray, lte, or } from 'drizzle-orm';
import { entities, relations } from '../schema/schema.ts';
import {
  compareForList,
  type EntityList,
  isAfterCursor,
  listEntities,
  matchesFilter,
  nextCursorOf,
  type Page,
} from './list-entities.ts';
import type { Sources } from './load-for-change.ts';
import { toRelationState } from './relations.ts';

/*
 * The past: the state folded from the events up to and including an instant. What has not changed since is read from
 * its row, which is that fold already; only what has changed since is folded anew.
 */

/** How many streams are folded at a time: memory is bounded by a page. */
const STREAMS_PER_PAGE = 200;

/**
 * One entity as it was at an instant.
 * @throws {NotFound} if the user had no such entity then.
 */
export async function loadEntityAsOf(
  { log }: Sources,
  userId: UserId,
  { id, asOf }: { id: EntityId; asOf: Date },
): Promise<EntityState> {
  const events = await log.readAggregate({ userId, aggregateId: id });
  const state = foldEntity(upTo(events, asOf));
  // What was purged since is gone from the past, too.
  if (state === null || foldEntity(events) === null) throw new NotFound('entity', id);
  return state;
}

/** Those of the entities that the user had at an instant, by id, as they were then. */
export async function loadEntitiesAsOf(
  { log }: Sources,
  userId: UserId,
  { ids, asOf }: { ids: readonly EntityId[]; asOf: Date },
): Promise<Map<EntityId, EntityState>> {
  if (ids.length === 0) return new Map();
  const streams = await log.readAggregates(userId, ids);
  const states = [...streams.values()].map((events) => foldEntity(upTo(events, asOf)));
  return new Map(states.filter((state) => state !== null).map((state) => [state.id, state]));
}

/** One user's entities as they were at an instant, in the order and the pages of `listEntities`. */
export async function listEntitiesAsOf(
  sources: Sources,
  userId: UserId,
  { asOf, ...list }: EntityList & { asOf: Date },
): Promise<Page<EntityState>> {
  const { filter, order, limit, cursor } = list;
  const unchanged = await listEntities(sources.database.queries, userId, { ...list, changedUntil: asOf });
  let best = unchanged.items;
  let isCut = unchanged.nextCursor !== null;
  for await (const states of changedSince(sources, userId, asOf)) {
    const fitting = states.filter((state) => matchesFilter(state, filter) && isAfterCursor(state, order, cursor));
    const merged = [...best, ...fitting].sort((left, right) => compareForList(left, right, order));
    isCut ||= merged.length > limit;
    best = merged.slice(0, limit);
  }
  const last = best.at(-1);
  return { items: best, nextCursor: isCut && last !== undefined ? nextCursorOf(last, order) : null };
}

/** The relations from and to entities that were live at an instant, oldest first. */
export async function listRelationsAsOf(
  { database, log }: Sources,
  userId: UserId,
  { entityIds, asOf }: { entityIds: readonly EntityId[]; asOf: Date },
): Promise<RelationState[]> {
  if (entityIds.length === 0) return [];
  const rows = await database.queries
    .select()
    .from(relations)
    .where(
      and(
        eq(relations.userId, userId),
        or(inArray(relations.sourceId, [...entityIds]), inArray(relations.targetId, [...entityIds])),
        lte(relations.createdAt, asOf),
      ),
    )
    .orderBy(asc(relations.createdAt), asc(relations.id));
  const live: RelationState[] = [];
  for (const row of rows) {
    // A relation that was only ever created is what it is; one with more to its life is folded.
    const state =
      row.version === 1
        ? toRelationState(row)
        : foldRelation(upTo(await log.readAggregate({ userId, aggregateId: row.id }), asOf));
    if (state !== null && state.deletedAt === null) live.push(state);
  }
  return live;
}

/** The entities that were there at an instant and have changed since, as they were then; page by page. */
export async function* changedSince(
  { database, log }: Sources,
  userId: UserId,
  asOf: Date,
): AsyncGenerator<EntityState[]> {
  let after: string | null = null;
  for (;;) {
    const rows: { id: string }[] = await database.queries
      .select({ id: entities.id })
      .from(entities)
      .where(
        and(
          eq(entities.userId, userId),
          lte(entities.createdAt, asOf),
          gt(entities.updatedAt, asOf),
          after === null ? undefined : gt(entities.id, after),
        ),
      )
      .orderBy(asc(entities.id))
      .limit(STREAMS_PER_PAGE);
    if (rows.length === 0) return;
    const streams = await log.readAggregates(
      userId,
      rows.map(({ id }) => id),
    );
    yield [...streams.values()].map((events) => foldEntity(upTo(events, asOf))).filter((state) => state !== null);
    after = rows.at(-1)?.id ?? null;
  }
}

/**
 * The events of a stream up to and including an instant. Within a stream time never runs backwards. Readings of content that
 * follow directly belong to it, too: they came later, and only say what the content of then names.
 */
export function upTo(events: readonly StoredEvent[], asOf: Date): StoredEvent[] {
  const next = events.findIndex(({ timestamp, type }) => timestamp > asOf && type !== 'entity.content_read');
  return next === -1 ? [...events] : events.slice(0, next);
}
