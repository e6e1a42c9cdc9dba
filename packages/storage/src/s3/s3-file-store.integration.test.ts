import { Unavailable } from '@synap/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeFileStore } from '../conformance.ts';
import { filePath } from '../file-path.ts';
import type { FileStore } from '../file-store.ts';
import { readBytes, readVerified } from '../read-all.ts';
import { aFile, allOf, bytes, manyBytes } from '../testing/a-file.ts';
import { type TestBucket, testS3Server } from '../testing/test-bucket.ts';
import { createS3FileStore } from './s3-file-store.ts';

const server = testS3Server(process.env);
const now = new Date();

describe.skipIf(!server.isAvailable)(server.name, () => {
  describeFileStore('a bucket', async () => {
    const bucket = await server.createBucket();
    const close = async () => {
      // Whatever a test did, well or badly: no draft and no unfinished upload stays behind.
      const { keys, uploads } = await bucket.contents();
      expect([...keys.filter((key) => !key.startsWith('users/')), ...uploads]).toEqual([]);
      await bucket.remove();
    };
    return { files: await createS3FileStore({ ...bucket.settings, now }), close };
  });

  describe('a bucket', () => {
    let bucket: TestBucket;
    let files: FileStore;
    beforeEach(async () => {
      bucket = await server.createBucket();
      files = await createS3FileStore({ ...bucket.settings, now });
    });
    afterEach(() => bucket.remove());

    it('tells an object that was cut off, by range and by hash, and a new put heals it, small and large', async () => {
      for (const content of [bytes('0123456789'.repeat(20_000)), manyBytes(17 * 1024 * 1024)]) {
        const { path } = await files.put(aFile({ content }));
        await bucket.putRaw(path, content.subarray(0, 150_000));
        await expect(readBytes(files, path, { range: { start: 140_000, end: 160_000 } })).rejects.toThrow(Unavailable);
        await expect(readVerified(files, path)).rejects.toThrow(/damaged/);
        await files.put(aFile({ content }));
        expect(Buffer.compare(await readVerified(files, path), content)).toBe(0);
      }
    });

    it('lists nothing that is no object', async () => {
      const { path } = await files.put(aFile());
      for (const key of ['users/notes.txt', `${path}.bak`, 'other/file', 'tmp/draft']) await bucket.putRaw(key, 'x');
      expect((await allOf(files)).map((file) => file.path)).toEqual([path]);
    });

    it('lists more than a server gives at a time', async () => {
      const paths = Array.from({ length: 1005 }, (_, index) => {
        const checksum = String(index).padStart(64, '0').slice(-32).padEnd(64, '0');
        return filePath({ ...aFile(), checksum });
      });
      for (let start = 0; start < paths.length; start += 50) {
        await Promise.all(paths.slice(start, start + 50).map((path) => bucket.putRaw(path, 'x')));
      }
      expect((await allOf(files)).map(({ path }) => path)).toEqual(paths);
    });

    it('copies in pieces what is too large for one copy', async () => {
      const sizes = { partBytes: 5 * 1024 * 1024, copyPartBytes: 5 * 1024 * 1024 };
      const inPieces = await createS3FileStore({ ...bucket.settings, ...sizes, now });
      const content = manyBytes(16 * 1024 * 1024 + 1);
      const { path } = await inPieces.put(aFile({ content }));
      expect(Buffer.compare(await readVerified(files, path), content)).toBe(0);
      expect(await bucket.contents()).toEqual({ keys: [path], uploads: [] });
    });
  });
});
