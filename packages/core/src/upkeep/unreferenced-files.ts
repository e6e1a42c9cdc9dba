import { listSegments } from '@synap/database';
import { Unprocessable, UserId } from '@synap/domain';
import type { ListedFile } from '@synap/storage';
import type { Parts } from '../parts.ts';

/*
 * Files that nothing names: what an upload leaves that was broken off between the content and the event. Content comes
 * first, so a young file may be one whose event is still to come; only what is older than a day counts.
 */

const DAY_MS = 24 * 60 * 60 * 1000;
const FILES_PER_PAGE = 500;
/** A sweep that would remove more than this share of all files does not look like one. */
const SWEPT_SHARE_MAX = 0.1;
/** So many may be removed whatever their share. */
const SWEPT_ALWAYS = 100;

type FileParts = Pick<Parts, 'files' | 'log' | 'clock'>;

/** A page of files that were looked at. */
export interface FilePage {
  readonly files: number;
  /** Older than a day, and named by no event, checkpoint or archive entry. */
  readonly unreferenced: readonly ListedFile[];
}

/** Looks at every file of every user, page by page. */
export async function* findUnreferencedFiles(parts: FileParts): AsyncGenerator<FilePage> {
  const before = new Date(parts.clock.now().getTime() - DAY_MS);
  let page: ListedFile[] = [];
  for await (const file of parts.files.list('')) {
    page.push(file);
    if (page.length < FILES_PER_PAGE) continue;
    yield { files: page.length, unreferenced: await unreferencedOf(parts, page, before) };
    page = [];
  }
  yield { files: page.length, unreferenced: await unreferencedOf(parts, page, before) };
}

/** What a sweep removed. */
export interface SweptFiles {
  files: number;
  sizeBytes: number;
}

/**
 * Removes the files that nothing names. Each is looked at once more right before: a write of the same content makes a
 * file young again, and the log may name it by now.
 *
 * @param options.isKnown whether a user has an account here. Files of others are another installation's, or what an
 * erasure left: they are not touched.
 * @throws {Unprocessable} if far more files than a few broken uploads are named by nothing, as when the database is not
 * the one that they belong to. Nothing is removed then.
 */
export async function sweepFiles(
  parts: FileParts,
  { isKnown, signal }: { isKnown: (userId: string) => boolean; signal: AbortSignal },
): Promise<SweptFiles> {
  const candidates: ListedFile[] = [];
  let files = 0;
  for await (const page of findUnreferencedFiles(parts)) {
    signal.throwIfAborted();
    files += page.files;
    candidates.push(...page.unreferenced.filter(({ path }) => isKnown(userOf(path))));
  }
  if (candidates.length > SWEPT_ALWAYS && candidates.length > files * SWEPT_SHARE_MAX) {
    throw new Unprocessable(
      `${candidates.length} of ${files} files are named by no event. That looks like the files of another database, so none was removed; verify --files lists them.`,
    );
  }
  const swept: SweptFiles = { files: 0, sizeBytes: 0 };
  for (const { path, sizeBytes } of candidates) {
    signal.throwIfAborted();
    if (!(await isStillUnreferenced(parts, path))) continue;
    await parts.files.remove(path);
    swept.files += 1;
    swept.sizeBytes += sizeBytes;
  }
  return swept;
}

async function isStillUnreferenced(parts: FileParts, path: string): Promise<boolean> {
  const before = new Date(parts.clock.now().getTime() - DAY_MS);
  const found = await parts.files.stat(path);
  return found !== null && (await unreferencedOf(parts, [{ path, ...found }], before)).length === 1;
}

async function unreferencedOf(
  { log }: FileParts,
  page: readonly ListedFile[],
  before: Date,
): Promise<readonly ListedFile[]> {
  const old = page.filter(({ path, modifiedAt }) => modifiedAt < before && folderOf(path) !== 'checkpoints');
  if (old.length === 0) return [];
  const named = new Set<string>();
  if (old.some(({ path }) => folderOf(path) === 'archive')) {
    for (const { path } of await listSegments(log.database.queries)) named.add(path);
  }
  const idsByUser = new Map<string, Set<string>>();
  for (const { path } of old) {
    const ids = idsByUser.get(userOf(path)) ?? new Set();
    idsByUser.set(userOf(path), ids.add(path.split('/')[3] ?? ''));
  }
  for (const [userId, ids] of idsByUser) {
    const streams = await log.readAggregates(UserId.parse(userId), [...ids]);
    for (const event of [...streams.values()].flat()) {
      if (event.type === 'entity.file_uploaded') named.add(event.data.filePath);
    }
  }
  return old.filter(({ path }) => !named.has(path));
}

function userOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function folderOf(path: string): string {
  return path.split('/')[2] ?? '';
}
