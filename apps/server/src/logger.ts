import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { LogLevel } from './config/environment.ts';

/** What the parts of the application say, and how loud. */
export type Logger = pino.Logger;

/** Fields that may open something, wherever in what is logged they stand: what is in them is never written. */
const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'password',
  'newPassword',
  'token',
  'key',
  'apiKey',
  'secret',
  'code',
];
/** How deep they are looked for. */
const DEPTHS = ['', '*.', '*.*.', '*.*.*.'];
/** Errors of databases and of the system have a code that says what is wrong, and opens nothing. */
const HARMLESS = new Set(['*.code']);

/**
 * Logs to standard error: readable lines on a terminal, JSON elsewhere.
 * @param destination instead of standard error, as JSON.
 */
export function createLogger({
  level,
  isTerminal,
  destination = pino.destination(2),
}: {
  level: LogLevel;
  isTerminal: boolean;
  destination?: pino.DestinationStream;
}): Logger {
  const secrets = DEPTHS.flatMap((depth) => SECRET_FIELDS.map((field) => `${depth}${field}`));
  const redact = { paths: secrets.filter((path) => !HARMLESS.has(path)), censor: '(secret)' };
  if (!isTerminal) return pino({ level, base: null, redact }, destination);
  return pino(
    { level, base: null, redact },
    pretty({ destination: 2, sync: true, ignore: 'correlationId', translateTime: 'HH:MM:ss' }),
  );
}

/**
 * What of an error goes into the log: its innermost cause, without the statements and parameters that lie around it,
 * which hold what people wrote.
 */
export function loggable(error: unknown): { name: string; message: string; code?: string; stack?: string } {
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  if (!(cause instanceof Error)) return { name: 'unknown', message: String(cause) };
  const { name, message, stack } = cause;
  return {
    name,
    message,
    ...('code' in cause && typeof cause.code === 'string' ? { code: cause.code } : {}),
    ...(stack === undefined ? {} : { stack }),
  };
}
