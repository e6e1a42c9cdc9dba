import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A line to a server that breaks when it is told to. */
export interface BreakingLine {
  readonly url: string;
  /** Loses this many answers on their way: what was asked for has been done, and nobody hears of it. */
  loseAnswers(count: number): void;
  /** How many of them are still to be lost. */
  readonly toLose: number;
  /** Breaks every connection that there is. */
  breakNow(): void;
  /** Lets nobody through until `mend`. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** A line on a port of its own to the server at this URL. */
export async function openBreakingLine(serverUrl: string): Promise<BreakingLine> {
  const { hostname, port } = new URL(serverUrl);
  const open = new Set<Socket>();
  let toLose = 0;
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect({ host: hostname, port: Number(port) });
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
      // A connection that breaks is what this is for.
      socket.on('error', () => socket.destroy());
    }
    near.pipe(far);
    far.on('data', (part) => {
      if (toLose === 0) {
        near.write(part);
        return;
      }
      toLose -= 1;
      near.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: ownPort } = server.address() as AddressInfo;
  const breakNow = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${ownPort}`,
    loseAnswers: (count) => {
      toLose = count;
    },
    get toLose() {
      return toLose;
    },
    breakNow,
    cut: () => {
      isCut = true;
      breakNow();
    },
    mend: () => {
      isCut = false;
    },
    close: async () => {
      breakNow();
      server.close();
      await once(server, 'close');
    },
  };
}
