import { Unavailable } from '@synap/domain';

/** What to do, by the class of a SQLSTATE (PostgreSQL, appendix A): the failures that are the database's own. */
const ADVICE_BY_CLASS: Readonly<Record<string, string>> = {
  '08': 'The connection to the database was lost. It is opened anew with the next request.',
  '3D': 'The database does not exist any more. Check DATABASE_URL.',
  '53': 'The database lacks space, memory or connections. Free some and try again; nothing was written.',
  '57': 'The database is shutting down or was told to stop. Try again in a moment.',
  '58': 'The database reports an error of its disk. Check it before you go on; nothing was written.',
  XX: 'The database reports damage to its own files. Stop the server and restore a backup.',
};
const UNREACHABLE = 'The database cannot be reached. Check that it runs; it is tried anew with the next request.';
const NETWORK_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);
const LOST_CONNECTION = /connection terminated|connection timeout|client has encountered a connection error/i;

/**
 * A thrown thing as a failure of the database, if it is one: out of reach, out of space, shutting down. Anything else,
 * such as a broken constraint, is a programmer's mistake and not a failure of the database.
 * @returns `null` if it is none.
 */
export function databaseFailure(error: unknown): Unavailable | null {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const advice = adviceFor(cause);
    if (advice !== null) return new Unavailable('database', advice, { cause: error });
  }
  return null;
}

function adviceFor(error: Error): string | null {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (NETWORK_CODES.has(code) || LOST_CONNECTION.test(error.message)) return UNREACHABLE;
  return /^[0-9A-Z]{5}$/.test(code) ? (ADVICE_BY_CLASS[code.slice(0, 2)] ?? null) : null;
}
