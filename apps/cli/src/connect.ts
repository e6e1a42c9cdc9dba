import {
  createLogger,
  DataDirectoryInUse,
  readConfiguration,
  readOwnerKey,
  type ServerNotice,
  startApplication,
} from '@synap/server';
import { type Client, createClient } from './client.ts';
import { CommandFailed, WrongUsage } from './command-failed.ts';

/** Which Synap to talk to. */
export interface Target {
  readonly url?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** An address for requests that never leave the process. */
const EMBEDDED_URL = 'http://synap.embedded';

/**
 * Connects to the server that is named; else to the one that runs on the data directory, as its owner; else opens the
 * embedded store in this process.
 *
 * @throws {WrongUsage} if a server is named without a key for it.
 * @throws {CommandFailed} if the data directory is taken by something that serves nowhere.
 */
export async function connect({ url, apiKey, environment }: Target): Promise<Client> {
  const configuration = readConfiguration(environment);
  if (url !== undefined) return connectTo(url, apiKey ?? (await keyFor(url, configuration.dataDirectory)));
  try {
    const logger = createLogger({ level: 'warn', isTerminal: process.stderr.isTTY });
    const application = await startApplication(configuration, logger);
    return createClient({
      url: EMBEDDED_URL,
      apiKey: application.directory.ownerKey,
      transport: async (request) => application.fetch(request),
      settle: () => application.idle(),
      close: () => application.close(),
    });
  } catch (error) {
    if (!(error instanceof DataDirectoryInUse)) throw error;
    return connectToRunning(configuration.dataDirectory, error.server, apiKey);
  }
}

async function connectToRunning(
  dataDirectory: string,
  server: ServerNotice | null,
  apiKey: string | undefined,
): Promise<Client> {
  const key = apiKey ?? (await readOwnerKey(dataDirectory));
  if (server === null || key === null) {
    throw new CommandFailed(
      `The data directory ${dataDirectory} is in use, but its server is not ready yet. Try again in a moment.`,
    );
  }
  return connectTo(server.url, key);
}

function connectTo(url: string, apiKey: string): Client {
  const base = url.replace(/\/+$/, '');
  return createClient({ url: base, apiKey, transport: fetch, settle: null, close: () => Promise.resolve() });
}

/** The owner's key, for a server on this very machine only: it is never sent anywhere else. */
async function keyFor(url: string, dataDirectory: string): Promise<string> {
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
  const key = isLocal ? await readOwnerKey(dataDirectory) : null;
  if (key === null) throw new WrongUsage('A server needs a key: pass --api-key or set SYNAP_API_KEY.');
  return key;
}
