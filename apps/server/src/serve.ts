import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Unavailable } from '@synap/domain';
import { clientAddress } from './accounts/client-address.ts';
import { type Application, startApplication } from './application.ts';
import type { Configuration } from './config/environment.ts';
import type { Logger } from './logger.ts';

/** A server that answers on a socket. */
export interface RunningServer {
  readonly url: string;
  readonly application: Application;
  /** Lets requests that are being served finish, then ends everything. */
  stop(): Promise<void>;
}

/**
 * Starts the application and listens.
 * @throws {Unavailable} if the port or anything else that is needed cannot be had; nothing is left open then.
 */
export async function serve(configuration: Configuration, logger: Logger): Promise<RunningServer> {
  const application = await startApplication(configuration, logger);
  try {
    const { proxies } = configuration.accounts;
    const server = createAdaptorServer({
      fetch: (request, { incoming }) => {
        const address = clientAddress(incoming, { proxies });
        return application.fetch(request, address === undefined ? {} : { clientAddress: address });
      },
    });
    const { port } = await listen(server, configuration);
    const host = configuration.host.includes(':') ? `[${configuration.host}]` : configuration.host;
    const url = `http://${host}:${port}`;
    await application.directory.announce({ pid: process.pid, url });
    application.listensAt(url);
    return {
      url,
      application,
      stop: async () => {
        const closed = once(server, 'close');
        server.close();
        if ('closeIdleConnections' in server) server.closeIdleConnections();
        await closed;
        await application.close();
      },
    };
  } catch (error) {
    await application.close();
    throw error;
  }
}

type NodeServer = ReturnType<typeof createAdaptorServer>;

async function listen(server: NodeServer, { host, port }: Configuration): Promise<AddressInfo> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Unavailable(
      'port',
      `Cannot listen on ${host}:${port}: ${reason}. Stop what uses the port, or set PORT to another one (PORT=0 picks a free one).`,
      { cause: error },
    );
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port.');
  return address;
}
