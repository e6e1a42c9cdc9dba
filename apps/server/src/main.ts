import { SynapError } from '@synap/domain';
import { readConfiguration, settingsWithoutEffect } from './config/environment.ts';
import { createLogger } from './logger.ts';
import { serve } from './serve.ts';

/**
 * Runs a server in this process until it is told to stop by SIGINT or SIGTERM.
 * @returns the exit code.
 */
export async function runServer(environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  try {
    const configuration = readConfiguration(environment);
    const logger = createLogger({ level: configuration.logLevel, isTerminal: process.stderr.isTTY });
    for (const warning of settingsWithoutEffect(environment)) logger.warn(warning);
    // Heard from the beginning: whoever sees that it is ready may stop it at once, and the start is gone through with.
    const stopped = stopSignal();
    const server = await serve(configuration, logger);
    process.stdout.write(welcome(server.url, configuration.dataDirectory, await server.application.hasAccount()));
    await stopped;
    process.stdout.write('Stopping …\n');
    await server.stop();
    return 0;
  } catch (error) {
    if (!(error instanceof SynapError)) throw error;
    process.stderr.write(`Synap cannot start: ${error.message}\n`);
    return 1;
  }
}

function welcome(url: string, dataDirectory: string, hasAccount: boolean): string {
  return [
    `Synap is ready at ${url}`,
    `  data      ${dataDirectory}`,
    '  sign in   the command line on this machine needs no login:  npm run -s synap -- capture "Buy milk tomorrow"',
    `            programs send the key in ${dataDirectory}/owner-key as “Authorization: Bearer …”`,
    ...(hasAccount ? [] : ['            with a password, after:  npm run -s synap -- account create YOU@EXAMPLE.COM']),
    '  stop      Ctrl-C',
    '',
  ].join('\n');
}

/** Resolves at the first signal; at the second the process ends at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const onSignal = (): void => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.off(signal, onSignal);
        process.once(signal, () => process.exit(130));
      }
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  });
}
