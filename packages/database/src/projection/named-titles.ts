import { EntityId, type EntityType, type UserId } from '@synap/domain';
import { and, desc, eq, isNull, ne, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { entities } from '../schema/schema.ts';

/** Shorter titles stand in every text. */
const TITLE_MIN_LENGTH = 4;
/** Longer ones stand in none. */
const TITLE_MAX_LENGTH = 100;

/** A thing by its title. */
export interface TitledEntity {
  readonly id: EntityId;
  readonly title: string;
  readonly type: EntityType;
  /** A person gave the title, so that it is a name; others are the beginning of a text. */
  readonly isNamed: boolean;
}

/** Those of one user's things outside the trash whose title stands in a text, in any case, the longest title first. */
export async function findNamedTitles(
  queries: Queryable,
  userId: UserId,
  { text, except, limit }: { text: string; except: EntityId; limit: number },
): Promise<TitledEntity[]> {
  const length = sql<number>`length(${entities.title})`;
  const rows = await queries
    .select({ id: entities.id, title: entities.title, type: entities.type, provenance: entities.provenance })
    .from(entities)
    .where(
      and(
        eq(entities.userId, userId),
        ne(entities.id, except),
        isNull(entities.deletedAt),
        sql`${length} between ${TITLE_MIN_LENGTH} and ${TITLE_MAX_LENGTH}`,
        // A database may know no other capitals than those of ASCII. The text is put into lower case here, once for all titles.
        sql`(strpos(${text}, ${entities.title}) > 0 or strpos(${text.toLowerCase()}, lower(${entities.title})) > 0)`,
      ),
    )
    .orderBy(desc(length), desc(entities.updatedAt))
    .limit(limit);
  return rows.map(({ id, provenance, ...row }) => ({
    id: EntityId.parse(id),
    ...row,
    isNamed: provenance.title?.by === 'person',
  }));
}
