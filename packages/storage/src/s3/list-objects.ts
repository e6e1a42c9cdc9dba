import { type _Object, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { isFilePath } from '../file-path.ts';
import type { ListedFile } from '../file-store.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { onServer } from './s3-failure.ts';

const OBJECTS = 'users/';
/** Whatever else a prefix has in it, no object's path begins with it. */
const PREFIX = /^[a-z0-9/.-]*$/;

/** Every object below `users` whose path begins with the prefix, ascending; what is no object is passed over. */
export async function* listObjects(bucket: S3Bucket, prefix: string): AsyncGenerator<ListedFile> {
  const narrower = OBJECTS.startsWith(prefix) ? OBJECTS : prefix;
  if (!narrower.startsWith(OBJECTS) || !PREFIX.test(narrower)) return;
  for await (const { Key, Size, LastModified } of listKeys(bucket, narrower)) {
    if (Key === undefined || !isFilePath(Key)) continue;
    yield { path: Key, sizeBytes: Size ?? 0, modifiedAt: LastModified ?? new Date(0) };
  }
}

/** Whatever is in the bucket under the prefix, ascending, a page at a time. */
export async function* listKeys(bucket: S3Bucket, prefix: string): AsyncGenerator<_Object> {
  let token: string | undefined;
  do {
    const at = token === undefined ? {} : { ContinuationToken: token };
    const list = new ListObjectsV2Command({ Bucket: bucket.name, Prefix: prefix, ...at });
    const page = await onServer(bucket, undefined, () => bucket.client.send(list));
    yield* page.Contents ?? [];
    token = page.NextContinuationToken;
  } while (token !== undefined);
}
