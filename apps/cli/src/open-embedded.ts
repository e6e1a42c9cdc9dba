import { setFlagsFromString } from 'node:v8';
import { createLogger, readConfiguration, startApplication } from '@synap/server';
import type { DataDirectory } from '@synap/server/data-directory';
import { type Client, createClient } from './client.ts';

/** An address for requests that never leave the process. */
const EMBEDDED_URL = 'http://synap.embedded';

/** Opens the store of a data directory in this process, which releases the directory when it is closed. */
export async function openEmbedded(
  directory: DataDirectory,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Client> {
  // The embedded database is WebAssembly, whose thorough compilation pays for a server, not for a process of seconds: it
  // takes a third of all that a command takes.
  setFlagsFromString('--liftoff-only');
  const logger = createLogger({ level: 'warn', isTerminal: process.stderr.isTTY });
  const application = await startApplication(await readOrRelease(directory, environment), logger, { directory });
  return createClient({
    url: EMBEDDED_URL,
    apiKey: directory.ownerKey,
    transport: async (request) => application.fetch(request),
    settle: () => application.idle(),
    close: () => application.close(),
  });
}

async function readOrRelease(directory: DataDirectory, environment: Readonly<Record<string, string | undefined>>) {
  try {
    return readConfiguration(environment);
  } catch (error) {
    await directory.release();
    throw error;
  }
}
