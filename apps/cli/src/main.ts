import { SynapError } from '@synap/domain';
import { CommanderError } from 'commander';
import { describeFailure } from './client.ts';
import { WrongUsage } from './command-failed.ts';
import { createProgram } from './program.ts';

/**
 * Runs one `synap` command.
 * @param words the command line after the program's name.
 * @returns the exit code: 0 for success, 1 for a failed operation, 2 for wrong usage.
 */
export async function runCommandLine(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  let exitCode = 0;
  const program = createProgram(environment, {
    serve: async () => {
      const { runServer } = await import('@synap/server');
      exitCode = await runServer(environment);
    },
  });
  try {
    await program.parseAsync([...words], { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has said what was wrong; help and version that were asked for are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`synap: ${describeFailure(error)}\n`);
    if (error instanceof WrongUsage) return 2;
    if (error instanceof SynapError || error instanceof Error) return 1;
    throw error;
  }
}
