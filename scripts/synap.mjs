// npm run -s synap -- …: the command line of this checkout.
import { ensureReady } from './ensure-ready.mjs';

ensureReady();
// npm runs scripts in the project's root; paths on the command line are meant where the person is.
if (process.env.INIT_CWD !== undefined && process.env.SYNAP_DATA_DIR === undefined) {
  const { join } = await import('node:path');
  process.env.SYNAP_DATA_DIR = join(process.cwd(), '.synap');
}
if (process.env.INIT_CWD !== undefined) process.chdir(process.env.INIT_CWD);
const { runCommandLine } = await import('../apps/cli/dist/index.js');
process.exitCode = await runCommandLine(process.argv.slice(2), process.env);
