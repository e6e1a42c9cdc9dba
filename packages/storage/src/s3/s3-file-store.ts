/**
 * Files in a bucket of any S3-compatible server.
 *
 * Content that fits into one part is hashed in memory and put in one request, which is signed for its hash and creates
 * the object only where there is none. Larger content is sent in parts while it is hashed, see `large-put.ts`. What a
 * killed put leaves behind are drafts and unfinished uploads, which no listing shows; opening the store removes those
 * of more than a day ago. It relies on a server that is consistent after a write, as R2, AWS and Ceph are, and on no
 * versions, no checksum headers and no conditional copies. Any number of processes may use a bucket.
 */
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { checksumPrefixOf } from '../file-path.ts';
import type { FileStore } from '../file-store.ts';
import { listObjects } from './list-objects.ts';
import { findObject } from './object-size.ts';
import { readObject } from './read-object.ts';
import { openBucket, type S3Bucket, type S3Settings } from './s3-bucket.ts';
import { onServer } from './s3-failure.ts';
import { sweepLeftovers } from './sweep-leftovers.ts';
import { writeObject } from './write-object.ts';

/** A put that has sent nothing for so long was killed. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Opens the file store in a bucket that is there, and removes what puts that were killed more than a day ago have left.
 *
 * @param options.now the time by which leftovers are judged.
 * @throws {Unavailable} if the server cannot be reached, refuses the key, or has no such bucket.
 * @example
 * await createS3FileStore({
 *   endpoint: 'https://0123456789abcdef.r2.cloudflarestorage.com', region: 'auto', bucket: 'synap',
 *   accessKeyId, secretAccessKey, now: new Date(),
 * });
 */
export async function createS3FileStore({ now, ...settings }: S3Settings & { now: Date }): Promise<FileStore> {
  const bucket = openBucket(settings);
  await sweepLeftovers(bucket, { before: new Date(now.getTime() - ABANDONED_AFTER_MS) });
  return {
    put: (file, { signal } = {}) => writeObject(bucket, file, signal),
    read: async (path, options = {}) => {
      checksumPrefixOf(path);
      return readObject({ bucket, path }, options);
    },
    stat: async (path) => {
      checksumPrefixOf(path);
      return findObject(bucket, path);
    },
    remove: (path) => removeObject(bucket, path),
    list: (prefix) => listObjects(bucket, prefix),
  };
}

async function removeObject(bucket: S3Bucket, path: string): Promise<void> {
  checksumPrefixOf(path);
  const remove = new DeleteObjectCommand({ Bucket: bucket.name, Key: path });
  await onServer(bucket, undefined, () => bucket.client.send(remove));
}
