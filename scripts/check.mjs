// npm run check: types, format, lint, boundaries between packages, dead code.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureReady, root, say } from './ensure-ready.mjs';

ensureReady();
const bin = (name) => join(root, 'node_modules', '.bin', name);
const checks = [
  ['types of the tests', 'tsc', ['-p', 'tsconfig.tests.json']],
  ['format, lint, boundaries', 'biome', ['check', '--error-on-warnings', '.']],
  ['dead code', 'knip', []],
];
const failed = checks.filter(([name, program, words]) => {
  say(`• ${name}`);
  return (
    spawnSync(bin(program), words, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' }).status !== 0
  );
});
if (failed.length > 0) say(`Failed: ${failed.map(([name]) => name).join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
