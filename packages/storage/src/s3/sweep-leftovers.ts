import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type MultipartUpload,
} from '@aws-sdk/client-s3';
import { DRAFTS } from './large-put.ts';
import { listKeys } from './list-objects.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { onServer, statusOf } from './s3-failure.ts';

/**
 * Removes what puts that were killed have left behind: drafts, and uploads that nobody completed.
 * @param before only what was last written before this; a running put goes on sending parts.
 */
export async function sweepLeftovers(bucket: S3Bucket, { before }: { before: Date }): Promise<void> {
  for await (const { Key, LastModified } of listKeys(bucket, DRAFTS)) {
    if (Key === undefined || LastModified === undefined || LastModified >= before) continue;
    const remove = new DeleteObjectCommand({ Bucket: bucket.name, Key });
    await onServer(bucket, undefined, () => bucket.client.send(remove));
  }
  for await (const upload of listUploads(bucket)) {
    if (upload.Initiated === undefined || upload.Initiated >= before) continue;
    const lastWritten = await lastPartAt(bucket, upload);
    if (lastWritten === null || lastWritten < before) await abortUpload(bucket, upload);
  }
}

async function* listUploads(bucket: S3Bucket): AsyncGenerator<MultipartUpload> {
  let after: { KeyMarker?: string; UploadIdMarker?: string } | null = {};
  while (after !== null) {
    const list: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({ Bucket: bucket.name, ...after });
    const page = await onServer(bucket, undefined, () => bucket.client.send(list));
    yield* page.Uploads ?? [];
    const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
    after =
      IsTruncated === true && NextKeyMarker !== undefined
        ? {
            KeyMarker: NextKeyMarker,
            ...(NextUploadIdMarker === undefined ? {} : { UploadIdMarker: NextUploadIdMarker }),
          }
        : null;
  }
}

/** When the last part came, or `null` if none has, or the upload has ended meanwhile. */
async function lastPartAt(bucket: S3Bucket, { Key, UploadId }: MultipartUpload): Promise<Date | null> {
  let latest: Date | null = null;
  let after: string | undefined;
  do {
    const at = after === undefined ? {} : { PartNumberMarker: after };
    const list = new ListPartsCommand({ Bucket: bucket.name, Key, UploadId, ...at });
    const page = await unlessEnded(bucket, () => bucket.client.send(list));
    for (const { LastModified } of page?.Parts ?? []) {
      if (LastModified !== undefined && (latest === null || LastModified > latest)) latest = LastModified;
    }
    after = page?.IsTruncated === true ? page.NextPartNumberMarker : undefined;
  } while (after !== undefined);
  return latest;
}

async function abortUpload(bucket: S3Bucket, { Key, UploadId }: MultipartUpload): Promise<void> {
  const abort = new AbortMultipartUploadCommand({ Bucket: bucket.name, Key, UploadId });
  await unlessEnded(bucket, () => bucket.client.send(abort));
}

/** `null` if there is no such upload any more. */
function unlessEnded<Result>(bucket: S3Bucket, call: () => Promise<Result>): Promise<Result | null> {
  return onServer(bucket, undefined, async () => {
    try {
      return await call();
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw error;
    }
  });
}
