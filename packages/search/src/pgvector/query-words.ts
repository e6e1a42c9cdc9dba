import { type Queryable, selectRows } from '@synap/database';
import { type SQL, sql } from 'drizzle-orm';
import { detectLanguage } from '../language/detect-language.ts';
import { normalised, partQuery } from '../language/grams.ts';
import { type QueryWord, toQueryWord } from '../query-word.ts';
import { beginningTerm, quoted, standingTerm, textArray } from './lexemes.ts';
import { findCorrections } from './spelling.ts';

/** Of a long query only its rarest words are looked up; the rest cannot tell anything apart. */
const WORDS_MAX = 16;
/**
 * Of a word that is in so many chunks no more are counted. It is then taken for as frequent as the mean of this and of
 * what it can be, in orders of magnitude: by so little a common word counts, it matters no more.
 */
const USES_COUNTED_MAX = 500;
/** A shorter beginning is the beginning of too much. */
const PREFIX_MIN_LENGTH = 2;

/** What a word of the query is in chunks of some languages. */
export interface WordForm {
  readonly languages: readonly string[];
  /** As a query for PostgreSQL: the word in any of its forms. */
  readonly query: string;
  /** The same for the word as it was asked for; `null` where it stands nowhere just so, and every form is as good. */
  readonly standing: string | null;
}

/** A word of the query, ready to be looked up. */
export interface LookedUpWord extends QueryWord {
  readonly forms: readonly WordForm[];
  /** How many of the user's chunks have it. */
  readonly uses: number;
  /** In which languages they are. */
  readonly usedIn: ReadonlySet<string>;
  /** Tags that are this word, or what it was meant to be. */
  readonly names: readonly string[];
}

/** A language that the user has chunks in, and about how many. */
export interface UsedLanguage {
  readonly language: string;
  readonly chunks: number;
}

/** Whose chunks of which generation, in which languages they are, and about how many there are. */
export interface WordScope {
  readonly userId: string;
  readonly generation: number;
  readonly languages: readonly UsedLanguage[];
  /** All that this PostgreSQL knows. */
  readonly known: ReadonlySet<string>;
  readonly chunks: number;
  /** Whether pg_trgm is there to guess what a misspelt word was meant to be. */
  readonly hasTrigrams: boolean;
  /** Whether words are what they are, and neither beginnings nor misspelt. */
  readonly isLiteral: boolean;
}

/** The words of a query, and the language that it is in: one that the user has chunks in. */
export interface QueryWords {
  readonly words: readonly LookedUpWord[];
  readonly home: string;
}

/** A word in one of the user's languages that it means something in. */
interface FoundForm {
  readonly language: string;
  readonly query: string;
  readonly standing: string | null;
  /** How many chunks in that language have it, in the text or the title. */
  readonly uses: number;
}

interface FoundWord {
  readonly word: string;
  readonly place: number;
  readonly forms: readonly FoundForm[];
  /** How many chunks are in languages that it is one of the little words of, which are not indexed. */
  readonly unindexed: number;
}

/**
 * The query's words, the rarest first. A word that the user has nowhere is taken for the beginning of one, if it is the
 * last, or else for a misspelt word of a title or tag.
 */
export async function readQueryWords(queries: Queryable, text: string, scope: WordScope): Promise<QueryWords> {
  const home = homeOf(text, scope);
  const found = await findWords(queries, text, scope);
  const last = Math.max(...found.map(({ place }) => place));
  const words = await Promise.all(
    found.map(async (word) => {
      const names = [word.word];
      if (isAnywhere(word) || scope.isLiteral) return { ...word, names };
      const beginnings = word.place === last ? await findBeginnings(queries, word.word, scope) : [];
      if (beginnings.length > 0) return { ...word, forms: beginnings, unindexed: 0, names };
      const corrections = scope.hasTrigrams ? await findCorrections(queries, word.word, scope) : [];
      if (corrections.length === 0) return { ...word, names };
      const meant = await findWords(queries, corrections.join(' '), scope);
      const forms = meant.flatMap((one) => one.forms);
      return { ...word, ...(forms.length === 0 ? {} : { forms }), names: [...names, ...corrections] };
    }),
  );
  const looked = words
    .map((word) => ({ ...word, uses: usesOf(word) }))
    .sort((left, right) => left.uses - right.uses || left.place - right.place)
    .slice(0, WORDS_MAX)
    .map(({ word, forms, uses, unindexed, names }) => ({
      ...toQueryWord(word, { uses: Math.min(uses, scope.chunks), unindexed, chunks: scope.chunks }),
      forms: mergeForms(forms),
      uses,
      usedIn: new Set(forms.filter(isUsed).map(({ language }) => language)),
      names,
    }));
  return { words: looked, home };
}

function usesOf({ forms }: Pick<FoundWord, 'forms'>): number {
  return forms.reduce((sum, { uses }) => sum + uses, 0);
}

function isAnywhere({ forms }: Pick<FoundWord, 'forms'>): boolean {
  return forms.some(isUsed);
}

function isUsed({ uses }: FoundForm): boolean {
  return uses > 0;
}

/** Languages in which a word is looked up by the same queries, together. */
function mergeForms(forms: readonly FoundForm[]): WordForm[] {
  const merged = new Map<string, WordForm>();
  for (const { language, query, standing } of forms) {
    const key = JSON.stringify([query, standing]);
    merged.set(key, { query, standing, languages: [...(merged.get(key)?.languages ?? []), language] });
  }
  return [...merged.values()];
}

interface FormRow {
  readonly word: string;
  readonly place: number;
  readonly is_whole: boolean;
  readonly language: string;
  readonly query: string;
  readonly standing: string | null;
  readonly uses: number;
  /** Whether it stands just so in a chunk or title of this language. */
  readonly stands: boolean;
}

/**
 * Words as PostgreSQL's parser tells them apart, without the little words of the language that the query is in, unless
 * there are no others. A word with a hyphen is its parts, and also the whole if that stands anywhere.
 */
async function findWords(queries: Queryable, text: string, scope: WordScope): Promise<FoundWord[]> {
  const asked = detectLanguage(partQuery(text).spaced, { otherwise: '' });
  const names = scope.languages.map(({ language }) => language);
  const stopLanguages = scope.known.has(asked) && asked !== 'simple' ? [asked] : names;
  const rows = await selectRows<FormRow>(queries, formsOf(text, { ...scope, stopLanguages }));
  const home = homeOf(text, scope);
  const ofWords = new Map<string, FormRow[]>();
  for (const row of rows) ofWords.set(row.word, [...(ofWords.get(row.word) ?? []), row]);
  const words = [...ofWords.values()].flatMap((forms) => toFoundWord(forms, scope, home));
  const different = new Map(
    words.map((word) => [JSON.stringify(word.forms.map(({ language, query }) => [language, query])), word]),
  );
  return [...different.values()];
}

/** The language that a query is in; for one that does not tell, the one that the user writes most in. */
function homeOf(text: string, { languages }: WordScope): string {
  const [most] = [...languages].sort((left, right) => right.chunks - left.chunks);
  const asked = detectLanguage(partQuery(text).spaced, { otherwise: '' });
  return languages.some(({ language }) => language === asked) ? asked : (most?.language ?? '');
}

/**
 * A word that stands somewhere just so is of the languages of these chunks, or of the asker's; what the rules of other
 * languages make of it is another word.
 */
function toFoundWord(rows: readonly FormRow[], { languages }: WordScope, home: string): FoundWord[] {
  const [first] = rows;
  if (first === undefined) return [];
  const own = new Set(rows.filter(({ stands }) => stands).map(({ language }) => language));
  if (first.is_whole && own.size === 0) return [];
  const forms = rows
    .filter(({ language }) => own.size === 0 || own.has(language) || language === home)
    .map(({ language, query, standing, uses }) => ({
      language,
      query,
      standing: own.size === 0 ? null : standing,
      uses,
    }));
  const meaningful = new Set(rows.map(({ language }) => language));
  const unindexed = languages
    .filter(({ language }) => !meaningful.has(language))
    .reduce((sum, { chunks }) => sum + chunks, 0);
  return [{ word: first.word, place: first.place, forms, unindexed }];
}

/** For each word and each language that has it: how it is looked up, and in how many chunks of that language it is. */
function formsOf(text: string, scope: WordScope & { stopLanguages: readonly string[] }): SQL {
  const { spaced, grams, singles } = partQuery(text);
  const starred = [...spaced.matchAll(/([\p{L}\p{M}\p{N}_]+)\*/gu)].flatMap(([, word]) => word ?? []);
  const names = textArray(scope.languages.map(({ language }) => language));
  return sql`
    with tokens as (
      select token as word, min(place) as place, bool_or(kind in (15, 16, 17)) as is_whole,
        bool_or(token in (select unnest(${textArray(starred)}))) as is_prefix
      from ts_parse('default', ${spaced}) with ordinality as parsed (kind, token, place)
      -- Neither blanks, tags nor protocols.
      where kind not in (12, 13, 14, 23)
      group by token
    ),
    meaningful as (
      select * from tokens where not exists (
        select from unnest(${textArray(scope.stopLanguages)}) language
        where to_tsvector(language::regconfig, word) = ''
      )
    ),
    kept as (
      select * from meaningful
      union all select * from tokens where not exists (select from meaningful)
    ),
    forms as (
      select word, place::int as place, is_whole, language,
        (select string_agg(case when is_prefix then ${beginningTerm(sql`lexeme`)} else ${quoted(sql`lexeme`)} end, ' | ')
          from unnest(stems || case when is_prefix then array[word] else '{}' end) lexeme
          where not is_whole or position('-' in lexeme) > 0) as query,
        case when not is_prefix then ${standingTerm({ word: sql`word`, stems: sql`stems` })} end as standing
      from kept, unnest(${names}) language,
        lateral (select tsvector_to_array(to_tsvector(language::regconfig, word)) as stems) lexemes
      where cardinality(stems) > 0
      union all
      select gram, ${text.length}::int, false, language, ${quoted(sql`gram`)}, null
      from unnest(${textArray(grams)}) gram, unnest(${names}) language
      union all
      select single, ${text.length}::int, false, language, ${quoted(sql`single`)} || ':*', null
      from unnest(${textArray(singles)}) single, unnest(${names}) language
    ),
    counts as materialized (
      select asked.query, counted.* from (
        select query from forms where query is not null union select standing from forms where standing is not null
      ) asked, lateral (${countsOf(scope, sql`asked.query`)}) counted
    )
    select forms.*, coalesce(of_any.uses, 0) as uses,
      of_standing.query is not null as stands
    from forms
      left join counts of_any on of_any.query = forms.query and of_any.language = forms.language
      left join counts of_standing on of_standing.query = forms.standing and of_standing.language = forms.language
    where forms.query is not null`;
}

/**
 * How many chunks of each language a query finds, by their text or title; none of a language that has none. The query must be
 * a column, not a constant: for that the planner expects few rows, and reads what the words' index says. Where it expects
 * more than are asked for it takes the first rows of the user in the hope that they have the word, and reads all of
 * them where none has it.
 */
function countsOf({ userId, generation, chunks }: WordScope, query: SQL): SQL {
  const factor = Math.max(1, Math.sqrt(chunks / USES_COUNTED_MAX));
  const scale = sql`case when sum(count(*)) over () < ${USES_COUNTED_MAX} then 1 else ${factor}::float8 end`;
  return sql`
    select language, greatest(sum(in_text), sum(in_title))::int as uses from (
      select language, count(*) * ${scale} as in_text, 0 as in_title from (
        select language from entity_vectors chunk
        where chunk.user_id = ${userId} and chunk.generation = ${generation} and chunk.lexemes @@ ${query}::tsquery
        limit ${USES_COUNTED_MAX}
      ) found group by language
      union all
      select language, 0, count(*) * ${scale} from (
        select language from entity_vectors chunk
        where chunk.user_id = ${userId} and chunk.generation = ${generation} and chunk.title_lexemes @@ ${query}::tsquery
        limit ${USES_COUNTED_MAX}
      ) found group by language
    ) parts group by language`;
}

/** The word as the beginning of longer ones, if there are any. */
async function findBeginnings(queries: Queryable, word: string, scope: WordScope): Promise<FoundForm[]> {
  const start = normalised(word);
  if ([...start].length < PREFIX_MIN_LENGTH) return [];
  const rows = await selectRows<{ query: string; language: string; uses: number }>(
    queries,
    sql`with beginning as (select ${beginningTerm(sql`${start}::text`)} as query)
      select query, counted.* from beginning, lateral (${countsOf(scope, sql`query`)}) counted`,
  );
  return rows.map((row) => ({ ...row, standing: null }));
}
