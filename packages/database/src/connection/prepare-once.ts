import type { Queryable } from './database.ts';

/**
 * Puts a statement together once for each database, instead of each time that it is sent. Give Drizzle's `prepare` a name,
 * and a server also parses it once for each connection, and soon plans it once: that is for statements that find rows by
 * their keys, whose best plan is the same for everybody. (A transaction is a database of its own here: the name still counts.)
 */
export function prepareOnce<Statement>(prepare: (queries: Queryable) => Statement): (queries: Queryable) => Statement {
  const prepared = new WeakMap<Queryable, Statement>();
  return (queries) => {
    const known = prepared.get(queries);
    if (known !== undefined) return known;
    const statement = prepare(queries);
    prepared.set(queries, statement);
    return statement;
  };
}
