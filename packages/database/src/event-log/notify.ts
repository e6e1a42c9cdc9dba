import pg from 'pg';
import type { AppendSignal } from './append-signal.ts';

const CHANNEL = 'synap_events_appended';
/** A burst of appends is one notification: NOTIFY makes committing transactions queue. */
const DEBOUNCE_MS = 20;
const RECONNECT_MS = 5_000;

/**
 * Passes signals between the processes that share a log: each append here is told to the others, theirs are raised here.
 * PostgreSQL's LISTEN and NOTIFY lose what is sent while a connection is down and do not get through every pooler, so
 * this only ever makes readers look sooner than they would by themselves. Sent after the commit, never within.
 *
 * @param onError told of each failure; it goes on by itself.
 * @returns ends it.
 */
export function shareSignals(
  signal: AppendSignal,
  { connectionString, onError }: { connectionString: string; onError: (error: unknown) => void },
): () => Promise<void> {
  let client: pg.Client | null = null;
  let isStopped = false;
  let isOwn = false;
  let reconnect: NodeJS.Timeout | undefined;
  let pending: NodeJS.Timeout | undefined;

  const raiseHere = (): void => {
    isOwn = true;
    signal.raise();
    isOwn = false;
  };
  const connect = async (): Promise<void> => {
    const opened = new pg.Client({ connectionString });
    const lose = (error?: unknown): void => {
      if (client === opened) client = null;
      if (isStopped) return;
      if (error !== undefined) onError(error);
      clearTimeout(reconnect);
      reconnect = setTimeout(start, RECONNECT_MS).unref();
    };
    opened.on('error', lose);
    opened.on('end', () => lose());
    opened.on('notification', ({ payload }) => {
      if (payload !== String(process.pid)) raiseHere();
    });
    await opened.connect();
    await opened.query(`listen ${CHANNEL}`);
    client = opened;
    // Whatever was appended before this connection listened.
    raiseHere();
  };
  const start = (): void => {
    void connect().catch((error: unknown) => {
      onError(error);
      if (!isStopped) reconnect = setTimeout(start, RECONNECT_MS).unref();
    });
  };
  const notify = (): void => {
    pending = undefined;
    client?.query('select pg_notify($1, $2)', [CHANNEL, String(process.pid)]).catch(onError);
  };
  signal.onRaise(() => {
    if (isOwn || isStopped) return;
    pending ??= setTimeout(notify, DEBOUNCE_MS).unref();
  });
  start();
  return async () => {
    isStopped = true;
    clearTimeout(reconnect);
    clearTimeout(pending);
    await client?.end();
  };
}
