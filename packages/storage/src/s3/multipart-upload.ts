import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { TooLarge, Unavailable } from '@synap/domain';
import { TaskPool } from '../task-pool.ts';
import type { ContentPart } from './cut-into-parts.ts';
import { sizeOfObject } from './object-size.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { onServer, statusOf } from './s3-failure.ts';

const PARTS_IN_FLIGHT = 2;
/** What S3 takes of one object. */
const PARTS_MAX = 10_000;
/** Tidying up must not make a failed put wait for a server that hangs; what stays is swept a day later. */
const DISCARD_TIMEOUT_MS = 5_000;

/** What is to become one object, and what breaks it off. */
export interface UploadTarget {
  readonly bucket: S3Bucket;
  readonly key: string;
  /** Aborted by whoever gives up, and by the upload itself when a part of it fails. */
  readonly stop: AbortController;
}

/**
 * An object that is sent in parts, a few at a time. Nothing of it is seen before it is completed.
 *
 * A part that fails stops all others, and whoever waits for content to send: it aborts the target's `stop`, with the
 * failure as the reason. So every method throws that reason once anything has gone wrong.
 */
export class MultipartUpload {
  readonly #target: UploadTarget;
  readonly #uploadId: string;
  readonly #tags: string[] = [];
  readonly #parts: TaskPool;
  #partCount = 0;

  private constructor(target: UploadTarget, uploadId: string) {
    this.#target = target;
    this.#uploadId = uploadId;
    this.#parts = new TaskPool({ tasksMax: PARTS_IN_FLIGHT, stop: target.stop });
  }

  static async begin(target: UploadTarget): Promise<MultipartUpload> {
    const { bucket, key, stop } = target;
    const create = new CreateMultipartUploadCommand({ Bucket: bucket.name, Key: key });
    const { UploadId } = await onServer(bucket, stop.signal, () =>
      bucket.client.send(create, { abortSignal: stop.signal }),
    );
    if (UploadId === undefined) throw new Unavailable('storage', 'The S3 server began no upload. Try again.');
    return new MultipartUpload(target, UploadId);
  }

  /** Sends the next part and releases it; resolves when there is room for another one, not when it is there. */
  async write({ bytes, release }: ContentPart): Promise<void> {
    if (this.#partCount === PARTS_MAX) throw new TooLarge(PARTS_MAX * this.#target.bucket.partBytes);
    await this.#start(async (part) => {
      const upload = new UploadPartCommand({ ...part, Body: bytes });
      const { ETag } = await this.#target.bucket.client.send(upload, this.#options());
      release();
      return ETag;
    });
  }

  /** Takes the next part from an object that is there: `end` exclusive. Resolves as `write`. */
  async copy(sourceKey: string, { start, end }: { start: number; end: number }): Promise<void> {
    await this.#start(async (part) => {
      const CopySource = `${this.#target.bucket.name}/${sourceKey}`;
      const copy = new UploadPartCopyCommand({ ...part, CopySource, CopySourceRange: `bytes=${start}-${end - 1}` });
      return (await this.#target.bucket.client.send(copy, this.#options())).CopyPartResult?.ETag;
    });
  }

  /** Makes it one object, once all parts are there. It cannot be stopped any more: it is done, or it fails. */
  async complete({ sizeBytes }: { sizeBytes: number }): Promise<void> {
    const { bucket } = this.#target;
    await this.#parts.done();
    const Parts = this.#tags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
    const complete = new CompleteMultipartUploadCommand({ ...this.#address(), MultipartUpload: { Parts } });
    await onServer(bucket, undefined, async () => {
      try {
        await bucket.client.send(complete);
      } catch (error) {
        // There is no such upload any more: an earlier attempt, whose answer was lost, has completed it.
        if (statusOf(error) !== 404 || (await sizeOfObject(bucket, this.#target.key)) !== sizeBytes) throw error;
      }
    });
  }

  /** Removes all parts. Never fails: what a failing server keeps is swept when the store is opened a day later. */
  async discard(): Promise<void> {
    const { bucket, stop } = this.#target;
    stop.abort(new Error('The upload is given up.'));
    await this.#parts.idle();
    const abort = new AbortMultipartUploadCommand(this.#address());
    await bucket.client.send(abort, { abortSignal: AbortSignal.timeout(DISCARD_TIMEOUT_MS) }).catch(() => undefined);
  }

  async #start(
    send: (part: { Bucket: string; Key: string; UploadId: string; PartNumber: number }) => Promise<string | undefined>,
  ): Promise<void> {
    const { bucket, stop } = this.#target;
    this.#partCount += 1;
    const PartNumber = this.#partCount;
    await this.#parts.start(async () => {
      const tag = await onServer(bucket, stop.signal, () => send({ ...this.#address(), PartNumber }));
      if (tag === undefined) throw new Unavailable('storage', 'The S3 server did not confirm a part. Try again.');
      this.#tags[PartNumber - 1] = tag;
    });
  }

  #address() {
    return { Bucket: this.#target.bucket.name, Key: this.#target.key, UploadId: this.#uploadId };
  }

  #options() {
    return { abortSignal: this.#target.stop.signal };
  }
}
