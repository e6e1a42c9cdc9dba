import { EntityId, type UserId } from '@synap/domain';
import { and, asc, count, desc, eq, gt, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { entities, entityTags } from '../schema/schema.ts';

/** A tag and how many things carry it. */
export interface TagCount {
  readonly name: string;
  readonly count: number;
  /** In how many of their texts it stands. */
  readonly inContent: number;
}

const standsInContent = sql<number>`count(*) filter (where ${entityTags.isInContent})`.mapWith(Number);

/**
 * One user's tags in use outside the trash, the most used first.
 * @param options.below only this one and those below it, as `garden/beds` is below `garden`.
 */
export async function listTags(
  queries: Queryable,
  userId: UserId,
  { limit, below }: { limit: number; below?: string | undefined },
): Promise<TagCount[]> {
  const uses = count();
  const { tag } = entityTags;
  return queries
    .select({ name: tag, count: uses, inContent: standsInContent })
    .from(entityTags)
    .innerJoin(entities, eq(entities.id, entityTags.entityId))
    .where(
      and(
        eq(entityTags.userId, userId),
        isNull(entities.deletedAt),
        below === undefined ? undefined : isAtOrBelow(below),
      ),
    )
    .groupBy(tag)
    .orderBy(desc(uses), asc(tag))
    .limit(limit);
}

/** How many things carry one of these tags, in the trash too: for how many it was set, and in how many texts it stands. */
export async function countTagged(
  queries: Queryable,
  userId: UserId,
  tags: TagSelection,
): Promise<{ things: number; own: number; inContent: number }> {
  const [row] = await queries
    .select({
      things: sql<number>`count(distinct ${entityTags.entityId})`.mapWith(Number),
      own: sql<number>`count(distinct ${entityTags.entityId}) filter (where ${entityTags.isOwn})`.mapWith(Number),
      inContent: sql<number>`count(distinct ${entityTags.entityId}) filter (where ${entityTags.isInContent})`.mapWith(
        Number,
      ),
    })
    .from(entityTags)
    .where(and(eq(entityTags.userId, userId), selected(tags)));
  return row ?? { things: 0, own: 0, inContent: 0 };
}

/** A tag, alone or with all that are below it. */
export interface TagSelection {
  readonly tag: string;
  readonly withBelow: boolean;
}

/** The things for which one of these tags was set, in the trash too, in the order of their ids. */
export async function listTaggedIds(
  queries: Queryable,
  userId: UserId,
  { after, limit, ...tags }: TagSelection & { after: EntityId | null; limit: number },
): Promise<EntityId[]> {
  const rows = await queries
    .selectDistinct({ id: entityTags.entityId })
    .from(entityTags)
    .where(
      and(
        eq(entityTags.userId, userId),
        entityTags.isOwn,
        selected(tags),
        after === null ? undefined : gt(entityTags.entityId, after),
      ),
    )
    .orderBy(asc(entityTags.entityId))
    .limit(limit);
  return rows.map(({ id }) => EntityId.parse(id));
}

function selected({ tag, withBelow }: TagSelection): SQL | undefined {
  return withBelow ? isAtOrBelow(tag) : eq(entityTags.tag, tag);
}

function isAtOrBelow(tag: string): SQL | undefined {
  return or(eq(entityTags.tag, tag), sql`starts_with(${entityTags.tag}, ${`${tag}/`})`);
}
