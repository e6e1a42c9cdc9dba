import { type SQL, sql } from 'drizzle-orm';
import { partQuery } from '../language/grams.ts';
import type { CandidateQuery, SearchFilter } from '../search-index.ts';
import { quoted, textArray } from './lexemes.ts';

/*
 * What a hit must be, as conditions on `entity` and `chunk`. None of them says whose data it is: each query does that
 * itself, once, on the table that drives it.
 */

/** Whether an entity is as the filter wants it. */
export function passes(filter: SearchFilter): SQL {
  const { type, tag, tags = [], excludedTags = [], state, from, to, updated, due, entityId } = filter;
  const conditions = [
    state === 'deleted' ? sql`entity.deleted_at is not null` : sql`entity.deleted_at is null`,
    ...(type === undefined ? [] : [sql`entity.type = ${type}`]),
    ...(entityId === undefined ? [] : [sql`entity.id = ${entityId}`]),
    ...within(sql`entity.created_at`, { from, to }),
    ...within(sql`entity.updated_at`, updated ?? {}),
    ...[...tags, ...(tag === undefined ? [] : [tag])].map((name) => hasTag(name)),
    ...excludedTags.map((name) => sql`not ${hasTag(name)}`),
  ];
  if (state !== undefined && state !== 'deleted') conditions.push(isTask(STATUSES[state]));
  if (due?.from !== undefined) conditions.push(isTask(sql`task.due_date >= ${due.from}::date`));
  if (due?.to !== undefined) conditions.push(isTask(sql`task.due_date < ${due.to}::date`));
  return sql.join(conditions, sql` and `);
}

/** Whether the filter leaves anything out but the trash. */
export function isSelective(filter: SearchFilter): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}

const STATUSES = {
  open: sql`task.status in ('todo', 'in_progress')`,
  done: sql`task.status = 'done'`,
  cancelled: sql`task.status = 'cancelled'`,
};

function within(column: SQL, { from, to }: { from?: Date | undefined; to?: Date | undefined }): SQL[] {
  return [
    ...(from === undefined ? [] : [sql`${column} >= ${from.toISOString()}::timestamptz`]),
    ...(to === undefined ? [] : [sql`${column} < ${to.toISOString()}::timestamptz`]),
  ];
}

function hasTag(name: string): SQL {
  return sql`exists (select from entity_tags where entity_tags.entity_id = entity.id and entity_tags.tag = ${name})`;
}

function isTask(condition: SQL): SQL {
  return sql`(entity.type = 'task' and exists (select from task_details task where task.entity_id = entity.id and ${condition}))`;
}

/** What a chunk or its title must have, and what its entity may have nowhere, whatever found it. */
export function hasAsked(
  { phrases = [], excluded = [] }: Pick<CandidateQuery, 'phrases' | 'excluded'>,
  generation: number,
  languages: readonly string[],
): SQL {
  const anywhere = (condition: (row: SQL) => SQL) =>
    sql`exists (select from entity_vectors part
      where part.entity_id = entity.id and part.generation = ${generation} and ${condition(sql`part`)})`;
  const conditions = [
    ...phrases.map((phrase) => {
      const query = phraseQuery(phrase, languages);
      // A phrase of nothing but little words is in everything.
      return sql`(numnode(${query}) = 0 or chunk.lexemes @@ ${query} or ${anywhere((part) => sql`${part}.chunk_index = 0 and ${part}.title_lexemes @@ ${query}`)})`;
    }),
    ...excluded.map((phrase) => {
      const query = phraseQuery(phrase, languages);
      return sql`not ${anywhere((part) => sql`(${part}.lexemes @@ ${query} or ${part}.title_lexemes @@ ${query})`)}`;
    }),
  ];
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
}

/** Word after word in any of the languages; of scripts without spaces, all of their pairs. */
function phraseQuery(phrase: string, languages: readonly string[]): SQL {
  const { spaced, grams, singles } = partQuery(phrase);
  const words = sql.join(
    languages.map((language) => sql`phraseto_tsquery(${language}::regconfig, ${spaced})`),
    sql` || `,
  );
  const parts = spaced.trim() === '' ? [] : [sql`(${words})`];
  if (grams.length + singles.length > 0) {
    parts.push(
      sql`(select string_agg(term, ' & ')::tsquery from (
        select ${quoted(sql`gram`)} as term from unnest(${textArray(grams)}) gram
        union all select ${quoted(sql`single`)} || ':*' from unnest(${textArray(singles)}) single) terms)`,
    );
  }
  return parts.length === 0 ? sql`''::tsquery` : sql`(${sql.join(parts, sql` && `)})`;
}
