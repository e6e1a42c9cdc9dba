import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

/** As `scripts/start.mjs` ends. */
const START_BUILT = [
  '--input-type=module',
  '--eval',
  "const { runServer } = await import('./apps/server/dist/index.js'); process.exit(await runServer(process.env));",
];

/** A real server in a process of its own, as `npm start` runs it. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** What it has written so far, both streams. */
  output(): string;
  /** Ctrl-C; gives the exit code. */
  stop(): Promise<number | null>;
  /** As a crash does it. */
  kill(): Promise<void>;
  /** A REST call as the owner. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** A request with the owner's key and whatever else. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  readonly ownerKey: string;
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers as a client without types would
  readonly body: any;
  readonly headers: Headers;
}

/**
 * The embedded database is WebAssembly, whose thorough compilation takes a third of the processor's time that a server needs
 * which lives for seconds, and changes nothing but that.
 */
const QUICKLY_COMPILED = ['--liftoff-only'];

/**
 * Starts a server on a free port and waits until it says that it is ready. Fails with its output if it ends before.
 * @param options.isMeasured whether it is to be as quick as a server that lives for long.
 * @param options.project the directory of another source, which is built already; nothing is installed there.
 */
export async function startServer(
  dataDirectory: string,
  environment: Record<string, string> = {},
  { project = PROJECT, isMeasured = false }: { project?: string; isMeasured?: boolean } = {},
): Promise<ServerProcess> {
  const words = project === PROJECT ? [join(PROJECT, 'scripts', 'start.mjs')] : START_BUILT;
  const child = spawn(process.execPath, [...(isMeasured ? [] : QUICKLY_COMPILED), ...words], {
    cwd: project,
    env: { ...process.env, PORT: '0', LOG_LEVEL: 'warn', SYNAP_DATA_DIR: dataDirectory, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      output += text;
    });
  }
  const url = await readyUrl(child, () => output);
  const ownerKey = (await readFile(join(dataDirectory, 'owner-key'), 'utf8')).trim();
  const fetchAsOwner = (path: string, init: RequestInit = {}) =>
    fetch(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${ownerKey}`, ...init.headers } });
  return {
    url,
    pid: child.pid ?? 0,
    ownerKey,
    output: () => output,
    fetch: fetchAsOwner,
    call: async (method, path, body, headers = {}) => {
      const hasBody = body !== undefined;
      const response = await fetchAsOwner(path, {
        method,
        headers: { ...(hasBody ? { 'content-type': 'application/json' } : {}), ...headers },
        ...(hasBody ? { body: JSON.stringify(body) } : {}),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : JSON.parse(text), headers: response.headers };
    },
    stop: async () => {
      const exited = exitOf(child);
      child.kill('SIGINT');
      return exited;
    },
    kill: async () => {
      const exited = exitOf(child);
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Runs `synap …` and waits for its end. */
export async function runSynap(
  dataDirectory: string,
  words: readonly string[],
  {
    input,
    environment = {},
    onStart = () => undefined,
  }: { input?: string | Uint8Array; environment?: Record<string, string>; onStart?: (pid: number) => void } = {},
): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(PROJECT, 'scripts', 'synap.mjs'), ...words], {
    cwd: PROJECT,
    env: { ...process.env, SYNAP_DATA_DIR: dataDirectory, NO_COLOR: '1', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onStart(child.pid ?? 0);
  child.stdin.end(input ?? '');
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8');
    child[name].on('data', (text: string) => {
      texts[name] += text;
    });
  }
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, ...texts };
}

function readyUrl(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const url = /ready at (http:\S+)/.exec(output())?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout?.on('data', look);
    child.once('exit', (code) => reject(new Error(`The server ended with ${code} before it was ready:\n${output()}`)));
  });
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}
