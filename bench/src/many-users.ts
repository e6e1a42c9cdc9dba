import { openPostgres } from '@synap/database';
import { sql } from 'drizzle-orm';

const THINGS_PER_STATEMENT = 100_000;

/** Fills a migrated database with things of many users, as rows alone: nothing of theirs is read but by lists. */
export async function fillManyUsers(
  databaseUrl: string,
  { users, things }: { users: number; things: number },
): Promise<void> {
  const database = await openPostgres({ connectionString: databaseUrl, onConnectionLost: () => undefined });
  const userId = sql`('01890000-0000-7000-9000-' || lpad(to_hex(number % ${users}::int), 12, '0'))::uuid`;
  const { queries } = database;
  await queries.execute(
    sql`insert into users (id, created_at) select ${userId}, now() from generate_series(0, ${users - 1}::int) number`,
  );
  for (let from = 0; from < things; from += THINGS_PER_STATEMENT) {
    await queries.execute(sql`
      insert into entities (id, user_id, type, title, preview, provenance, version, created_at, updated_at)
      select ('01890000-0000-7000-a000-' || lpad(to_hex(number), 12, '0'))::uuid, ${userId}, 'note', 'Thing ' || number,
        'Something worth keeping.', '{}', 1, now(), now()
      from generate_series(${from}::int, ${Math.min(things, from + THINGS_PER_STATEMENT) - 1}::int) number`);
  }
  await queries.execute(sql`vacuum analyze entities`);
  await database.close();
}
