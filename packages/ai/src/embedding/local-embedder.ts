/**
 * The embedder that needs no key and no network: all-MiniLM-L6-v2 in a worker thread.
 *
 * It guarantees that the event loop of the caller never computes, that an interactive call waits for at most one
 * running batch of background work, that every call settles (a thread that dies rejects what it owed), and that an
 * idle thread does not keep the process alive. The thread is started by the first call. It is told one batch at a
 * time; the queue is on this side, which is why giving up and overtaking need no messages.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { Unavailable } from '@synap/domain';
import { type TextBatch, toBatches } from './batching.ts';
import { MINILM_DIMENSIONS, MINILM_MODEL } from './minilm.ts';
import type { WorkerReply, WorkerRequest } from './protocol.ts';
import type { EmbedOptions, TextEmbedder } from './text-embedder.ts';

export interface LocalEmbedderOptions {
  /** Cores that one batch may use. Default 1: embedding then leaves the others to those who answer requests. */
  readonly threads?: number;
  /** Starts the thread; a parameter so that a test can end it. */
  readonly startWorker?: (options: { threads: number }) => Worker;
}

/** A `TextEmbedder` that can load its model before the first text arrives. */
export interface LocalEmbedder extends TextEmbedder {
  /** Loads the model now (about half a second) and resolves when it answers; without it, the first `embed` does. */
  warmUp(): Promise<void>;
}

/** Makes the embedder of the model `all-minilm-l6-v2`, 384 dimensions, 256 tokens. Nothing is loaded yet. */
export function createLocalEmbedder({
  threads = 1,
  startWorker = startEmbeddingWorker,
}: LocalEmbedderOptions = {}): LocalEmbedder {
  return new WorkerEmbedder(() => startWorker({ threads }));
}

/** The real thread. By its package name, because under a test runner this file is not where the build put it. */
export function startEmbeddingWorker({ threads }: { threads: number }): Worker {
  const file = createRequire(import.meta.url).resolve('@synap/ai/embedding-worker');
  return new Worker(file, { workerData: { threads }, name: 'synap-embedding', execArgv: [] });
}

/** One call of `embed`: settled when its last batch is in, or at the first failure. */
interface Call {
  readonly vectors: Float32Array[];
  readonly resolve: (vectors: Float32Array[]) => void;
  readonly reject: (reason: unknown) => void;
  batchesLeft: number;
  isSettled: boolean;
}

interface QueuedBatch extends TextBatch {
  readonly call: Call;
}

class WorkerEmbedder implements LocalEmbedder {
  readonly model = MINILM_MODEL;
  readonly dimensions = MINILM_DIMENSIONS;
  readonly #start: () => Worker;
  readonly #queues: { interactive: QueuedBatch[]; background: QueuedBatch[] } = { interactive: [], background: [] };
  #worker: Worker | undefined;
  #running: QueuedBatch | undefined;
  #closing: Promise<void> | undefined;

  constructor(start: () => Worker) {
    this.#start = start;
  }

  async warmUp(): Promise<void> {
    await this.embed([''], { priority: 'interactive' });
  }

  async embed(
    texts: readonly string[],
    { priority = 'background', signal }: EmbedOptions = {},
  ): Promise<Float32Array[]> {
    signal?.throwIfAborted();
    if (this.#closing !== undefined) throw unavailable('it is closed');
    if (texts.length === 0) return [];
    const { promise, resolve, reject } = promiseWithResolvers<Float32Array[]>();
    const batches = toBatches(texts);
    const call: Call = { vectors: [], resolve, reject, batchesLeft: batches.length, isSettled: false };
    const abort = () => this.#giveUp(call, signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    this.#queues[priority].push(...batches.map((batch) => ({ ...batch, call })));
    this.#runNext();
    return promise.finally(() => signal?.removeEventListener('abort', abort));
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  #runNext(): void {
    if (this.#running !== undefined) return;
    const batch = this.#queues.interactive.shift() ?? this.#queues.background.shift();
    if (batch === undefined) {
      this.#worker?.unref();
      return;
    }
    this.#running = batch;
    this.#worker ??= this.#startWorker();
    this.#worker.ref();
    this.#worker.postMessage({ kind: 'embed', texts: batch.texts } satisfies WorkerRequest);
  }

  #startWorker(): Worker {
    const worker = this.#start();
    let cause: unknown;
    worker.on('message', (reply: WorkerReply) => this.#receive(reply));
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', () => this.#lose(worker, cause));
    return worker;
  }

  #receive(reply: WorkerReply): void {
    const batch = this.#running;
    this.#running = undefined;
    if (batch !== undefined && !batch.call.isSettled) {
      if (reply.kind === 'embedded') this.#deliver(batch, reply.vectors);
      else this.#giveUp(batch.call, unavailable(`it failed on a text: ${reply.message}`));
    }
    this.#runNext();
  }

  #deliver({ call, indexes }: QueuedBatch, vectors: Float32Array): void {
    for (const [row, index] of indexes.entries()) {
      // A copy, so that one kept vector does not hold the memory of its whole batch.
      call.vectors[index] = vectors.slice(row * MINILM_DIMENSIONS, (row + 1) * MINILM_DIMENSIONS);
    }
    call.batchesLeft -= 1;
    if (call.batchesLeft > 0) return;
    call.isSettled = true;
    call.resolve(call.vectors);
  }

  #giveUp(call: Call, reason: unknown): void {
    if (call.isSettled) return;
    call.isSettled = true;
    for (const priority of ['interactive', 'background'] as const) {
      this.#queues[priority] = this.#queues[priority].filter((batch) => batch.call !== call);
    }
    call.reject(reason);
  }

  /** The thread ended, by itself or killed: all it owed is rejected, and the next call starts another. */
  #lose(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const owed = [this.#running, ...this.#queues.interactive, ...this.#queues.background];
    this.#running = undefined;
    const why = cause instanceof Error ? cause.message : 'its thread ended';
    for (const batch of owed) if (batch !== undefined) this.#giveUp(batch.call, unavailable(why, cause));
  }

  async #shutDown(): Promise<void> {
    const queued = [...this.#queues.interactive, ...this.#queues.background];
    for (const { call } of queued) this.#giveUp(call, unavailable('it was closed'));
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.ref();
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.postMessage({ kind: 'close' } satisfies WorkerRequest);
    await ended;
  }
}

function unavailable(why: string, cause?: unknown): Unavailable {
  return new Unavailable('embedding model', `The embedding model does not answer: ${why}.`, { cause });
}

/** `Promise.withResolvers`, which Node 20 lacks. */
function promiseWithResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((accept, refuse) => {
    resolve = accept;
    reject = refuse;
  });
  return { promise, resolve, reject };
}
