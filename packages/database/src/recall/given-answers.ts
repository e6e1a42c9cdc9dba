import type { UserId } from '@synap/domain';
import { and, arrayOverlaps, desc, eq, lt } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { givenAnswers } from '../schema/schema.ts';

/** Remembers what was answered, by the hashes of its runs of words. */
export async function rememberAnswer(
  queries: Queryable,
  userId: UserId,
  answer: { id: string; shingles: readonly number[]; givenAt: Date },
): Promise<void> {
  await queries.insert(givenAnswers).values({ ...answer, userId, shingles: [...answer.shingles] });
}

/** Of the latest answers that the user was given, those that share any of these hashes. */
export async function findGivenAnswers(
  queries: Queryable,
  userId: UserId,
  { shingles, limit }: { shingles: readonly number[]; limit: number },
): Promise<number[][]> {
  if (shingles.length === 0) return [];
  const rows = await queries
    .select({ shingles: givenAnswers.shingles })
    .from(givenAnswers)
    .where(and(eq(givenAnswers.userId, userId), arrayOverlaps(givenAnswers.shingles, [...shingles])))
    .orderBy(desc(givenAnswers.givenAt))
    .limit(limit);
  return rows.map((row) => row.shingles);
}

export async function deleteGivenAnswersBefore(queries: Queryable, before: Date): Promise<void> {
  await queries.delete(givenAnswers).where(lt(givenAnswers.givenAt, before));
}
