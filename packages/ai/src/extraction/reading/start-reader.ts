import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';

/** What a process that reads files may take. */
export interface ReaderMemory {
  /** Of the heap, in megabytes. */
  readonly maxHeapMegabytes: number;
  /** Altogether, in megabytes; with what lies outside the heap, such as the bytes of the file. */
  readonly maxResidentMegabytes: number;
}

/**
 * Starts the process that reads files. By its package name, because under a test runner this file is not where the
 * build put it. It gets nothing of this process's environment: what reads strangers' files needs to know no secret.
 */
export function startReader({ maxHeapMegabytes, maxResidentMegabytes }: ReaderMemory): ChildProcess {
  const program = createRequire(import.meta.url).resolve('@synap/ai/file-reader');
  return fork(program, [String(maxResidentMegabytes)], {
    execArgv: [`--max-old-space-size=${maxHeapMegabytes}`],
    env: {},
    stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
  });
}

/** Whether this process stays alive for the reader's sake. */
export function keepAlive(reader: ChildProcess, isNeeded: boolean): void {
  const input = reader.stdin instanceof Socket ? reader.stdin : undefined;
  for (const handle of [reader, reader.channel, input]) {
    if (isNeeded) handle?.ref();
    else handle?.unref();
  }
}

/** Whether a process that ended so ran out of memory: by its watcher or the system, or by the runtime. */
export function isOutOfMemory(signal: NodeJS.Signals | null): boolean {
  return signal === 'SIGKILL' || signal === 'SIGABRT';
}
