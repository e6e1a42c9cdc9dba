import { type Queryable, selectRows } from '@synap/database';
import { sql } from 'drizzle-orm';
import { isMisspelling } from '../query/is-misspelling.ts';

/** Two letters that changed places leave this share of a short word's trigrams as they were. */
const SIMILARITY_MIN = 0.4;
const NAMES_MAX = 50;
const CORRECTIONS_MAX = 5;
/** A shorter word is a misspelling of too many. */
const WORD_MIN_LENGTH = 4;

/**
 * Words of the user's titles and tags that a word may have been meant to be. Trigrams (pg_trgm) choose the names, and
 * the letters then decide, since "house" shares half of its trigrams with "mouse".
 */
export async function findCorrections(
  queries: Queryable,
  word: string,
  { userId }: { userId: string },
): Promise<string[]> {
  if ([...word].length < WORD_MIN_LENGTH || !/\p{L}/u.test(word)) return [];
  const rows = await selectRows<{ name: string }>(
    queries,
    sql`
      select name from (
        select title as name, word_similarity(${word}, title) as similarity
        from entities where user_id = ${userId} and deleted_at is null
        union all
        select name, word_similarity(${word}, name) from tags where user_id = ${userId}
      ) names
      where similarity >= ${SIMILARITY_MIN}
      order by similarity desc
      limit ${NAMES_MAX}`,
  );
  const candidates = rows.flatMap(({ name }) => name.toLowerCase().match(/[\p{L}\p{M}\p{N}_]+/gu) ?? []);
  return [...new Set(candidates.filter((candidate) => isMisspelling(word, candidate)))].slice(0, CORRECTIONS_MAX);
}
