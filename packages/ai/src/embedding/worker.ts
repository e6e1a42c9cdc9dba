/**
 * The thread that owns the model. It is told one batch at a time and answers it; order, priority and giving up are the
 * business of the embedder that started it. A failure to load the model ends the thread with that error.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod';
import { loadMiniLm } from './minilm.ts';
import type { WorkerReply, WorkerRequest } from './protocol.ts';

if (parentPort === null) throw new Error('This file is run as a worker thread by createLocalEmbedder.');

const model = await loadMiniLm(z.object({ threads: z.int().positive() }).parse(workerData));
serve(parentPort);

function serve(port: MessagePort): void {
  let previous = Promise.resolve();
  // One after the other: the model computes asynchronously and must not be freed under a running batch.
  port.on('message', (request: WorkerRequest) => {
    previous = previous.then(() => handle(port, request));
  });
}

async function handle(port: MessagePort, request: WorkerRequest): Promise<void> {
  if (request.kind === 'close') {
    await model.release();
    port.close();
    return;
  }
  try {
    const vectors = await model.embed(request.texts);
    port.postMessage({ kind: 'embedded', vectors } satisfies WorkerReply, [vectors.buffer]);
  } catch (error) {
    port.postMessage({ kind: 'failed', message: String(error) } satisfies WorkerReply);
  }
}
