import type { UserId } from '@synap/domain';
import { and, desc, eq, gte, sql, sum } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { modelUsage } from '../schema/schema.ts';

/** What one user took of one model on one day. */
export type ModelUsageRow = typeof modelUsage.$inferSelect;

/** Adds to what was counted; of writers at the same time none loses anything. Of whoever has no account, nothing is. */
export async function addModelUsage(queries: Queryable, row: ModelUsageRow): Promise<void> {
  const { userId, day, model, calls, inputTokens, outputTokens, audioMilliseconds, costNanodollars } = row;
  await queries.execute(sql`
    insert into model_usage as counted (user_id, day, model, calls, input_tokens, output_tokens, audio_milliseconds,
      cost_nanodollars, unpriced_calls)
    select id, ${day}::date, ${model}::text, ${calls}::integer, ${inputTokens}::bigint, ${outputTokens}::bigint,
      ${audioMilliseconds}::bigint, ${costNanodollars}::bigint, ${row.unpricedCalls}::integer
    from users where id = ${userId}
    on conflict (user_id, day, model) do update set
      calls = counted.calls + excluded.calls,
      input_tokens = counted.input_tokens + excluded.input_tokens,
      output_tokens = counted.output_tokens + excluded.output_tokens,
      audio_milliseconds = counted.audio_milliseconds + excluded.audio_milliseconds,
      cost_nanodollars = counted.cost_nanodollars + excluded.cost_nanodollars,
      unpriced_calls = counted.unpriced_calls + excluded.unpriced_calls`);
}

/** What one user took since a day, the newest day first. */
export async function listModelUsage(
  queries: Queryable,
  userId: UserId,
  { since }: { since: string },
): Promise<ModelUsageRow[]> {
  return queries
    .select()
    .from(modelUsage)
    .where(and(eq(modelUsage.userId, userId), gte(modelUsage.day, since)))
    .orderBy(desc(modelUsage.day), desc(modelUsage.costNanodollars), modelUsage.model);
}

/** What one user spent on a day, in billionths of a dollar. */
export async function readSpentOn(queries: Queryable, userId: UserId, day: string): Promise<number> {
  const [row] = await queries
    .select({ spent: sum(modelUsage.costNanodollars) })
    .from(modelUsage)
    .where(and(eq(modelUsage.userId, userId), eq(modelUsage.day, day)));
  return Number(row?.spent ?? 0);
}
