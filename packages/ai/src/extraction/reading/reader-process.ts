/**
 * The program of the process in which files are read; see `createTextExtractor`. Its main thread reads, a second one
 * watches over the memory of both, since the first has no moment to look while a library unpacks a bomb.
 */
import { isMainThread, Worker } from 'node:worker_threads';

if (isMainThread) {
  new Worker(new URL(import.meta.url), { execArgv: [], argv: process.argv.slice(2) }).unref();
  const { serveFiles } = await import('./serve-files.ts');
  serveFiles();
} else {
  const { watchMemory } = await import('./watch-memory.ts');
  watchMemory({ maxResidentMegabytes: Number(process.argv[2]) });
}
