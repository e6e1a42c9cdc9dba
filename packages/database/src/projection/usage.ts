import type { UserId } from '@synap/domain';
import { and, count, eq, isNotNull, sum } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { entities } from '../schema/schema.ts';

/** How much somebody keeps. */
export interface Usage {
  /** Things, in the trash too. */
  readonly items: number;
  /** The content that they have now; what it was before is not counted. */
  readonly bytes: number;
}

/** How much this user keeps; it looks at each thing. */
export async function countUsage(queries: Queryable, userId: UserId): Promise<Usage> {
  const [row] = await queries
    .select({ items: count(), bytes: sum(entities.fileSize) })
    .from(entities)
    .where(and(eq(entities.userId, userId), isNotNull(entities.filePath)));
  return { items: row?.items ?? 0, bytes: Number(row?.bytes ?? 0) };
}
