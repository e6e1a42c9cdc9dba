import { type PGlite, type QueryOptions, type Transaction, types } from '@electric-sql/pglite';

/*
 * Drizzle sends the same parsers with each query, to have dates as text, and PGlite joins them with its own, one for each
 * of hundreds of types, each time anew: a twelfth of what an enrichment took. So PGlite is made with Drizzle's parsers, and
 * is not given them again.
 */

const asText = (value: string): string => value;

/** What PGlite is to be made with, so that it reads values as Drizzle wants them. */
export const DRIZZLE_PARSERS = {
  [types.TIMESTAMP]: asText,
  [types.TIMESTAMPTZ]: asText,
  [types.INTERVAL]: asText,
  [types.DATE]: asText,
};

/** The same database, which leaves out of a query the parsers that it has. */
export function leanPglite(pglite: PGlite): PGlite {
  return withMethods(pglite, {
    query: leanQuery(pglite),
    transaction: (work: (transaction: Transaction) => Promise<unknown>) =>
      pglite.transaction((transaction) => work(withMethods(transaction, { query: leanQuery(transaction) }))),
  });
}

function leanQuery(session: Pick<PGlite | Transaction, 'query'>) {
  return (text: string, values?: unknown[], { parsers: _known, ...options }: QueryOptions = {}) =>
    session.query(text, values, options);
}

/** The same object with some methods of its own; the others are called on the object itself, which has private fields. */
function withMethods<Target extends object>(target: Target, methods: Readonly<Record<string, unknown>>): Target {
  return new Proxy(target, {
    get: (_target, name) => {
      if (typeof name === 'string' && Object.hasOwn(methods, name)) return methods[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
