import { describe, expect } from 'vitest';
import { describeFileStore } from '../conformance.ts';
import { testS3Server } from '../testing/test-bucket.ts';
import { createS3FileStore } from './s3-file-store.ts';

const server = testS3Server(process.env);

describe.skipIf(!server.isAvailable)(server.name, () => {
  describeFileStore('a bucket', async () => {
    const bucket = await server.createBucket();
    const close = async () => {
      // Whatever a test did, well or badly: no draft and no unfinished upload stays behind.
      const { keys, uploads } = await bucket.contents();
      expect([...keys.filter((key) => !key.startsWith('users/')), ...uploads]).toEqual([]);
      await bucket.remove();
    };
    return { files: await createS3FileStore({ ...bucket.settings, now: new Date() }), close };
  });
});
