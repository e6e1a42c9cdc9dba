// Installs and builds what is missing, and nothing else, so that the second start is only the start.
// Plain Node without dependencies: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const OLDEST_NODE = [20, 19];
const STAMPS = join(root, 'node_modules', '.cache', 'synap');

/** Makes sure that dependencies are installed and the build is that of the present sources. */
export function ensureReady() {
  refuseOldNode();
  if (!isInstalled()) {
    say('Installing dependencies (once, about a minute) …');
    // Not `npm ci`: it refuses a lock file that lacks the optional binaries of platforms other than its author's.
    run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel', 'error']);
  }
  ensureStamp('build', buildFingerprint(), () => {
    say('Building (some seconds) …');
    run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b']);
  });
}

/** Runs a program in the project's root with this terminal; ends this process with its exit code if it fails. */
export function run(program, words, environment = process.env) {
  const { status, error } = spawnSync(program, words, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: environment,
    shell: process.platform === 'win32' && program === 'npm',
  });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

export function say(text) {
  process.stderr.write(`${text}\n`);
}

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  say(`Synap needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}. See https://nodejs.org`);
  process.exit(1);
}

function ensureStamp(name, fingerprint, action) {
  const stamp = join(STAMPS, name);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return;
  action();
  mkdirSync(STAMPS, { recursive: true });
  writeFileSync(stamp, fingerprint);
}

/** npm leaves its own lock file when it is done, whoever called it; one older than the project's is of an older tree. */
function isInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

/** Changes whenever a source that is built changes: names, sizes and times, which is quick to read. */
function buildFingerprint() {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  for (const workspace of workspaces()) {
    for (const path of sources(join(workspace, 'src'))) {
      const { size, mtimeMs } = statSync(path);
      hash.update(`${path} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

function workspaces() {
  const within = (folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name));
  return [...within('packages'), ...within('apps'), join(root, 'e2e'), join(root, 'bench')];
}

function sources(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
