/**
 * The ways to find chunks by a query's words.
 *
 * Chunks are found by the rarest words, until these are in enough chunks; the others still count for what was found. A
 * chunk with none of the rarest covers too little of the query to matter. Of a word that is in very many chunks only some
 * are looked at, and these are no better than others: where it is needed for finding, what has all of the words is looked
 * for as well, which the index finds at once.
 */
import { type SQL, sql } from 'drizzle-orm';
import { normalised } from '../language/grams.ts';
import type { CandidateQuery } from '../search-index.ts';
import type { LookedUpWord } from './query-words.ts';

/** So many chunks with one of the rarest words are enough to choose from, and of one word no more are looked at. */
const CHUNKS_PER_WORD_MAX = 500;

/** Which chunks are looked at. */
export interface Passing {
  readonly generation: number;
  /** The filter and what else is asked for, on `entity` and `chunk`. */
  readonly passing: SQL;
}

/** Each finds the keys of some chunks. */
export function findersOfWords(query: CandidateQuery, words: readonly LookedUpWord[], scope: Passing): SQL[] {
  const finding = findingWords(words);
  const all = finding.some(({ uses }) => uses > CHUNKS_PER_WORD_MAX) ? allWords(words) : [];
  return [
    chunksWith(query, formTable(finding), scope),
    ...(all.length === 0 ? [] : [chunksWith(query, formTable(all), scope)]),
    chunksUnderNames(query, finding, scope),
  ];
}

function findingWords(words: readonly LookedUpWord[]): LookedUpWord[] {
  let uses = 0;
  return words.filter((word) => {
    const isNeeded = uses < CHUNKS_PER_WORD_MAX;
    uses += word.uses;
    return isNeeded;
  });
}

/** All of the words at once as one, in each language in which there are several of them. */
function allWords(words: readonly LookedUpWord[]): Pick<LookedUpWord, 'word' | 'rarity' | 'forms'>[] {
  const known = words.filter(({ uses }) => uses > 0);
  const languages = new Set(known.flatMap(({ usedIn }) => [...usedIn]));
  const forms = [...languages].flatMap((language) => {
    const queries = known.flatMap((word) => word.forms.find((form) => form.languages.includes(language))?.query ?? []);
    const query = queries.map((one) => `(${one})`).join(' & ');
    return queries.length < 2 ? [] : [{ languages: [language], query, standing: null }];
  });
  return forms.length === 0 ? [] : [{ word: '', rarity: 1, forms }];
}

function chunksWith({ userId, limit }: CandidateQuery, forms: SQL, { generation, passing }: Passing): SQL {
  return sql`
    select found.entity_id, found.chunk_index
    from ${forms} cross join lateral (
      select chunk.entity_id, chunk.chunk_index
      from entity_vectors chunk ${passingEntity(passing)}
      where chunk.user_id = ${userId} and chunk.generation = ${generation} and ${hasForm(sql`chunk`, sql`lexemes`)}
      limit ${CHUNKS_PER_WORD_MAX}
    ) found
    group by found.entity_id, found.chunk_index
    order by sum(form.rarity) desc
    limit ${limit}`;
}

/** The first chunks of things with words in their title, or that have words as tags. */
function chunksUnderNames(
  { userId, limit }: CandidateQuery,
  finding: readonly LookedUpWord[],
  { generation, passing }: Passing,
): SQL {
  return sql`
    select chunk.entity_id, chunk.chunk_index
    from (
      select titled.entity_id, form.word, form.rarity
      from ${formTable(finding)} cross join lateral (
        select chunk.entity_id from entity_vectors chunk
        where chunk.user_id = ${userId} and chunk.generation = ${generation} and ${hasForm(sql`chunk`, sql`title_lexemes`)}
        limit ${CHUNKS_PER_WORD_MAX}
      ) titled
      union
      select tagged.entity_id, word.word, word.rarity
      from ${nameTable(finding)} join tags on tags.user_id = ${userId} and tags.name = word.name
      cross join lateral (
        select entity_id from entity_tags
        where entity_tags.user_id = ${userId} and entity_tags.tag = word.name
        limit ${CHUNKS_PER_WORD_MAX}
      ) tagged
    ) named
      join entity_vectors chunk
        on chunk.entity_id = named.entity_id and chunk.generation = ${generation} and chunk.chunk_index = 0
      ${passingEntity(passing)}
    group by chunk.entity_id, chunk.chunk_index
    order by sum(named.rarity) desc
    limit ${limit}`;
}

/** The entity of each chunk by its key: the planner expects more rows than there are, and would read all entities. */
function passingEntity(passing: SQL): SQL {
  return sql`cross join lateral (
    select from entities entity where entity.id = chunk.entity_id and ${passing} offset 0) entity`;
}

/** What each word is in chunks of which languages, as a table `form`. */
export function formTable(words: readonly Pick<LookedUpWord, 'word' | 'rarity' | 'forms'>[]): SQL {
  const rows = words.flatMap(({ word, rarity, forms }) =>
    forms.map(
      ({ languages, query, standing }) => sql`(${word}::text, ${rarity}::float8,
        string_to_array(${languages.join(' ')}, ' '), ${query}::tsquery, ${standing}::tsquery)`,
    ),
  );
  return sql`(values ${sql.join(rows, sql`, `)}) as form (word, rarity, languages, query, standing)`;
}

/** The tags that are a word, as a table `word`. */
export function nameTable(words: readonly LookedUpWord[]): SQL {
  const rows = words.flatMap(({ word, rarity, names }) =>
    names.map((name) => sql`(${word}::text, ${rarity}::float8, ${normalised(name)}::text)`),
  );
  const none = sql`select null::text, null::float8, null::text where false`;
  return sql`(${rows.length === 0 ? none : sql`values ${sql.join(rows, sql`, `)}`}) as word (word, rarity, name)`;
}

/** Whether the lexemes of a row have a `form`, in a language that the form is of. */
export function hasForm(row: SQL, lexemes: SQL): SQL {
  return sql`${row}.${lexemes} @@ form.query and ${row}.language = any (form.languages)`;
}
