import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { LogLevel } from './config/environment.ts';

/** What the parts of the application say, and how loud. */
export type Logger = pino.Logger;

/** Logs to standard error: readable lines on a terminal, JSON elsewhere. */
export function createLogger({ level, isTerminal }: { level: LogLevel; isTerminal: boolean }): Logger {
  const errorStream = pino.destination(2);
  if (!isTerminal) return pino({ level, base: null }, errorStream);
  return pino(
    { level, base: null },
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
