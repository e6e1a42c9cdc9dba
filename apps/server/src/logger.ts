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
