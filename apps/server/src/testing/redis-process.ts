import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

const POLL_MS = 10;

/** Whether a Redis of the test's own can be started here. */
export function hasRedisServer(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

/** A Redis of the test's own, which it may kill. */
export interface RedisProcess {
  readonly url: string;
  readonly port: number;
  /** Kills it as a crash does. */
  kill(): Promise<void>;
  /** Saves what it has. */
  save(): Promise<void>;
  /** The keys that fit a pattern of Redis. */
  keys(pattern: string): Promise<string[]>;
  /** All that is kept, as it is kept. */
  values(): Promise<(string | null)[]>;
  /** Starts it again, with what it had saved last. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a Redis on a free port, which saves only when it is told. */
export async function startRedis(): Promise<RedisProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'synap-redis-'));
  const port = await findFreePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;
  const start = async (): Promise<void> => {
    const options = [
      '--bind',
      '127.0.0.1',
      '--port',
      String(port),
      '--dir',
      directory,
      '--save',
      '',
      '--appendonly',
      'no',
    ];
    child = spawn('redis-server', options, { stdio: 'ignore' });
    await withClient(url, (client) => client.ping());
  };
  const kill = async (): Promise<void> => {
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    child = null;
  };
  await start();
  return {
    url,
    port,
    kill,
    start,
    save: async () => {
      await withClient(url, (client) => client.save());
    },
    keys: (pattern) => withClient(url, (client) => client.keys(pattern)),
    values: () =>
      withClient(url, async (client) =>
        Promise.all((await client.keys('synap:cache:*')).map((key) => client.get(key))),
      ),
    close: async () => {
      await kill();
      await rm(directory, { recursive: true });
    },
  };
}

/** Waits for an answer, however long it takes to start. */
async function withClient<Result>(url: string, work: (client: Redis) => Promise<Result>): Promise<Result> {
  const client = new Redis(url, { retryStrategy: () => POLL_MS, maxRetriesPerRequest: null });
  // It is tried until it is there.
  client.on('error', () => undefined);
  const result = await work(client);
  client.disconnect();
  return result;
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port is free.');
  server.close();
  await once(server, 'close');
  return address.port;
}
