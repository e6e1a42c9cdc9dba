import type { Command } from 'commander';
import type { Client } from './client.ts';
import { connect } from './connect.ts';
import { createOutput, type Output } from './output.ts';

/** What every command is given. */
export interface CommandEnvironment {
  readonly client: Client;
  readonly output: Output;
  readonly isJson: boolean;
}

/** Adds a command whose work needs a connection; its arguments and options follow the environment. */
export type Connected = (
  definition: Command,
  work: (connection: CommandEnvironment, command: Command) => Promise<void>,
  parent?: Command,
  options?: { isDefault?: boolean },
) => void;

/** Runs a command's work with a connection, and closes it whatever happens. */
export async function withClient(
  command: Command,
  environment: Readonly<Record<string, string | undefined>>,
  work: (environment: CommandEnvironment) => Promise<void>,
): Promise<void> {
  const { json = false, url, apiKey } = command.optsWithGlobals<{ json?: boolean; url?: string; apiKey?: string }>();
  const client = await connect({
    url: url ?? environment.SYNAP_URL,
    apiKey: apiKey ?? environment.SYNAP_API_KEY,
    environment,
  });
  try {
    await work({ client, output: createOutput({ json }), isJson: json });
    if (client.settle !== null) await client.settle();
  } finally {
    await client.close();
  }
}
