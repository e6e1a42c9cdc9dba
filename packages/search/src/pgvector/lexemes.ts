/**
 * The words of a text as they are indexed and as they are asked for.
 *
 * A chunk has its words by their stems in its own language, with their places, and beside them each word whose stem is
 * another as it stands, marked with `=`: under the rules for Italian, "finse" (feigned) and "fine" (the end) have one
 * stem, and whoever looks for the hut at Finse means neither. A word that is its own stem is not told from its other
 * forms. Scripts without spaces have pairs of characters instead.
 *
 * A word that is asked for is looked up by its stem, and the stem that the rules of a language make of it counts in
 * chunks of that language only.
 */
import { type SQL, sql } from 'drizzle-orm';
import { normalised } from '../language/grams.ts';

/** Stands before a word that is indexed as it stands; no word begins with it. */
const AS_IT_STANDS = '=';

/** The lexemes of a text in a language, as a `tsvector`: all of them columns, `grams` a JSON array. */
export function lexemesOf({ language, spaced, grams }: { language: SQL; spaced: SQL; grams: SQL }): SQL {
  const stems = sql`to_tsvector(${language}::regconfig, ${spaced})`;
  const standing = sql`array_to_tsvector(array(
    select ${AS_IT_STANDS}::text || word from unnest(tsvector_to_array(to_tsvector('simple', ${spaced}))) word,
      lateral (select tsvector_to_array(to_tsvector(${language}::regconfig, word)) as stems) lexemes
    where ${language} <> 'simple' and cardinality(stems) > 0 and not word = any (stems)))`;
  const pairs = sql`array_to_tsvector(array(select jsonb_array_elements_text(${grams})))`;
  return sql`(${stems} || ${standing} || ${pairs})`;
}

/** The term for a word as it stands in a chunk, where `stems` is what the chunk's language makes of it. */
export function standingTerm({ word, stems }: { word: SQL; stems: SQL }): SQL {
  return quoted(sql`case when ${word} = any (${stems}) then ${word} else ${AS_IT_STANDS}::text || ${word} end`);
}

/** The term for words that begin so, by their stems or as they stand. */
export function beginningTerm(start: SQL): SQL {
  return sql`(${quoted(start)} || ':* | ' || ${quoted(sql`(${AS_IT_STANDS}::text || ${start})`)} || ':*')`;
}

/** A lexeme, exactly as it is, as part of a query; quoted so that nothing in it is an operator. */
export function quoted(lexeme: SQL): SQL {
  return sql`('''' || replace(replace(${lexeme}, '\\', '\\\\'), '''', '''''') || '''')`;
}

/** An array parameter; both drivers take it as JSON. */
export function textArray(items: readonly string[]): SQL {
  return sql`array(select jsonb_array_elements_text(${JSON.stringify(items.map(normalised))}::jsonb))`;
}
