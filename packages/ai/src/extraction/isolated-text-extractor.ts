/**
 * The readable text of files, taken out in a process of its own.
 *
 * It guarantees that the event loop of the caller never parses, that every call settles within its deadline once it is
 * its turn, whatever the file holds, and that no file can bring the caller down: a process that reads too long or takes
 * too much memory is ended, and the next file gets a new one. A worker thread cannot promise that: when the heap of one
 * is full, V8 may abort all of the process, and what lies outside the heap is not bounded at all. One file is read at a
 * time; an idle process does not keep the caller alive and is ended after a while.
 */
import type { ChildProcess } from 'node:child_process';
import { FileType, Unavailable, Unprocessable } from '@synap/domain';
import { type ExtractedText, type FileToRead, NO_TEXT, type PageToRead, withProblem } from './extracted-text.ts';
import { fileSizeLimits } from './file-size-limits.ts';
import { plainFileText } from './plain-file-text.ts';
import { sendFrames } from './reading/frames.ts';
import type { Reading, ReadReply, ReadRequest } from './reading/protocol.ts';
import { isOutOfMemory, keepAlive, startReader } from './reading/start-reader.ts';
import type { TextExtractor } from './text-extractor.ts';

export interface TextExtractorOptions {
  /** How long one file may be read, in milliseconds. Default 30 seconds. */
  readonly deadlineMs?: number;
  /** The heap of the process that reads, in megabytes. Default 256. */
  readonly maxHeapMegabytes?: number;
  /** All memory of that process, in megabytes; the bytes of the file are held up to twice. Default 1,024. */
  readonly maxResidentMegabytes?: number;
  /** Files above this are not read for text, in bytes. Default: the largest PDF that is accepted. */
  readonly maxContentBytes?: number;
  /** After how many idle milliseconds the process is ended. Default 30 seconds. */
  readonly idleMs?: number;
  /** Starts the process; a parameter so that a test can look at it. */
  readonly start?: typeof startReader;
}

/** Makes an extractor. No process is started before the first file that needs one. */
export function createTextExtractor({
  deadlineMs = 30_000,
  maxHeapMegabytes = 256,
  maxResidentMegabytes = 1_024,
  maxContentBytes = fileSizeLimits.pdf,
  idleMs = 30_000,
  start = startReader,
}: TextExtractorOptions = {}): TextExtractor {
  const startWithLimits = () => start({ maxHeapMegabytes, maxResidentMegabytes });
  return new IsolatedTextExtractor({ deadlineMs, maxContentBytes, idleMs, start: startWithLimits });
}

/** The part of the deadline after which a reader is content with the beginning. */
const ENOUGH_AFTER = 0.8;

interface Settings {
  readonly deadlineMs: number;
  readonly maxContentBytes: number;
  readonly idleMs: number;
  readonly start: () => ChildProcess;
}

/** One file to be read in the process. */
interface Job extends Omit<FileToRead, 'kind'> {
  readonly reading: Reading;
  readonly resolve: (result: ExtractedText) => void;
  readonly reject: (reason: unknown) => void;
}

interface Reader {
  readonly process: ChildProcess;
  readonly ended: Promise<void>;
  isReady: boolean;
}

class TooMuch extends Error {}

class IsolatedTextExtractor implements TextExtractor {
  readonly #settings: Settings;
  #queue: Job[] = [];
  #running: Job | undefined;
  #reader: Reader | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #ending = new Set<Promise<void>>();
  #isClosed = false;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async extractText({ signal, ...file }: FileToRead & { signal?: AbortSignal }): Promise<ExtractedText> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw unavailable('it is closed');
    switch (file.kind) {
      case FileType.audio:
      case FileType.video:
        return NO_TEXT;
      case FileType.markdown:
      case FileType.text:
        return plainFileText(file);
      default:
        return this.#readIsolated({ ...file, reading: { kind: file.kind } }, signal);
    }
  }

  async extractArticle({ signal, url, ...page }: PageToRead & { signal?: AbortSignal }): Promise<ExtractedText> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw unavailable('it is closed');
    return this.#readIsolated({ ...page, reading: { kind: 'article', url } }, signal);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const owed = this.#running === undefined ? this.#queue : [this.#running, ...this.#queue];
    this.#queue = [];
    this.#endReader();
    for (const job of owed) job.reject(unavailable('it was closed'));
    await Promise.all(this.#ending);
  }

  async #readIsolated(
    file: Pick<Job, 'reading' | 'content' | 'maxTextLength'>,
    signal: AbortSignal | undefined,
  ): Promise<ExtractedText> {
    let abort: () => void = () => undefined;
    try {
      return await new Promise<ExtractedText>((resolve, reject) => {
        const job: Job = { ...file, resolve, reject };
        abort = () => this.#giveUp(job, signal?.reason);
        signal?.addEventListener('abort', abort, { once: true });
        this.#queue.push(job);
        this.#runNext();
      });
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  #runNext(): void {
    if (this.#running !== undefined) return;
    clearTimeout(this.#timer);
    const job = this.#queue.shift();
    if (job === undefined) {
      this.#rest();
      return;
    }
    this.#running = job;
    this.#timer = setTimeout(() => this.#settle(job, withProblem('timed_out')), this.#settings.deadlineMs);
    this.#reader ??= this.#startReader();
    keepAlive(this.#reader.process, true);
    void this.#send(job, this.#reader.process);
  }

  async #send(job: Job, process: ChildProcess): Promise<void> {
    const { reading, maxTextLength, content } = job;
    const { deadlineMs, maxContentBytes } = this.#settings;
    try {
      process.send({ reading, maxTextLength, enoughAfterMs: deadlineMs * ENOUGH_AFTER } satisfies ReadRequest);
      if (process.stdin !== null) await sendFrames(process.stdin, upTo(maxContentBytes, content));
    } catch (error) {
      if (error instanceof TooMuch) this.#settle(job, withProblem('too_large'));
      // If the process is gone, its exit tells more than the broken pipe.
      else if (process.stdin?.writable === true) this.#giveUp(job, error);
    }
  }

  #startReader(): Reader {
    const process = this.#settings.start();
    const ended = new Promise<void>((resolve) => process.once('close', () => resolve()));
    const reader: Reader = { process, ended, isReady: false };
    process.on('message', (reply: ReadReply) => this.#receive(reader, reply));
    process.on('error', (error) => this.#lose(reader, { signal: null, cause: error }));
    process.on('exit', (_code, signal) => this.#lose(reader, { signal, cause: undefined }));
    // Reported by the exit; unheard, it would bring this process down.
    process.stdin?.on('error', () => undefined);
    return reader;
  }

  #receive(reader: Reader, reply: ReadReply): void {
    if (this.#reader !== reader) return;
    if (reply.kind === 'ready') {
      reader.isReady = true;
      return;
    }
    const job = this.#running;
    this.#running = undefined;
    if (reply.kind === 'extracted') job?.resolve(reply.result);
    else job?.reject(new Unprocessable(reply.message));
    this.#runNext();
  }

  /** Ends the running job with a result, and the process that still reads for it. */
  #settle(job: Job, result: ExtractedText): void {
    if (this.#running !== job) return;
    this.#endReader();
    job.resolve(result);
    this.#runNext();
  }

  #giveUp(job: Job, reason: unknown): void {
    this.#queue = this.#queue.filter((queued) => queued !== job);
    if (this.#running === job) this.#endReader();
    job.reject(reason);
    this.#runNext();
  }

  /** The process ended by itself: the file it read did that, unless it never came so far. */
  #lose(reader: Reader, { signal, cause }: { signal: NodeJS.Signals | null; cause: unknown }): void {
    if (this.#reader !== reader) return;
    const job = this.#running;
    this.#endReader();
    if (!reader.isReady) job?.reject(unavailable('the process that reads them does not start', cause));
    else job?.resolve(withProblem(isOutOfMemory(signal) ? 'too_complex' : 'unreadable'));
    this.#runNext();
  }

  #rest(): void {
    if (this.#reader === undefined) return;
    keepAlive(this.#reader.process, false);
    this.#timer = setTimeout(() => this.#endReader(), this.#settings.idleMs).unref();
  }

  #endReader(): void {
    clearTimeout(this.#timer);
    this.#running = undefined;
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader === undefined || !reader.process.kill('SIGKILL')) return;
    const ending = reader.ended.finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}

async function* upTo(maxBytes: number, content: FileToRead['content']): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    length += chunk.byteLength;
    if (length > maxBytes) throw new TooMuch();
    yield chunk;
  }
}

function unavailable(why: string, cause?: unknown): Unavailable {
  return new Unavailable('text extraction', `The text of files cannot be read: ${why}.`, { cause });
}
