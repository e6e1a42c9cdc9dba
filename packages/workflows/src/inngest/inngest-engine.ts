import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type * as Sdk from 'inngest';
import {
  concurrencyKey,
  type EngineLogger,
  type Workflow,
  type WorkflowEngine,
  type WorkflowEvent,
} from '../workflow.ts';
import { retryEvent, runIdOf, toFunction, toInngestEvent } from './inngest-functions.ts';
import { type LedgerConnection, openRunLedger } from './run-ledger.ts';

/**
 * The engine on Inngest, in its cloud or on a server of one's own. Events go there; Inngest keeps the queue, the limits,
 * the retries and the waits, and calls back for every step at `/api/inngest`, signed. Which runs there are is in our own
 * tables (see run-ledger.ts).
 *
 * The plain protocol is spoken, one call for each step: its checkpoints would save calls, but what a step costs here is
 * the work of a model.
 */
export interface InngestEngine extends WorkflowEngine {
  /** Answers what Inngest asks at `/api/inngest`. */
  handle(request: Request): Promise<Response>;
  /**
   * Tells Inngest which functions there are, and that they are at this origin.
   * @throws {Error} if Inngest cannot be reached or refuses.
   */
  register(origin: string): Promise<void>;
}

export interface InngestEngineOptions {
  /** Where the runs are written down. */
  readonly connection: LedgerConnection;
  readonly workflows: readonly Workflow[];
  readonly logger: EngineLogger;
  /** Names this application on the server; those of one name replace each other. */
  readonly appId?: string;
  readonly settings: InngestSettings;
  /** The wait before the first retry of a step; it doubles each time. In whole seconds. */
  readonly retryDelayMs?: number;
  /** How long `stop` lets running steps finish. */
  readonly stopPatienceMs?: number;
}

export interface InngestSettings {
  /** Inngest's cloud if left out. */
  readonly baseUrl?: string;
  readonly eventKey?: string;
  /** What requests must be signed with; needed but in development. */
  readonly signingKey?: string;
  /** Talks to a development server, which signs nothing. */
  readonly isDev: boolean;
  /** The public origin at which Inngest reaches this server; that of the request or of `register` if left out. */
  readonly serveOrigin?: string;
}

const INNGEST_PATH = '/api/inngest';
const DEFAULT_RETRY_DELAY_MS = 1000;
const DEFAULT_STOP_PATIENCE_MS = 5000;
const IDLE_CHECK_MS = 50;

interface Running {
  readonly client: Sdk.Inngest;
  readonly answer: (request: Request) => Promise<Response>;
  readonly stopping: AbortController;
  readonly atWork: Set<Promise<unknown>>;
}

export function createInngestEngine(options: InngestEngineOptions): InngestEngine {
  const { connection, workflows, stopPatienceMs = DEFAULT_STOP_PATIENCE_MS } = options;
  let ledger = openRunLedger(connection);
  let isOpen = true;
  let running: Running | null = null;
  const started = (): Running => {
    if (running === null) throw new Error('The workflow engine is not running.');
    return running;
  };

  const send = async (event: WorkflowEvent): Promise<void> => {
    const { client } = started();
    const triggered = workflows.filter(({ trigger }) => trigger === event.name);
    for (const workflow of triggered) {
      if (workflow.concurrency !== undefined) concurrencyKey(workflow, event, workflow.concurrency.key);
    }
    for (const workflow of triggered) {
      await ledger.add({ runId: runIdOf(workflow, event), workflowId: workflow.id, event });
    }
    await client.send(toInngestEvent(event));
  };

  const start = async (): Promise<void> => {
    if (!isOpen) ledger = openRunLedger(connection);
    isOpen = true;
    await ledger.prepare();
    // Only who uses Inngest loads it.
    const sdk = await import('inngest');
    const { serve } = await import('inngest/hono');
    const { Hono } = await import('hono');
    const client = createClient(sdk, options);
    const stopping = new AbortController();
    const tools = { sdk, client, ledger, send, stopping: stopping.signal, retryDelayMs: retryDelayOf(options) };
    const { serveOrigin } = options.settings;
    const app = new Hono().all(
      INNGEST_PATH,
      serve({
        client,
        functions: workflows.map((workflow) => toFunction(workflow, tools)),
        servePath: INNGEST_PATH,
        // Otherwise anybody could have this server tell Inngest that its functions are somewhere else.
        enableUnauthedSync: false,
        ...(serveOrigin === undefined ? {} : { serveOrigin }),
      }),
    );
    running = { client, stopping, atWork: new Set(), answer: async (request) => app.fetch(request) };
  };

  const stop = async (): Promise<void> => {
    if (running !== null) {
      const { atWork, stopping } = running;
      running = null;
      const timeUp = new AbortController();
      const time = delay(stopPatienceMs, undefined, { signal: timeUp.signal }).catch(() => undefined);
      await Promise.race([Promise.allSettled(atWork), time]);
      timeUp.abort();
      stopping.abort(new Error('The server stops.'));
      await Promise.allSettled(atWork);
    }
    if (isOpen) await ledger.close();
    isOpen = false;
  };

  return {
    start,
    stop,
    send,
    handle: async (request) => {
      if (running === null) return new Response(null, { status: 503 });
      const { atWork, answer } = running;
      const work = answer(request);
      atWork.add(work);
      return work.finally(() => atWork.delete(work));
    },
    register: async (origin) => {
      const { signingKey } = options.settings;
      const headers = signingKey === undefined ? {} : { 'x-inngest-signature': sign('', signingKey, new Date()) };
      const url = new URL(INNGEST_PATH, origin);
      const response = await started().answer(new Request(url, { method: 'PUT', headers }));
      if (!response.ok) throw new Error(`Inngest did not take the functions: ${await response.text()}`);
    },
    list: (filter) => ledger.list(filter),
    retry: async (runId) => {
      const { client } = started();
      const run = await ledger.reopen(runId);
      try {
        await client.send(retryEvent({ runId, ...run }));
      } catch (error) {
        await ledger.fail(runId, `It could not be run again: ${String(error)}`);
        throw error;
      }
    },
    drop: (runId) => ledger.drop(runId),
    forget: (text) => ledger.forget(text),
    idle: async () => {
      while (await ledger.hasUnfinished()) await delay(IDLE_CHECK_MS);
    },
    deleteFinished: (before) => ledger.deleteFinished(before),
  };
}

/** As Inngest signs requests: HMAC-SHA-256 over the body and the second, under the key without its prefix. */
function sign(body: string, signingKey: string, now: Date): string {
  const second = Math.floor(now.getTime() / 1000);
  const key = signingKey.replace(/^signkey-\w+-/, '');
  return `t=${second}&s=${createHmac('sha256', key).update(`${body}${second}`).digest('hex')}`;
}

function retryDelayOf({ retryDelayMs = DEFAULT_RETRY_DELAY_MS }: InngestEngineOptions): number {
  return retryDelayMs;
}

function createClient(sdk: typeof Sdk, { appId = 'synap', settings, logger }: InngestEngineOptions): Sdk.Inngest {
  const { baseUrl, eventKey, signingKey, isDev } = settings;
  const say = (level: 'warn' | 'error') => (first: unknown, second?: unknown) =>
    logger[level](`workflows: ${describe(first)}${second === undefined ? '' : ` ${describe(second)}`}`);
  const sdkLogger = { debug: () => undefined, info: () => undefined, warn: say('warn'), error: say('error') };
  return new sdk.Inngest({
    id: appId,
    isDev,
    checkpointing: false,
    logger: sdkLogger,
    internalLogger: sdkLogger,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(eventKey === undefined ? {} : { eventKey }),
    ...(signingKey === undefined ? {} : { signingKey }),
  });
}

/** The SDK logs a message, or an object and a message. */
function describe(entry: unknown): string {
  if (typeof entry !== 'object' || entry === null) return String(entry);
  const error = entry instanceof Error ? entry : Object.values(entry).find((value) => value instanceof Error);
  return error instanceof Error ? error.message : '';
}
