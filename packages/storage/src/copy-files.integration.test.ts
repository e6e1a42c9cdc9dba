import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Unavailable } from '@synap/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CopyProgress, copyFiles } from './copy-files.ts';
import type { FileStore } from './file-store.ts';
import { createLocalFileStore } from './local/local-file-store.ts';
import { readVerified } from './read-all.ts';
import { createS3FileStore } from './s3/s3-file-store.ts';
import { aFile, allOf, bytes, manyBytes } from './testing/a-file.ts';
import { testS3Server } from './testing/test-bucket.ts';

interface OpenStore {
  readonly files: FileStore;
  close(): Promise<void>;
  /** Changes what is stored past the store: its bytes, or its size too. */
  damage(path: string, how: 'bytes' | 'size'): Promise<void>;
}

const now = new Date();
const server = testS3Server(process.env);

async function aDirectory(): Promise<OpenStore> {
  const directory = await mkdtemp(join(tmpdir(), 'synap-copy-'));
  return {
    files: await createLocalFileStore({ directory, now }),
    close: () => rm(directory, { recursive: true }),
    damage: (path, how) =>
      how === 'size' ? truncate(join(directory, path), 3) : writeFile(join(directory, path), bytes('# Hallo')),
  };
}

async function aBucket(): Promise<OpenStore> {
  const bucket = await server.createBucket();
  return {
    files: await createS3FileStore({ ...bucket.settings, now }),
    close: () => bucket.remove(),
    damage: (path, how) => bucket.putRaw(path, how === 'size' ? bytes('abc') : bytes('# Hallo')),
  };
}

for (const { name, isAvailable, openFrom, openTo } of [
  { name: 'from a directory to another one', isAvailable: true, openFrom: aDirectory, openTo: aDirectory },
  {
    name: `from a directory to a bucket ${server.name}`,
    isAvailable: server.isAvailable,
    openFrom: aDirectory,
    openTo: aBucket,
  },
  {
    name: `from a bucket to a directory ${server.name}`,
    isAvailable: server.isAvailable,
    openFrom: aBucket,
    openTo: aDirectory,
  },
]) {
  describe.skipIf(!isAvailable)(`a copy ${name}`, () => {
    let from: OpenStore;
    let to: OpenStore;
    beforeEach(async () => {
      [from, to] = await Promise.all([openFrom(), openTo()]);
    });
    afterEach(() => Promise.all([from.close(), to.close()]));

    const putMany = async (count: number): Promise<string[]> => {
      const paths: string[] = [];
      for (let index = 0; index < count; index += 1) {
        const folder = index % 2 === 0 ? 'notes' : 'attachments';
        paths.push((await from.files.put(aFile({ folder, content: bytes(`content ${index}`) }))).path);
      }
      return paths;
    };
    const sameObjects = async () => {
      const listed = async (files: FileStore) =>
        (await allOf(files)).map(({ path, sizeBytes }) => ({ path, sizeBytes }));
      expect(await listed(to.files)).toEqual(await listed(from.files));
    };

    it('brings every object over whole, small and large, and tells how far it is', async () => {
      await putMany(20);
      const large = manyBytes(20 * 1024 * 1024 + 1);
      const { path } = await from.files.put(aFile({ content: large }));
      const seen: CopyProgress[] = [];
      const done = await copyFiles(from.files, { to: to.files, onProgress: (progress) => seen.push(progress) });
      expect(done).toMatchObject({ copiedFiles: 21, skippedFiles: 0, damaged: [] });
      expect(seen.map(({ copiedFiles }) => copiedFiles)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
      expect(seen.at(-1)).toEqual(done);
      await sameObjects();
      expect(Buffer.compare(await readVerified(to.files, path), large)).toBe(0);
    });

    it('that is broken off goes on where it was, and copies nothing twice', async () => {
      await putMany(30);
      const controller = new AbortController();
      const reason = new Error('stopped by a person');
      const breakOff = ({ copiedFiles }: CopyProgress) => {
        if (copiedFiles === 10) controller.abort(reason);
      };
      const broken = copyFiles(from.files, { to: to.files, signal: controller.signal, onProgress: breakOff });
      await expect(broken).rejects.toBe(reason);
      const there = (await allOf(to.files)).length;
      expect(there).toBeGreaterThanOrEqual(10);
      expect(there).toBeLessThan(30);
      const done = await copyFiles(from.files, { to: to.files });
      // A server may still store what was on its way to it when the copy was broken off.
      expect(done.skippedFiles).toBeGreaterThanOrEqual(there);
      expect(done).toMatchObject({ copiedFiles: 30 - done.skippedFiles, damaged: [] });
      expect(await copyFiles(from.files, { to: to.files })).toMatchObject({ copiedFiles: 0, skippedFiles: 30 });
      await sameObjects();
    });

    it('copies nothing that is damaged, but all else, and names it', async () => {
      await putMany(4);
      const { path } = await from.files.put(aFile());
      await from.damage(path, 'bytes');
      expect(await copyFiles(from.files, { to: to.files })).toMatchObject({ copiedFiles: 4, damaged: [path] });
      expect(await allOf(to.files)).toHaveLength(4);
      expect(await to.files.stat(path)).toBeNull();
    });

    it('replaces what was cut off at its target', async () => {
      const { path } = await from.files.put(aFile());
      await to.files.put(aFile());
      await to.damage(path, 'size');
      expect(await copyFiles(from.files, { to: to.files })).toMatchObject({ copiedFiles: 1, skippedFiles: 0 });
      expect(await readVerified(to.files, path)).toEqual(bytes('# Hello'));
    });

    it('keeps to a prefix', async () => {
      const paths = await putMany(4);
      const prefix = `users/${aFile().userId}/attachments/`;
      expect(await copyFiles(from.files, { to: to.files, prefix })).toMatchObject({ copiedFiles: 2 });
      const copied = (await allOf(to.files)).map(({ path }) => path);
      expect(copied).toEqual(paths.filter((path) => path.startsWith(prefix)).sort());
    });

    it('fails with the store that fails, and starts nothing when it is aborted before', async () => {
      await putMany(2);
      const failure = new Unavailable('storage', 'the disk is full');
      const failing: FileStore = { ...to.files, put: () => Promise.reject(failure) };
      await expect(copyFiles(from.files, { to: failing })).rejects.toBe(failure);
      await expect(copyFiles(from.files, { to: to.files, signal: AbortSignal.abort() })).rejects.toThrow();
      expect(await allOf(to.files)).toEqual([]);
    });
  });
}
