import { UserId, type UserState } from '@synap/domain';
import { eq } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { userSettings } from '../schema/schema.ts';

/** What a user has set that belongs to no thing; `null` for nothing. */
export async function loadUserState(queries: Queryable, userId: UserId): Promise<UserState | null> {
  const [row] = await queries.select().from(userSettings).where(eq(userSettings.userId, userId));
  return row === undefined ? null : toUserState(row);
}

/** A row as the state that was folded. */
function toUserState(row: typeof userSettings.$inferSelect): UserState {
  const { tagColours, version, updatedAt } = row;
  const inOrder = Object.entries(tagColours).sort(([left], [right]) => (left < right ? -1 : 1));
  return { id: UserId.parse(row.userId), tagColours: Object.fromEntries(inOrder), version, updatedAt };
}
