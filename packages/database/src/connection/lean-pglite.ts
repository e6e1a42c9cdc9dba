import { setImmediate as nextTurn } from 'node:timers/promises';
import { type PGlite, type QueryOptions, type Transaction, types } from '@electric-sql/pglite';

/*
 * Drizzle sends the same parsers with each query, to have dates as text, and PGlite joins them with its own, one for each
 * of hundreds of types, each time anew: a sixth of what an enrichment took. So PGlite is made with Drizzle's parsers, and
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

/**
 * PGlite answers without ever waiting for anything, so that work of many queries is one long turn: no request is even taken
 * in before it is over, and such turns took 180 ms. After so much time a query lets others in.
 */
const TURN_MS = 1;

/** The same database, which leaves out of a query the parsers that it has, and lets others in between queries. */
export function leanPglite(pglite: PGlite): PGlite {
  let turnBegan = performance.now();
  const letOthersIn = async (): Promise<void> => {
    if (performance.now() - turnBegan < TURN_MS) return;
    await nextTurn();
    turnBegan = performance.now();
  };
  const lean = <Session extends PGlite | Transaction>(session: Session, methods: Record<string, unknown> = {}) =>
    withMethods(session, {
      ...methods,
      query: async (text: string, values?: unknown[], { parsers: _known, ...options }: QueryOptions = {}) => {
        await letOthersIn();
        return session.query(text, values, options);
      },
      exec: async (text: string, options?: QueryOptions) => {
        await letOthersIn();
        return session.exec(text, options);
      },
    });
  return lean(pglite, {
    transaction: (work: (transaction: Transaction) => Promise<unknown>) =>
      pglite.transaction((transaction) => work(lean(transaction))),
  });
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
