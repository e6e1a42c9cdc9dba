import {
  type DataDirectory,
  DataDirectoryInUse,
  dataDirectoryOf,
  readOwnerKey,
  type ServerNotice,
  takeDataDirectory,
} from '@synap/server/data-directory';
import { type Client, createClient } from './client.ts';
import { CommandFailed, WrongUsage } from './command-failed.ts';

/** Which Synap to talk to. */
export interface Target {
  readonly url?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Connects to the server that is named; else to the one that runs on the data directory, as its owner; else opens the
 * embedded store in this process.
 *
 * @throws {WrongUsage} if a server is named without a key for it.
 * @throws {CommandFailed} if the data directory is taken by something that serves nowhere.
 */
export async function connect({ url, apiKey, environment }: Target): Promise<Client> {
  const dataDirectory = dataDirectoryOf(environment);
  if (url !== undefined) return connectTo(url, apiKey ?? (await keyFor(url, dataDirectory)));
  let directory: DataDirectory;
  try {
    directory = await takeDataDirectory(dataDirectory);
  } catch (error) {
    if (!(error instanceof DataDirectoryInUse)) throw error;
    return connectToRunning(dataDirectory, error.server, apiKey);
  }
  // The whole server, which takes a second to load: only who opens the store here waits for it.
  const { openEmbedded } = await import('./open-embedded.ts');
  return openEmbedded(directory, environment);
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
