import { HeadBucketCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { Unavailable } from '@synap/domain';
import type { FoundFile } from '../file-store.ts';
import { abortable, type S3Bucket } from './s3-bucket.ts';
import { onServer, statusOf } from './s3-failure.ts';

/** The size of what is under the key, or `null` where there is nothing. */
export async function sizeOfObject(bucket: S3Bucket, key: string, signal?: AbortSignal): Promise<number | null> {
  return (await findObject(bucket, key, signal))?.sizeBytes ?? null;
}

/** What is under the key, or `null` where there is nothing. */
export async function findObject(bucket: S3Bucket, key: string, signal?: AbortSignal): Promise<FoundFile | null> {
  const found = await onServer(bucket, signal, () => findIfThere(bucket, key, signal));
  // The answer to a HEAD has no body, so a bucket that is gone looks like an object that is: and that is a failure.
  if (found === null) await assertBucket(bucket, signal);
  return found;
}

/** As `isWholeAndYoung`, of what is under the key. */
export async function isThereAndYoung(
  bucket: S3Bucket,
  { path, sizeBytes }: { path: string; sizeBytes: number },
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return isWholeAndYoung(await findObject(bucket, path, signal), { sizeBytes });
}

/**
 * Whether an object is there, whole and young. One that is older than this may be swept away at any moment, if nothing
 * names it: who puts the same content makes it anew.
 */
export function isWholeAndYoung(found: FoundFile | null, { sizeBytes }: { sizeBytes: number }): boolean {
  return found?.sizeBytes === sizeBytes && Date.now() - found.modifiedAt.getTime() < YOUNG_MS;
}

/** Half of the day after which a file that nothing names is swept away; the clocks of two machines differ by less. */
const YOUNG_MS = 12 * 60 * 60 * 1000;

async function findIfThere(bucket: S3Bucket, key: string, signal: AbortSignal | undefined): Promise<FoundFile | null> {
  try {
    const head = new HeadObjectCommand({ Bucket: bucket.name, Key: key });
    const { ContentLength = 0, LastModified = new Date(0) } = await bucket.client.send(head, abortable(signal));
    return { sizeBytes: ContentLength, modifiedAt: LastModified };
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

async function assertBucket(bucket: S3Bucket, signal: AbortSignal | undefined): Promise<void> {
  await onServer(bucket, signal, async () => {
    try {
      await bucket.client.send(new HeadBucketCommand({ Bucket: bucket.name }), abortable(signal));
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      const message = `There is no bucket ${bucket.name}. Make it, or correct S3_BUCKET.`;
      throw new Unavailable('storage', message, { cause: error });
    }
  });
}
