import type pg from 'pg';

/** How long whoever holds a client whose connection was lost has to give it back. */
const GRACE_MS = 1_000;

/**
 * Makes a pool survive the loss of connections that are in use, as when the server restarts.
 *
 * A client that is checked out has no listener for errors: a connection that breaks between two of its statements would
 * end the process. And Drizzle does not give a client back whose BEGIN fails, so that the pool would have one less for
 * ever, and would never end: a client that is not given back soon after its connection ended is taken back here.
 */
export function surviveLostClients(
  pool: pg.Pool,
  { onConnectionLost }: { onConnectionLost: (error: Error) => void },
): void {
  const inUse = new Set<pg.PoolClient>();
  pool.on('error', onConnectionLost);
  pool.on('acquire', (client) => inUse.add(client));
  pool.on('release', (_error, client) => inUse.delete(client));
  pool.on('connect', (client) => {
    // What is waiting for an answer is told by its own query.
    client.on('error', onConnectionLost);
    client.on('end', () => {
      const takeBack = (): void => {
        if (inUse.has(client)) client.release(true);
      };
      setTimeout(takeBack, GRACE_MS).unref();
    });
  });
}
