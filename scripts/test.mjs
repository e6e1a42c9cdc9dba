// npm test: installs and builds what is missing and runs every test. Words after `--` go to vitest.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureReady, root } from './ensure-ready.mjs';

ensureReady();
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
