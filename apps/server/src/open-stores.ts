import {
  type Database,
  type EventLog,
  openEventLog,
  openPglite,
  openPostgres,
  refuseForeignLog,
  repairFromLog,
  type SegmentStore,
  shareSignals,
} from '@synap/database';
import type { Configuration } from './config/environment.ts';
import type { DataDirectory } from './data-directory.ts';
import { type Logger, loggable } from './logger.ts';

/** How often the rows are compared with the log, where they lie in another database. */
const REPAIR_INTERVAL_MS = 5_000;

/** The state and the log, opened; one database or two. */
export interface Stores {
  readonly database: Database;
  readonly log: EventLog;
  /** Brings the rows to what the log says, after a write was cut off between the two databases. */
  readonly repair: (error: unknown) => void;
  close(): Promise<void>;
}

/**
 * Opens the databases that are configured. Where the log has its own, what a crash left undone is repaired before this
 * returns.
 * @throws {Unavailable} naming the one that cannot be used; nothing is left open then.
 */
export async function openStores(parts: {
  configuration: Configuration;
  directory: DataDirectory;
  logger: Logger;
  segments: SegmentStore;
}): Promise<Stores> {
  const { configuration, logger } = parts;
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const database = await openState(parts);
    closers.push(database.close);
    const logDatabase = await openLogDatabase(parts, database);
    if (logDatabase !== database) closers.push(logDatabase.close);
    const log = await openEventLog(logDatabase, { segments: parts.segments });
    const { engine } = logDatabase;
    if (engine.kind === 'postgres') {
      const onError = (error: unknown): void =>
        logger.debug({ error: loggable(error) }, 'signals of other processes are not heard; the log is polled instead');
      closers.push(shareSignals(log.appended, { connectionString: engine.connectionString, onError }));
    }
    if (configuration.eventsDatabaseUrl === null) return { database, log, close, repair: () => undefined };
    await refuseForeignLog({ database, log });
    const onError = (error: unknown): void =>
      logger.error({ error: loggable(error) }, 'the rows could not be compared with the log; it is tried again');
    const options = { owner: parts.directory.processName, pollIntervalMs: REPAIR_INTERVAL_MS, onError };
    const projector = repairFromLog({ database, log }, options);
    closers.push(projector.stop);
    await projector.drained();
    const repair = (error: unknown): void => {
      logger.warn({ error: loggable(error) }, 'a write is in the log but not yet in the rows; they are repaired');
      void projector.drained();
    };
    return { database, log, close, repair };
  } catch (error) {
    await close();
    throw error;
  }
}

function openState({
  configuration,
  directory,
  logger,
}: {
  configuration: Configuration;
  directory: DataDirectory;
  logger: Logger;
}): Promise<Database> {
  const { databaseUrl, eventsDatabaseUrl } = configuration;
  if (databaseUrl === null) return openPglite({ directory: directory.databasePath });
  return openPostgres({
    connectionString: databaseUrl,
    holdings: eventsDatabaseUrl === null ? 'both' : 'state',
    onConnectionLost: warnOfLostConnection(logger),
  });
}

async function openLogDatabase(
  { configuration, logger }: { configuration: Configuration; logger: Logger },
  database: Database,
): Promise<Database> {
  const { eventsDatabaseUrl } = configuration;
  if (eventsDatabaseUrl === null) return database;
  return openPostgres({
    connectionString: eventsDatabaseUrl,
    holdings: 'log',
    onConnectionLost: warnOfLostConnection(logger),
  });
}

function warnOfLostConnection(logger: Logger): (error: Error) => void {
  return (error) =>
    logger.warn({ error: loggable(error) }, 'a database connection was lost; a new one is opened when needed');
}
