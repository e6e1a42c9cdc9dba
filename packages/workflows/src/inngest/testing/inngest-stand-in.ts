import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Plays Inngest's server towards the SDK: takes events and registrations, and calls the functions step by step, signed.
 * It follows the published SDK specification, and the SDK where that differs: the body is signed in its canonical JSON
 * form (RFC 8785), a sleep carries its duration in `name`, an awaited event is named there too, and the last failing
 * attempt of a step is a `StepFailed`.
 *
 * It holds everything in memory, waits for no retry, and knows of expressions only the one that `match` makes. So it
 * proves how our endpoint and functions behave under the protocol, and nothing about Inngest itself: its queue, its
 * limits under load, its expressions, its timeouts, what survives a crash of its own.
 */
export interface InngestStandIn {
  readonly baseUrl: string;
  readonly signingKey: string;
  readonly eventKey: string;
  /** What was wrong with what it was sent, or with an answer. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

interface SentEvent {
  readonly id: string;
  readonly name: string;
  readonly data: Record<string, unknown>;
}

interface RegisteredFunction {
  readonly id: string;
  readonly triggers: readonly { event?: string; expression?: string }[];
  readonly concurrency?: readonly { key?: string; limit: number }[];
  readonly steps: { readonly step: { runtime: { url: string }; retries?: { attempts: number } } };
}

interface Opcode {
  readonly op: string;
  readonly id: string;
  readonly name?: string;
  readonly data?: unknown;
  readonly error?: unknown;
  readonly opts?: { timeout?: string; if?: string };
}

interface Wait {
  readonly name: string;
  readonly accepts: (event: SentEvent) => boolean;
  readonly resolve: (event: SentEvent) => void;
}

interface Run {
  readonly id: string;
  readonly fn: RegisteredFunction;
  readonly event: SentEvent;
  /** The results of its steps, by their hashed names. */
  readonly steps: Record<string, unknown>;
  readonly order: string[];
}

const SIGNING_KEY = `signkey-test-${'5a'.repeat(32)}`;
const AWAY_RETRY_MS = 20;
const EVENT_KEY = 'stand-in-event-key';

export async function startInngestStandIn(): Promise<InngestStandIn> {
  const functions = new Map<string, RegisteredFunction>();
  const known = new Set<string>();
  const waits = new Set<Wait>();
  const gates = new Map<string, { free: number; queue: (() => void)[] }>();
  const complaints: string[] = [];
  const closing = new AbortController();
  let lastRun = 0;

  const accept = (event: SentEvent): void => {
    if (known.has(event.id)) return;
    known.add(event.id);
    for (const wait of waits) if (wait.name === event.name && wait.accepts(event)) wait.resolve(event);
    for (const fn of functions.values()) {
      if (!fn.triggers.some((trigger) => trigger.event === event.name && holds(trigger.expression, event))) continue;
      lastRun += 1;
      const run: Run = { id: `run-${lastRun}`, fn, event, steps: {}, order: [] };
      work(run).catch((error: unknown) => {
        if (!closing.signal.aborted) complaints.push(`${fn.id}: ${String(error)}`);
      });
    }
  };

  /** Holds one of the places that a function has for a key, while a step is at work. */
  const withinLimit = async <Result>({ fn, event }: Run, task: () => Promise<Result>): Promise<Result> => {
    const [limit] = fn.concurrency ?? [];
    if (limit?.key === undefined) return task();
    const key = `${fn.id}:${String(valueIn(limit.key, { event }))}`;
    const gate = gates.get(key) ?? { free: limit.limit, queue: [] };
    gates.set(key, gate);
    if (gate.free > 0) gate.free -= 1;
    else await new Promise<void>((resolve) => gate.queue.push(resolve));
    try {
      return await task();
    } finally {
      const next = gate.queue.shift();
      if (next === undefined) gate.free += 1;
      else next();
    }
  };

  const work = async (run: Run): Promise<void> => {
    // The registration says how often to try again.
    const maxAttempts = 1 + (run.fn.steps.step.retries?.attempts ?? 3);
    let attempt = 0;
    let target = 'step';
    for (;;) {
      const { status, body, mayRetry } = await withinLimit(run, () => call(run, { attempt, maxAttempts, target }));
      if (status === 503) {
        await delay(AWAY_RETRY_MS, undefined, { signal: closing.signal });
        continue;
      }
      target = 'step';
      if (status === 200) return;
      if (status !== 206) {
        attempt += 1;
        if (mayRetry && attempt < maxAttempts) continue;
        fail(run, body);
        return;
      }
      const opcodes = body as Opcode[];
      const failing = opcodes.find(({ op }) => op === 'StepError');
      if (failing !== undefined) {
        if (!mayRetry) throw new Error('a StepError that must not be tried again');
        attempt += 1;
        if (attempt >= maxAttempts) throw new Error('a StepError at the last attempt');
        continue;
      }
      attempt = 0;
      const planned = opcodes.find(({ op }) => op === 'StepPlanned');
      if (planned !== undefined) target = planned.id;
      for (const opcode of opcodes) await settle(run, opcode);
    }
  };

  const settle = async (run: Run, opcode: Opcode): Promise<void> => {
    const remember = (result: unknown): void => {
      run.steps[opcode.id] = result;
      run.order.push(opcode.id);
    };
    switch (opcode.op) {
      case 'StepPlanned':
        return;
      case 'StepRun':
      case 'Step':
        return remember({ type: 'data', data: opcode.data });
      case 'StepFailed':
        return remember({ type: 'error', error: opcode.error });
      case 'Sleep':
        await delay(milliseconds(opcode.name ?? ''), undefined, { signal: closing.signal });
        return remember(null);
      case 'WaitForEvent':
        return remember(await awaited(run, opcode));
      default:
        throw new Error(`an unknown opcode: ${JSON.stringify(opcode)}`);
    }
  };

  const awaited = async ({ event }: Run, { name = '', opts }: Opcode): Promise<SentEvent | null> => {
    const timeUp = new AbortController();
    let wait: Wait | undefined;
    const received = new Promise<SentEvent>((resolve) => {
      wait = { name, accepts: (async) => holds(opts?.if, event, async), resolve };
      waits.add(wait);
    });
    const signal = AbortSignal.any([timeUp.signal, closing.signal]);
    const time = delay(milliseconds(opts?.timeout ?? ''), null, { signal }).catch(() => null);
    const result = await Promise.race([received, time]);
    timeUp.abort();
    if (wait !== undefined) waits.delete(wait);
    return result;
  };

  const call = async (
    { id, fn, event, steps, order }: Run,
    { attempt, maxAttempts, target }: { attempt: number; maxAttempts: number; target: string },
  ): Promise<{ status: number; body: unknown; mayRetry: boolean }> => {
    // It may have been started again, at another address.
    const url = new URL((functions.get(fn.id) ?? fn).steps.step.runtime.url);
    url.searchParams.set('fnId', fn.id);
    url.searchParams.set('stepId', target);
    const body = {
      event,
      events: [event],
      steps,
      version: -1,
      ctx: {
        run_id: id,
        attempt,
        max_attempts: maxAttempts,
        disable_immediate_execution: false,
        use_api: false,
        stack: { stack: order, current: order.length },
      },
    };
    const response = await fetch(url, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: {
        'content-type': 'application/json',
        'x-inngest-signature': sign(canonical(body), SIGNING_KEY),
        'x-inngest-req-version': '-1',
      },
      signal: closing.signal,
    }).catch(() => null);
    const answer = await response?.text().catch(() => null);
    // The application has stopped or died: it is asked until it is there again.
    if (!response || typeof answer !== 'string' || response.status === 503) {
      return { status: 503, body: null, mayRetry: true };
    }
    const signature = new URLSearchParams(response.headers.get('x-inngest-signature') ?? '');
    if (signature.get('s') !== hmac(answer, SIGNING_KEY, signature.get('t') ?? '')) {
      complaints.push(`${fn.id}: an answer with a wrong signature`);
    }
    const mayRetry = response.headers.get('x-inngest-no-retry') !== 'true';
    return { status: response.status, body: JSON.parse(answer), mayRetry };
  };

  const fail = (run: Run, error: unknown): void => {
    accept({
      id: `${run.id}-failed`,
      name: 'inngest/function.failed',
      data: { function_id: run.fn.id, run_id: run.id, error, event: run.event },
    });
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://stand-in').pathname;
    const body: unknown = JSON.parse((await text(request)) || 'null');
    if (path === `/e/${EVENT_KEY}`) {
      const events = (Array.isArray(body) ? body : [body]) as SentEvent[];
      json(response, 200, { ids: events.map(({ id }) => id), status: 200 });
      for (const event of events) accept(event);
    } else if (path === '/fn/register') {
      if (request.headers.authorization !== `Bearer ${hashedKey(SIGNING_KEY)}`) {
        json(response, 401, { status: 401, error: 'a wrong signing key', modified: false, skipped: false });
        return;
      }
      const { functions: registered } = body as { functions: RegisteredFunction[] };
      for (const fn of registered) functions.set(fn.id, fn);
      json(response, 200, { status: 200, skipped: false, modified: true });
    } else {
      complaints.push(`an unknown request: ${request.method} ${path}`);
      json(response, 404, { status: 404, error: 'there is nothing here' });
    }
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      complaints.push(String(error));
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    signingKey: SIGNING_KEY,
    eventKey: EVENT_KEY,
    complaints,
    close: async () => {
      closing.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Whether an expression holds: none, `a == b`, of paths and quoted texts. */
function holds(expression: string | undefined, event: SentEvent, async?: SentEvent): boolean {
  if (expression === undefined || expression === '') return true;
  const [left = '', right = ''] = expression.split('==').map((side) => side.trim());
  return valueIn(left, { event, async }) === valueIn(right, { event, async });
}

function valueIn(side: string, scope: Record<string, unknown>): unknown {
  if (/^['"]/.test(side)) return side.slice(1, -1);
  return side.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown>)?.[name], scope);
}

/** Of a duration such as `1h30m5s`. */
function milliseconds(duration: string): number {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
  const parts = [...duration.matchAll(/(\d+)(ms|[smhdw])/g)];
  if (parts.length === 0) throw new Error(`not a duration: ${duration}`);
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0);
}

/** JSON as RFC 8785 has it, for what the protocol carries. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((each) => canonical(each === undefined ? null : each)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  const sorted = entries.toSorted(([left], [right]) => (left < right ? -1 : 1));
  return `{${sorted.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`;
}

/** A signature of now. */
function sign(body: string, key: string): string {
  const second = String(Math.floor(Date.now() / 1000));
  return `t=${second}&s=${hmac(body, key, second)}`;
}

function hmac(body: string, key: string, second: string): string {
  return createHmac('sha256', key.replace(/^signkey-\w+-/, ''))
    .update(body + second)
    .digest('hex');
}

function hashedKey(key: string): string {
  const prefix = /^signkey-\w+-/.exec(key)?.[0] ?? '';
  return (
    prefix +
    createHash('sha256')
      .update(Buffer.from(key.slice(prefix.length), 'hex'))
      .digest('hex')
  );
}
