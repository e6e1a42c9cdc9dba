import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** The way over the network from one process to a server, which a test may break. */
export interface NetworkLink {
  readonly port: number;
  /** Breaks every connection, and lets none be made. */
  cut(): void;
  /** Keeps what is sent from arriving, on the connections that there are. */
  stall(): void;
  /** Lets everything through again; what was stalled arrives. */
  mend(): void;
  close(): void;
}

/** Leads from a port of its own to that of the server. */
export async function openNetworkLink(serverPort: number): Promise<NetworkLink> {
  let state: 'open' | 'cut' | 'stalled' = 'open';
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (state === 'cut') return void client.destroy();
    const upstream = connect(serverPort, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => to.write(bytes));
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      if (state === 'stalled') from.pause();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port is free.');
  const cut = (): void => {
    state = 'cut';
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    cut,
    stall: () => {
      state = 'stalled';
      for (const socket of sockets) socket.pause();
    },
    mend: () => {
      state = 'open';
      for (const socket of sockets) socket.resume();
    },
    close: () => {
      cut();
      server.close();
    },
  };
}
