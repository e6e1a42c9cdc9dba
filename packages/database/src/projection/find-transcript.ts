import { EntityId, type UserId } from '@synap/domain';
import { sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';

/** The note that one user has of a recording with this content, outside the trash; `null` if there is none. */
export async function findTranscript(queries: Queryable, userId: UserId, checksum: string): Promise<EntityId | null> {
  const [row] = await selectRows<{ id: string }>(
    queries,
    sql`select note.id from entities recording
      join relations relation on relation.user_id = recording.user_id and relation.target_id = recording.id
      join entities note on note.user_id = relation.user_id and note.id = relation.source_id
      where recording.user_id = ${userId} and recording.checksum = ${checksum} and recording.file_type = 'audio'
        and relation.type = 'derived_from' and relation.deleted_at is null and note.deleted_at is null
      order by note.id limit 1`,
  );
  return row === undefined ? null : EntityId.parse(row.id);
}
