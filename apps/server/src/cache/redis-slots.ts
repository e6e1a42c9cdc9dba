import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { BEGIN_CHANGE, END_CHANGE, KEEP, LOOK } from './redis-scripts.ts';

const PREFIX = 'synap:cache:';
/** A read that takes longer keeps nothing. */
const TICKET_MS = 10_000;
/** Longer than any commit takes; after it, what somebody was changing who died is kept again. */
const CHANGE_MS = 60_000;
/** After a failure Redis is left alone for so long: it need not be waited for at each request. */
const PAUSE_MS = 1000;
const SCAN_COUNT = 1000;

/** What a look at a slot finds. */
export type Look =
  | { readonly kept: string }
  /** Nothing; what is read from the database now may be kept with this. */
  | { readonly ticket: string }
  | null;

/** The places in Redis where things are kept, see `redis-scripts.ts`. Nothing throws where Redis is out of reach. */
export interface RedisSlots {
  /** Whether it was in reach when it was last asked. */
  isInReach(): boolean;
  /** The run of Redis that answers; `null` if none does. What is asked next, without waiting, is asked of it. */
  readRun(): Promise<string | null>;
  /** @returns `null` if it is out of reach, or nothing may be kept there now. */
  look(name: string, tag: string): Promise<Look>;
  keep(name: string, slot: { tag: string; ticket: string; text: string; keepMs: number }): Promise<void>;
  /** @returns whether all of them are told. */
  beginChange(names: readonly string[]): Promise<boolean>;
  /** @returns whether all of them are told. */
  endChange(names: readonly string[]): Promise<boolean>;
  /** Empties all whose names begin so. @returns how many; `null` if it is out of reach. */
  empty(prefix: string): Promise<number | null>;
  /** How many there are whose names begin so; `null` if it is out of reach. */
  count(prefix: string): Promise<number | null>;
}

export function createRedisSlots(client: Redis, now: () => number = () => performance.now()): RedisSlots {
  const ownTickets = randomBytes(9).toString('base64url');
  let tickets = 0;
  let pausedUntil = 0;
  let run: string | null = null;
  // The next connection may be to another run.
  client.on('close', () => {
    run = null;
  });

  const isInReach = (): boolean => client.status === 'ready' && now() >= pausedUntil;
  const ask = async <Answer>(question: () => Promise<Answer>): Promise<Answer | null> => {
    try {
      return await question();
    } catch {
      // A lost connection is told of where it is made, and readiness tells of both.
      pausedUntil = now() + PAUSE_MS;
      return null;
    }
  };
  const changeAll = async (names: readonly string[], script: string): Promise<boolean> => {
    if (client.status !== 'ready') return false;
    const pipeline = client.pipeline();
    for (const name of names) pipeline.eval(script, 1, PREFIX + name, CHANGE_MS);
    const answers = await ask(async () => (await pipeline.exec()) ?? []);
    if (answers === null || answers.length < names.length) return false;
    return answers.every(([error]) => error === null);
  };
  const scan = (prefix: string): AsyncIterable<string[]> =>
    client.scanStream({ match: `${PREFIX}${prefix}*`, count: SCAN_COUNT });
  return {
    isInReach,
    readRun: async () => {
      if (run !== null || !isInReach()) return run;
      const information = await ask(() => client.info('server'));
      run = /run_id:(\S+)/.exec(information ?? '')?.[1] ?? null;
      return run;
    },
    look: async (name, tag) => {
      tickets += 1;
      const ticket = `?${ownTickets}.${tickets}`;
      const prefix = `=${tag}|`;
      const found = await ask(() => client.eval(LOOK, 1, PREFIX + name, prefix, ticket, TICKET_MS));
      if (typeof found !== 'string') return null;
      return found === ticket ? { ticket } : { kept: found.slice(prefix.length) };
    },
    keep: async (name, { tag, ticket, text, keepMs }) => {
      await ask(() => client.eval(KEEP, 1, PREFIX + name, ticket, `=${tag}|${text}`, keepMs));
    },
    beginChange: (names) => changeAll(names, BEGIN_CHANGE),
    endChange: (names) => changeAll(names, END_CHANGE),
    empty: (prefix) =>
      ask(async () => {
        let emptied = 0;
        for await (const keys of scan(prefix)) if (keys.length > 0) emptied += await client.unlink(...keys);
        return emptied;
      }),
    count: (prefix) =>
      ask(async () => {
        let count = 0;
        for await (const keys of scan(prefix)) count += keys.length;
        return count;
      }),
  };
}
