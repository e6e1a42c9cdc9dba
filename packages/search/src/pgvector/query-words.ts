import { type Queryable, selectRows } from '@synap/database';
import { type SQL, sql } from 'drizzle-orm';
import { detectLanguage } from '../language/detect-language.ts';
import { normalised, partQuery } from '../language/grams.ts';
import { type QueryWord, toQueryWord } from '../query-word.ts';
import { quoted } from './conditions.ts';
import { textArray } from './replace-revision.ts';
import { findCorrections } from './spelling.ts';

/** Of a long query only its rarest words are looked up; the rest cannot tell anything apart. */
const WORDS_MAX = 16;
/** A shorter beginning is the beginning of too much. */
const PREFIX_MIN_LENGTH = 2;

/** A word of the query, ready to be looked up. */
export interface LookedUpWord extends QueryWord {
  /** As a query for PostgreSQL: the word's stem in each of the user's languages. */
  readonly query: string;
  /** How many of the user's chunks have it. */
  readonly uses: number;
  /** Tags that are this word, or what it was meant to be. */
  readonly names: readonly string[];
}

/** Whose chunks of which generation, in which languages they are, and about how many there are. */
export interface WordScope {
  readonly userId: string;
  readonly generation: number;
  readonly languages: readonly string[];
  /** All that this PostgreSQL knows. */
  readonly known: ReadonlySet<string>;
  readonly chunks: number;
  /** Whether pg_trgm is there to guess what a misspelt word was meant to be. */
  readonly hasTrigrams: boolean;
  /** Whether words are what they are, and neither beginnings nor misspelt. */
  readonly isLiteral: boolean;
}

interface FoundWord {
  word: string;
  query: string;
  place: number;
  uses: number;
  in_title: boolean;
}

/**
 * The query's words, the rarest first. A word that the user has nowhere is taken for the beginning of one, if it is the
 * last, or else for a misspelt word of a title or tag.
 */
export async function readQueryWords(queries: Queryable, text: string, scope: WordScope): Promise<LookedUpWord[]> {
  const found = await findWords(queries, text, scope);
  const last = Math.max(...found.map(({ place }) => place));
  const words = await Promise.all(
    found.map(async (word) => {
      const names = [word.word];
      if (word.uses > 0 || word.in_title || scope.isLiteral) return { ...word, names };
      const prefix = word.place === last ? await asPrefix(queries, word, scope) : null;
      if (prefix !== null) return { ...prefix, names };
      const corrections = scope.hasTrigrams ? await findCorrections(queries, word.word, scope) : [];
      if (corrections.length === 0) return { ...word, names };
      const [meant] = await findWords(queries, corrections.join(' '), scope, { asOne: true });
      return { ...(meant ?? word), word: word.word, names: [...names, ...corrections] };
    }),
  );
  return words
    .sort((left, right) => left.uses - right.uses || left.place - right.place)
    .slice(0, WORDS_MAX)
    .map(({ word, query, uses, names }) => ({
      ...toQueryWord(word, { uses: Math.min(uses, scope.chunks), chunks: scope.chunks }),
      query,
      uses,
      names,
    }));
}

/**
 * Words as PostgreSQL's parser tells them apart, without the little words of the language that the query is in, unless
 * there are no others.
 * @param options.asOne takes them for different spellings of one word.
 */
async function findWords(
  queries: Queryable,
  text: string,
  scope: WordScope,
  { asOne = false }: { asOne?: boolean } = {},
): Promise<FoundWord[]> {
  const { spaced, grams, singles } = partQuery(text);
  const starred = [...spaced.matchAll(/([\p{L}\p{M}\p{N}_]+)\*/gu)].flatMap(([, word]) => word ?? []);
  const asked = detectLanguage(spaced, { otherwise: '' });
  const stopLanguages = scope.known.has(asked) && asked !== 'simple' ? [asked] : scope.languages;
  return selectRows<FoundWord>(
    queries,
    sql`
      with tokens as (
        select token as word, min(place) as place, bool_or(token in (select unnest(${textArray(starred)}))) as is_prefix
        from ts_parse('default', ${spaced}) with ordinality as parsed (kind, token, place)
        -- Neither blanks, tags and protocols nor hyphenated words as a whole: their parts are words.
        where kind not in (12, 13, 14, 15, 16, 17, 23)
        group by token
      ),
      meaningful as (
        select * from tokens where not exists (
          select from unnest(${textArray(stopLanguages)}) language
          where to_tsvector(language::regconfig, word) = ''
        )
      ),
      kept as (
        select * from meaningful
        union all select * from tokens where not exists (select from meaningful)
      ),
      terms as (
        select word, place, ${quoted(sql`lexeme`)} || case when is_prefix then ':*' else '' end as term
        from kept, unnest(${textArray(scope.languages)}) language,
          unnest(tsvector_to_array(to_tsvector(language::regconfig, word)) || case when is_prefix then array[word] else '{}' end) lexeme
        union all
        select gram, ${text.length}::bigint, ${quoted(sql`gram`)} from unnest(${textArray(grams)}) gram
        union all
        select single, ${text.length}::bigint, ${quoted(sql`single`)} || ':*' from unnest(${textArray(singles)}) single
      ),
      words as (
        select ${asOne ? sql`min(word)` : sql`word`} as word, max(place)::int as place,
          string_agg(distinct term, ' | ') as query
        from terms ${asOne ? sql`` : sql`group by word`}
      ),
      different as (
        select min(word) as word, max(place) as place, query from words where query is not null group by query
      )
      select word, place, query, ${usesOf(scope, sql`query::tsquery`)} as uses,
        ${inTitleOf(scope, sql`query::tsquery`)} as in_title
      from different`,
  );
}

/*
 * Both count to the end: asked whether there is one, or for so many, the planner takes the first rows of the user in the
 * hope that they have the word, and reads all of them where none has it.
 */

function usesOf({ userId, generation }: WordScope, query: SQL): SQL {
  return sql`(select count(*)::int from entity_vectors chunk
    where chunk.user_id = ${userId} and chunk.generation = ${generation} and chunk.lexemes @@ ${query})`;
}

function inTitleOf({ userId, generation }: WordScope, query: SQL): SQL {
  return sql`(select count(*) > 0 from entity_vectors chunk
    where chunk.user_id = ${userId} and chunk.generation = ${generation} and chunk.title_lexemes @@ ${query})`;
}

/** The word as the beginning of longer ones, if there are any. */
async function asPrefix(queries: Queryable, word: FoundWord, scope: WordScope): Promise<FoundWord | null> {
  const start = normalised(word.word);
  if ([...start].length < PREFIX_MIN_LENGTH) return null;
  const [row] = await selectRows<{ query: string; uses: number; in_title: boolean }>(
    queries,
    sql`with prefix as (select ${quoted(sql`${start}::text`)} || ':*' as query)
      select query, ${usesOf(scope, sql`query::tsquery`)} as uses, ${inTitleOf(scope, sql`query::tsquery`)} as in_title
      from prefix`,
  );
  return row === undefined || (row.uses === 0 && !row.in_title) ? null : { ...word, ...row };
}
