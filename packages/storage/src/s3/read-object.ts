/**
 * Reading of objects. The first request brings the beginning of a range and tells the size of the object; content that
 * is no longer is read with it. All else comes by a second request, once the beginning has been taken.
 *
 * A connection that is lost in the middle is made anew from where it broke off; content never changes, so the pieces
 * fit. The bytes are counted, so content is never silently short. A reader that takes its time lets the connection fall
 * silent until one end gives up: that costs a new connection, and counts as no failure.
 */
import { Readable } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { NotFound, Unavailable } from '@synap/domain';
import type { ByteRange, ReadOptions } from '../file-store.ts';
import { sizeOfObject } from './object-size.ts';
import { abortable, type S3Bucket } from './s3-bucket.ts';
import { onServer, serverFailure, statusOf } from './s3-failure.ts';

const BEGINNING_BYTES = 256 * 1024;
/** How often a connection may be lost without so many bytes having come in between. */
const LOSSES_MAX = 4;
const PROGRESS_BYTES = 1024 * 1024;

interface S3Object {
  readonly bucket: S3Bucket;
  readonly path: string;
}

interface OpenBody {
  readonly body: Readable;
  /** Of the whole object. */
  readonly sizeBytes: number;
}

/** Reads an object, as the file store promises. */
export async function readObject(object: S3Object, { range, signal }: ReadOptions): Promise<AsyncIterable<Uint8Array>> {
  signal?.throwIfAborted();
  if (range !== undefined) assertRange(range);
  const start = range?.start ?? 0;
  const beginningEnd = Math.min(start + BEGINNING_BYTES, range?.end ?? Number.POSITIVE_INFINITY);
  const first = start === beginningEnd ? null : await openBody(object, { start, end: beginningEnd }, signal);
  const sizeBytes = first?.sizeBytes ?? (await sizeOf(object, signal));
  const end = range?.end ?? sizeBytes;
  if (end > sizeBytes || (first === null && start < end)) {
    first?.body.destroy();
    throw tooShort(object, sizeBytes, end);
  }
  if (start === end) first?.body.destroy();
  const beginning: Uint8Array[] = [];
  const opening = { start, end: Math.min(beginningEnd, end) };
  for await (const part of receive(object, opening, signal, first?.body)) beginning.push(part);
  return joined(beginning, receive(object, { start: opening.end, end }, signal), signal);
}

async function* joined(
  beginning: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for (const part of beginning) {
    signal?.throwIfAborted();
    yield part;
  }
  yield* rest;
}

/** The bytes of a range that is within the object, over as many connections as it takes. */
async function* receive(
  object: S3Object,
  { start, end }: ByteRange,
  signal: AbortSignal | undefined,
  opened?: Readable,
): AsyncGenerator<Uint8Array> {
  const isBearable = lossLimit(start);
  let position = start;
  for (let body = opened; position < end; body = undefined) {
    signal?.throwIfAborted();
    body ??= (await openBody(object, { start: position, end }, signal))?.body;
    if (body === undefined) throw tooShort(object, position, end);
    let isLostInPause = false;
    try {
      for await (const part of body) {
        const bytes: Uint8Array = part;
        position += bytes.byteLength;
        yield bytes;
        signal?.throwIfAborted();
        isLostInPause = body.errored !== null;
      }
      if (position < end) throw endedEarly(object, position, end);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isLostInPause && !isBearable(position)) throw serverFailure(object.bucket, error);
    }
  }
}

/** Whether another lost connection is to be borne, told for each by where it was lost. */
function lossLimit(start: number): (position: number) => boolean {
  let losses = 0;
  let lastLossAt = start;
  return (position) => {
    losses = position - lastLossAt >= PROGRESS_BYTES ? 1 : losses + 1;
    lastLossAt = position;
    return losses <= LOSSES_MAX;
  };
}

/**
 * Asks for a range, of which the server gives what there is.
 * @returns `null` if the object ends before it begins.
 */
function openBody(
  { bucket, path }: S3Object,
  { start, end }: ByteRange,
  signal: AbortSignal | undefined,
): Promise<OpenBody | null> {
  const get = new GetObjectCommand({ Bucket: bucket.name, Key: path, Range: `bytes=${start}-${end - 1}` });
  return onServer(bucket, signal, async () => {
    try {
      const { Body, ...answer } = await bucket.client.send(get, abortable(signal));
      if (!(Body instanceof Readable)) throw new TypeError('The client gives no stream.');
      const sizeBytes = sizeByAnswer(answer, { start, end });
      if (sizeBytes !== null) return { body: Body, sizeBytes };
      Body.destroy();
      throw new Unavailable('storage', 'The S3 server does not answer with the range that it is asked for. Check it.');
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') throw new NotFound('file', path);
      if (statusOf(error) === 416) return null;
      throw error;
    }
  });
}

/** The size of the object, or `null` if the answer is not the range that was asked for. */
function sizeByAnswer(
  { ContentRange, ContentLength }: { ContentRange?: string | undefined; ContentLength?: number | undefined },
  { start, end }: ByteRange,
): number | null {
  // Of an empty object some servers give all, instead of refusing the range. Of another one it could be a web page.
  if (ContentRange === undefined && ContentLength === 0 && start === 0) return 0;
  const sizeBytes = Number(/^bytes \d+-\d+\/(\d+)$/.exec(ContentRange ?? '')?.[1]);
  return ContentRange === `bytes ${start}-${Math.min(end, sizeBytes) - 1}/${sizeBytes}` ? sizeBytes : null;
}

async function sizeOf({ bucket, path }: S3Object, signal: AbortSignal | undefined): Promise<number> {
  const sizeBytes = await sizeOfObject(bucket, path, signal);
  if (sizeBytes === null) throw new NotFound('file', path);
  return sizeBytes;
}

function assertRange({ start, end }: ByteRange): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end) return;
  throw new RangeError(`Bytes ${start} to ${end} are no range.`);
}

function endedEarly({ path }: S3Object, position: number, end: number): Unavailable {
  const message = `The S3 server breaks off the file ${path} at byte ${position} of ${end}. Check it, and try again.`;
  return new Unavailable('storage', message);
}

function tooShort({ path }: S3Object, sizeBytes: number, end: number): Unavailable {
  return new Unavailable(
    'storage',
    `The file ${path} ends at byte ${sizeBytes}, but its bytes up to ${end} are asked for: it has been cut off. Put it back from a backup.`,
  );
}
