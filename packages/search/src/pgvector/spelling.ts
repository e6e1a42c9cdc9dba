import { type Queryable, selectRows } from '@synap/database';
import { sql } from 'drizzle-orm';
import { normalised } from '../language/grams.ts';
import { isMisspelling } from '../query/is-misspelling.ts';
import { beginningTerm } from './lexemes.ts';

/** Two letters that changed places leave this share of a short word's trigrams as they were. */
const SIMILARITY_MIN = 0.4;
const NAMES_MAX = 50;
const CORRECTIONS_MAX = 5;
/** So many titles with a word that begins like the misspelt one are looked at. */
const TITLES_MAX = 5_000;
/** A shorter word is a misspelling of too many. */
const WORD_MIN_LENGTH = 4;

/**
 * Words of the user's titles and tags that a word may have been meant to be. Of the titles that have a word with the same
 * first letter, trigrams (pg_trgm) choose some, and the letters then decide, since "house" shares half of its trigrams
 * with "mouse".
 */
export async function findCorrections(
  queries: Queryable,
  word: string,
  { userId, generation }: { userId: string; generation: number },
): Promise<string[]> {
  if ([...word].length < WORD_MIN_LENGTH || !/\p{L}/u.test(word)) return [];
  const [first = ''] = normalised(word);
  const rows = await selectRows<{ name: string }>(
    queries,
    sql`
      select name from (select ${beginningTerm(sql`${first}::text`)}::tsquery as query) beginning, lateral (
        select title as name, word_similarity(${word}, title) as similarity
        from (
          select entity_id from entity_vectors chunk
          where chunk.user_id = ${userId} and chunk.generation = ${generation}
            and chunk.title_lexemes @@ beginning.query
          limit ${TITLES_MAX}
        ) titled cross join lateral (
          select title from entities where id = titled.entity_id and deleted_at is null offset 0) entity
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
