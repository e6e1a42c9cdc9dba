import { NotFound } from '@synap/domain';
import type { FileStore, ListedFile, ReadOptions } from './file-store.ts';

/**
 * Two stores as one while files move from one to the other: what is new goes to the new one, what is not there yet is
 * read from the old one, and what is removed is removed from both.
 */
export function createMovingFileStore({ from, to }: { from: FileStore; to: FileStore }): FileStore {
  return {
    put: (file, options) => to.put(file, options),
    read: (path, options) => readFromEither(path, options ?? {}, { from, to }),
    stat: async (path) => (await to.stat(path)) ?? (await from.stat(path)),
    remove: async (path) => {
      // The old one first: broken off in between, what is left is where it is looked for first.
      await from.remove(path);
      await to.remove(path);
    },
    list: (prefix) => merged(to.list(prefix), from.list(prefix)),
  };
}

async function readFromEither(
  path: string,
  options: ReadOptions,
  { from, to }: { from: FileStore; to: FileStore },
): Promise<AsyncIterable<Uint8Array>> {
  try {
    return await to.read(path, options);
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    return from.read(path, options);
  }
}

/** Listings in the order of their paths as one; what is in several is given as the first of them has it. */
async function* merged(...listings: readonly AsyncIterable<ListedFile>[]): AsyncGenerator<ListedFile> {
  const sources = listings.map((listing) => listing[Symbol.asyncIterator]());
  try {
    let heads = await Promise.all(sources.map(async (source) => ({ source, next: await source.next() })));
    for (;;) {
      const next = heads.flatMap((head) => (head.next.done === true ? [] : [head.next.value])).sort(byPath)[0];
      if (next === undefined) return;
      yield next;
      heads = await Promise.all(heads.map((head) => pastPath(head, next.path)));
    }
  } finally {
    for (const source of sources) await source.return?.();
  }
}

interface Head {
  readonly source: AsyncIterator<ListedFile>;
  readonly next: IteratorResult<ListedFile>;
}

async function pastPath(head: Head, path: string): Promise<Head> {
  if (head.next.done === true || head.next.value.path !== path) return head;
  return { source: head.source, next: await head.source.next() };
}

/** Sorting is stable: of two with the same path the first stays first. */
function byPath(left: ListedFile, right: ListedFile): number {
  if (left.path === right.path) return 0;
  return left.path < right.path ? -1 : 1;
}
