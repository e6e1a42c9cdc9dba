import { HeadBucketCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { Unavailable } from '@synap/domain';
import { abortable, type S3Bucket } from './s3-bucket.ts';
import { onServer, statusOf } from './s3-failure.ts';

/** The size of what is under the key, or `null` where there is nothing. */
export async function sizeOfObject(bucket: S3Bucket, key: string, signal?: AbortSignal): Promise<number | null> {
  const sizeBytes = await onServer(bucket, signal, () => sizeIfThere(bucket, key, signal));
  // The answer to a HEAD has no body, so a bucket that is gone looks like an object that is: and that is a failure.
  if (sizeBytes === null) await assertBucket(bucket, signal);
  return sizeBytes;
}

async function sizeIfThere(bucket: S3Bucket, key: string, signal: AbortSignal | undefined): Promise<number | null> {
  try {
    const head = new HeadObjectCommand({ Bucket: bucket.name, Key: key });
    return (await bucket.client.send(head, abortable(signal))).ContentLength ?? 0;
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
