import type { PGlite, Results, Transaction } from '@electric-sql/pglite';

/**
 * What DBOS uses of a `pg.Pool`, over a PGlite that the application uses too.
 *
 * PGlite is one session. A pool that sends its clients' BEGIN and COMMIT as they come lets the application's own
 * queries, sent meanwhile, fall into the open transaction, and vanish when it is rolled back. So a client's transaction
 * is one of PGlite's own: BEGIN takes PGlite's lock, everyone else's queries wait, and COMMIT or ROLLBACK gives it back.
 *
 * Therefore never await a query on the PGlite itself while holding a client in a transaction: it would wait for itself.
 */
export function createPglitePool(pglite: PGlite): PglitePool {
  return {
    options: { max: CLIENTS_MAX },
    on: () => undefined,
    query: (query, values) => run(pglite, query, values),
    connect: async () => createClient(pglite),
    // The PGlite is the application's: it is not this pool's to close.
    end: () => Promise.resolve(),
  };
}

/** A query as node-postgres takes it. */
type QueryInput = string | { readonly text: string; readonly values?: readonly unknown[] };

/** A result as node-postgres gives it. */
interface QueryOutcome {
  readonly rows: unknown[];
  readonly rowCount: number;
}

interface PoolClient {
  query(query: QueryInput, values?: readonly unknown[]): Promise<QueryOutcome>;
  on(): void;
  off(): void;
  removeListener(): void;
  release(): void;
}

export interface PglitePool {
  readonly options: { readonly max: number };
  on(): void;
  query(query: QueryInput, values?: readonly unknown[]): Promise<QueryOutcome>;
  connect(): Promise<PoolClient>;
  end(): Promise<void>;
}

/** More would only wait for each other. */
const CLIENTS_MAX = 4;
/** node-postgres gives 64-bit integers as text, and DBOS counts on it. */
const INT8 = 20;

/** A transaction that PGlite has open for a client. */
interface OpenTransaction {
  readonly transaction: Transaction;
  /** Ends it and waits until PGlite's lock is free again. */
  end(how: 'commit' | 'rollback'): Promise<void>;
}

function createClient(pglite: PGlite): PoolClient {
  let open: OpenTransaction | null = null;
  const end = async (how: 'commit' | 'rollback'): Promise<QueryOutcome> => {
    const ending = open;
    open = null;
    await ending?.end(how);
    return { rows: [], rowCount: 0 };
  };
  return {
    query: async (query, values) => {
      const verb = /^\s*(begin|start transaction|commit|rollback)\b(?!\s+to\b)/i
        .exec(textOf(query))?.[1]
        ?.toLowerCase();
      if (verb === 'commit' || verb === 'rollback') return end(verb);
      if (verb === undefined) return run(open?.transaction ?? pglite, query, values);
      open = await begin(pglite, textOf(query));
      return { rows: [], rowCount: 0 };
    },
    on: () => undefined,
    off: () => undefined,
    removeListener: () => undefined,
    release: () => {
      if (open === null) return;
      // Given back in the middle of a transaction: nobody will end it any more. A failure to do so has no taker here.
      void end('rollback').catch(() => undefined);
    },
  };
}

function begin(pglite: PGlite, statement: string): Promise<OpenTransaction> {
  return new Promise((resolve, reject) => {
    let finish: (how: 'commit' | 'rollback') => void = () => undefined;
    const finished = new Promise<'commit' | 'rollback'>((settle) => {
      finish = settle;
    });
    const closed = pglite.transaction(async (transaction) => {
      const isolation = /isolation level [a-z ]+|read only|read write/gi;
      for (const [mode] of statement.matchAll(isolation)) await transaction.exec(`set transaction ${mode}`);
      resolve({
        transaction,
        end: async (how) => {
          finish(how);
          await closed;
        },
      });
      if ((await finished) === 'rollback') await transaction.rollback();
    });
    // Before `resolve` a failure is the BEGIN's; after it, `end` reports it.
    closed.catch(reject);
  });
}

async function run(
  session: PGlite | Transaction,
  query: QueryInput,
  values?: readonly unknown[],
): Promise<QueryOutcome> {
  const parameters = values ?? (typeof query === 'string' ? undefined : query.values);
  if (parameters !== undefined && parameters.length > 0) {
    return toOutcome(await session.query(textOf(query), [...parameters]));
  }
  // Without parameters node-postgres speaks the simple protocol, which takes many statements at once.
  return toOutcome((await session.exec(textOf(query))).at(-1));
}

function textOf(query: QueryInput): string {
  return typeof query === 'string' ? query : query.text;
}

function toOutcome(results: Results<Record<string, unknown>> | undefined): QueryOutcome {
  const rows = results?.rows ?? [];
  // Not by a parser of PGlite's: those that are given with a query are joined with hundreds of others each time.
  for (const { name, dataTypeID } of results?.fields ?? []) {
    if (dataTypeID !== INT8) continue;
    for (const row of rows) if (row[name] !== null) row[name] = String(row[name]);
  }
  return { rows, rowCount: rows.length > 0 ? rows.length : (results?.affectedRows ?? 0) };
}
