import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { FileStore } from '@synap/storage';
import type { TestBucket } from '@synap/storage/testing';
import type { BenchTable } from './bench-table.ts';
import { aNoteFile, largeContent } from './note-files.ts';
import { percentile } from './percentiles.ts';

const MEGABYTE = 1024 * 1024;
/** The S3 server of the tests keeps objects in memory, which bounds what can be sent to it. */
const LOCAL_BYTES = Number(process.env.SYNAP_BENCH_FILE_MB ?? 1024) * MEGABYTE;
const BUCKET_BYTES = Math.min(LOCAL_BYTES, 512 * MEGABYTE);
const ROUNDS = 5;
const SDK_PART_BYTES = 16 * MEGABYTE;
const SDK_PARTS_AT_ONCE = 2;

/** Up and down beside the peer, in turns; each figure is the median of its rounds. */
export async function throughputTable({
  root,
  local,
  s3,
  bucket,
}: {
  root: string;
  local: FileStore;
  s3: FileStore | null;
  bucket: TestBucket | null;
}): Promise<BenchTable> {
  const rows = await compareLocal(root, local);
  if (s3 !== null && bucket !== null) rows.push(...(await compareBucket(s3, bucket)));
  return {
    title: 'A large file up and down, megabytes a second',
    columns: ['what', 'MB', 'here', 'peer', 'here to peer'],
    rows,
    notes: ['Peers: cp, up with a sync; the SDK alone with the same parts.'],
  };
}

type Row = (string | number)[];

async function compareLocal(root: string, local: FileStore): Promise<Row[]> {
  const source = join(root, 'source');
  await pipeline(Readable.from(largeContent(LOCAL_BYTES)), createWriteStream(source));
  const up = { here: [] as number[], peer: [] as number[] };
  const down = { here: [] as number[], peer: [] as number[] };
  const copy = join(root, 'copy');
  const read = join(root, 'read');
  let path = '';
  const turns = {
    up: {
      peer: () => promisify(execFile)('sh', ['-c', `cp '${source}' '${copy}' && sync '${copy}'`]),
      here: async () => {
        const content = (await open(source)).createReadStream({ highWaterMark: MEGABYTE });
        path = (await local.put({ ...aNoteFile({ sizeBytes: 0 }), content })).path;
      },
    },
    down: {
      peer: () => promisify(execFile)('cp', [copy, read]),
      here: async () => writeBeside(await local.read(path), read),
    },
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    // The one that comes second finds the disk busier, so they take turns at that too.
    const order = round % 2 === 0 ? (['peer', 'here'] as const) : (['here', 'peer'] as const);
    for (const who of order) up[who].push(await seconds(turns.up[who]));
    for (const who of order) {
      down[who].push(await seconds(turns.down[who]));
      await rm(read);
    }
    await rm(copy);
    await local.remove(path);
  }
  await rm(source);
  return [toRow('directory, up', LOCAL_BYTES, up), toRow('directory, down', LOCAL_BYTES, down)];
}

/** Each part is written while the next one is read, as a good reader does it. */
async function writeBeside(parts: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  const file = await open(path, 'w');
  let writing: Promise<unknown> = Promise.resolve();
  for await (const part of parts) {
    await writing;
    writing = file.write(part);
  }
  await writing;
  await file.close();
}

async function compareBucket(s3: FileStore, { settings }: TestBucket): Promise<Row[]> {
  const client = new S3Client({
    endpoint: settings.endpoint,
    region: settings.region,
    credentials: settings,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const up = { here: [] as number[], peer: [] as number[] };
  const down = { here: [] as number[], peer: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const Key = `bench-${round}`;
    const object = { Bucket: settings.bucket, Key };
    up.peer.push(await seconds(() => uploadWithSdk(client, object)));
    down.peer.push(
      await seconds(async () => {
        const { Body } = await client.send(new GetObjectCommand(object));
        if (Body instanceof Readable) await drain(Body);
      }),
    );
    await client.send(new DeleteObjectCommand(object));
    let path = '';
    up.here.push(
      await seconds(async () => {
        path = (await s3.put({ ...aNoteFile({ sizeBytes: 0 }), content: largeContent(BUCKET_BYTES) })).path;
      }),
    );
    down.here.push(await seconds(async () => drain(await s3.read(path))));
    await s3.remove(path);
  }
  client.destroy();
  return [toRow('bucket, up', BUCKET_BYTES, up), toRow('bucket, down', BUCKET_BYTES, down)];
}

async function uploadWithSdk(client: S3Client, object: { Bucket: string; Key: string }): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(object));
  const part = randomBytes(SDK_PART_BYTES);
  const numbers = Array.from({ length: Math.ceil(BUCKET_BYTES / SDK_PART_BYTES) }, (_, index) => index + 1);
  const parts: { PartNumber: number; ETag: string | undefined }[] = [];
  const worker = async (): Promise<void> => {
    for (let PartNumber = numbers.shift(); PartNumber !== undefined; PartNumber = numbers.shift()) {
      const { ETag } = await client.send(new UploadPartCommand({ ...object, UploadId, PartNumber, Body: part }));
      parts.push({ PartNumber, ETag });
    }
  };
  await Promise.all(Array.from({ length: SDK_PARTS_AT_ONCE }, worker));
  const Parts = parts.sort((left, right) => left.PartNumber - right.PartNumber);
  await client.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts } }));
}

async function drain(parts: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of parts);
}

async function seconds(action: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await action();
  return (performance.now() - startedAt) / 1000;
}

function toRow(name: string, sizeBytes: number, { here, peer }: { here: number[]; peer: number[] }): Row {
  const [ours, theirs] = [here, peer].map((each) => sizeBytes / MEGABYTE / percentile(each, 0.5));
  const ratio = (ours ?? 0) / (theirs ?? 1);
  return [name, sizeBytes / MEGABYTE, Math.round(ours ?? 0), Math.round(theirs ?? 0), ratio.toFixed(2)];
}
