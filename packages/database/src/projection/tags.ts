import type { UserId } from '@synap/domain';
import { and, asc, count, desc, eq, isNull } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { entities, entityTags } from '../schema/schema.ts';

/** A tag and how many things carry it. */
export interface TagCount {
  readonly name: string;
  readonly count: number;
}

/** One user's tags in use outside the trash, the most used first. */
export async function listTags(queries: Queryable, userId: UserId, { limit }: { limit: number }): Promise<TagCount[]> {
  const uses = count();
  return queries
    .select({ name: entityTags.tag, count: uses })
    .from(entityTags)
    .innerJoin(entities, eq(entities.id, entityTags.entityId))
    .where(and(eq(entityTags.userId, userId), isNull(entities.deletedAt)))
    .groupBy(entityTags.tag)
    .orderBy(desc(uses), asc(entityTags.tag))
    .limit(limit);
}
