import { setTimeout as pause } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { Unavailable } from '@synap/domain';
import { ContentMeter } from '../content-meter.ts';
import { partsOf } from '../content-parts.ts';
import type { FileToStore, StoredFile } from '../file-store.ts';
import { boundPut } from './bound-put.ts';
import { cutIntoParts } from './cut-into-parts.ts';
import { beginLargePut, type LargePut } from './large-put.ts';
import { findObject, isWholeAndYoung } from './object-size.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { onServer, statusOf } from './s3-failure.ts';

/** How often an object may be removed again by others between two looks at it. */
const CREATE_ATTEMPTS = 5;
const CREATE_PAUSE_MS = 100;

/** Stores one object, as the file store promises. */
export async function writeObject(
  bucket: S3Bucket,
  file: FileToStore,
  signal: AbortSignal | undefined,
): Promise<StoredFile> {
  const meter = new ContentMeter(file);
  signal?.throwIfAborted();
  const stop = new AbortController();
  const giveUp = () => stop.abort(signal?.reason);
  signal?.addEventListener('abort', giveUp, { once: true });
  const content = meter.measured(partsOf(file.content, stop.signal));
  let large: LargePut | null = null;
  try {
    for await (const part of cutIntoParts(content, bucket.partBytes)) {
      if (large === null && part.isLast) {
        return await putWhole(bucket, { ...meter.finish(), bytes: part.bytes }, stop.signal);
      }
      large ??= await beginLargePut(bucket, file, stop);
      await large.write(part);
    }
    const stored = meter.finish();
    await large?.publish(stored);
    return stored;
  } catch (error) {
    await large?.discard();
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}

/**
 * Creates an object in one request, which the server takes wholly or not at all. It is conditional: an object that is
 * there is not replaced, unless its size says that it has been damaged or its age that it may be swept away.
 */
async function putWhole(
  bucket: S3Bucket,
  { bytes, ...stored }: StoredFile & { bytes: Uint8Array },
  signal: AbortSignal,
): Promise<StoredFile> {
  for (let attempt = 1; attempt <= CREATE_ATTEMPTS; attempt += 1) {
    signal.throwIfAborted();
    if (await create(bucket, { ...stored, bytes }, { isReplacing: false, signal })) return stored;
    const found = await findObject(bucket, stored.path, signal);
    if (isWholeAndYoung(found, stored)) return stored;
    if (found !== null && (await create(bucket, { ...stored, bytes }, { isReplacing: true, signal }))) return stored;
    // Removed just now, or still being written by another put.
    await pause(attempt * CREATE_PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
  throw new Unavailable('storage', `The file ${stored.path} is being changed by others all the time. Try again.`);
}

/** @returns whether it was created; if not, another one is there or is just being written. */
function create(
  bucket: S3Bucket,
  { path, checksum, bytes }: StoredFile & { bytes: Uint8Array },
  { isReplacing, signal }: { isReplacing: boolean; signal: AbortSignal },
): Promise<boolean> {
  const condition = isReplacing ? {} : { IfNoneMatch: '*' };
  const put = boundPut(new PutObjectCommand({ Bucket: bucket.name, Key: path, Body: bytes, ...condition }), checksum);
  return onServer(bucket, signal, async () => {
    try {
      await bucket.client.send(put, { abortSignal: signal });
      return true;
    } catch (error) {
      const status = statusOf(error);
      if (status === 412 || status === 409) return false;
      throw error;
    }
  });
}
