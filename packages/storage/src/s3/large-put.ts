/**
 * Content of more than one part, on its way to its key.
 *
 * A key carries the hash of the content, so the key of content that nobody has hashed yet is known only at its end.
 * Such content goes to a draft, `tmp/{uuid}`; when all of it is there, the server copies the draft to its key. Content
 * that was announced goes to its key at once. Either way nothing is seen under the key until all of it is there: an
 * object appears by the completion of an upload or by a copy, which a server does wholly or not at all.
 *
 * An object that is there with its size has the same content by its key, and is left as it is. One of another size has
 * been damaged, and is replaced. Neither completion nor copy can be conditional on every server, so two writers may
 * both find nothing and then replace the same content by itself.
 */
import { randomUUID } from 'node:crypto';
import { CopyObjectCommand, DeleteObjectCommand } from '@aws-sdk/client-s3';
import { Unavailable } from '@synap/domain';
import { filePath } from '../file-path.ts';
import type { FileToStore, StoredFile } from '../file-store.ts';
import type { ContentPart } from './cut-into-parts.ts';
import { MultipartUpload, type UploadTarget } from './multipart-upload.ts';
import { isThereAndYoung, sizeOfObject } from './object-size.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { onServer } from './s3-failure.ts';

/** Where drafts are; no path of an object begins so. */
export const DRAFTS = 'tmp/';
const DISCARD_TIMEOUT_MS = 5_000;

/** Large content under way. Either `publish` or `discard` ends it; after a `publish` that fails, `discard` too. */
export interface LargePut {
  write(part: ContentPart): Promise<void>;
  publish(stored: StoredFile): Promise<void>;
  discard(): Promise<void>;
}

/** Begins to store large content. */
export async function beginLargePut(bucket: S3Bucket, file: FileToStore, stop: AbortController): Promise<LargePut> {
  if (file.expected === undefined) return putByDraft({ bucket, key: `${DRAFTS}${randomUUID()}`, stop });
  const key = filePath({ ...file, checksum: file.expected.checksum });
  const isThere = await isThereAndYoung(bucket, { path: key, sizeBytes: file.expected.sizeBytes }, stop.signal);
  return isThere ? putNothing : putStraight({ bucket, key, stop });
}

/** It is there already; the content is only read, to be held to what was announced. */
const putNothing: LargePut = {
  write: async (part) => part.release(),
  publish: async () => undefined,
  discard: async () => undefined,
};

async function putStraight(target: UploadTarget): Promise<LargePut> {
  const upload = await MultipartUpload.begin(target);
  return {
    write: (part) => upload.write(part),
    publish: (stored) => upload.complete(stored),
    discard: () => upload.discard(),
  };
}

async function putByDraft(draft: UploadTarget): Promise<LargePut> {
  const { bucket, key, stop } = draft;
  const upload = await MultipartUpload.begin(draft);
  return {
    write: (part) => upload.write(part),
    publish: async (stored) => {
      await upload.complete(stored);
      if (!(await isThereAndYoung(bucket, stored, stop.signal))) await copyObject(bucket, key, stored);
      await removeDraft(bucket, key);
    },
    discard: async () => {
      await upload.discard();
      await removeDraft(bucket, key);
    },
  };
}

async function copyObject(bucket: S3Bucket, sourceKey: string, stored: StoredFile): Promise<void> {
  if (stored.sizeBytes > bucket.copyPartBytes) await copyInPieces(bucket, sourceKey, stored);
  else {
    const CopySource = `${bucket.name}/${sourceKey}`;
    const copy = new CopyObjectCommand({ Bucket: bucket.name, Key: stored.path, CopySource });
    await onServer(bucket, undefined, () => bucket.client.send(copy));
  }
  const copied = await sizeOfObject(bucket, stored.path);
  if (copied !== stored.sizeBytes) {
    const message = `The S3 server copied ${copied ?? 0} of ${stored.sizeBytes} bytes. Check it, and try again.`;
    throw new Unavailable('storage', message);
  }
}

async function copyInPieces(bucket: S3Bucket, sourceKey: string, { path, sizeBytes }: StoredFile): Promise<void> {
  const upload = await MultipartUpload.begin({ bucket, key: path, stop: new AbortController() });
  try {
    for (let start = 0; start < sizeBytes; start += bucket.copyPartBytes) {
      await upload.copy(sourceKey, { start, end: Math.min(start + bucket.copyPartBytes, sizeBytes) });
    }
    await upload.complete({ sizeBytes });
  } catch (error) {
    await upload.discard();
    throw error;
  }
}

/** Never fails, as the discarding of an upload. */
async function removeDraft(bucket: S3Bucket, key: string): Promise<void> {
  const remove = new DeleteObjectCommand({ Bucket: bucket.name, Key: key });
  await bucket.client.send(remove, { abortSignal: AbortSignal.timeout(DISCARD_TIMEOUT_MS) }).catch(() => undefined);
}
