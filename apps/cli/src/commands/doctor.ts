import type { CommandEnvironment } from '../command.ts';
import { CommandFailed } from '../command-failed.ts';

const MARKS = { ok: '✓', degraded: '!', failed: '✗' } as const;

/** `synap doctor`: each thing that Synap relies on, and whether it works. */
export async function doctor({ client, output }: CommandEnvironment): Promise<void> {
  const readiness = await client.readReadiness();
  const lines = Object.entries(readiness.dependencies).map(
    ([name, { status, detail }]) => `${MARKS[status]} ${name}: ${detail}`,
  );
  const note = readiness.dependencies.database?.detail.includes('PGlite')
    ? [
        '  The embedded database survives a crash of the process, but not a power cut: it does not sync to disk. Set DATABASE_URL to a PostgreSQL for that.',
      ]
    : [];
  output.result(readiness, [`Node ${process.version}`, ...lines, ...note]);
  if (readiness.status === 'failed') throw new CommandFailed('Something does not work; see above.');
}
