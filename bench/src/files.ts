import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalFileStore, type FileStore } from '@synap/storage';
import { createS3FileStore } from '@synap/storage/s3';
import { type TestBucket, testS3Server } from '@synap/storage/testing';
import type { BenchTable } from './bench-table.ts';
import { importNotes, importTable } from './files-import.ts';
import { throughputTable } from './files-throughput.ts';
import { weightTable } from './files-weight.ts';
import { aNoteFile } from './note-files.ts';
import { milliseconds, percentile, timeEach } from './percentiles.ts';
import { readVault } from './vault.ts';

/*
 * Files, in a directory and in a bucket: how long one takes to be stored, how fast large ones go up and down beside
 * what the operating system and the bare SDK do, how fast thousands of small ones come in, and what they weigh.
 */

const SAMPLES = 300;
const NOTE_BYTES = 10_000;

export async function files(): Promise<BenchTable[]> {
  const root = await mkdtemp(join(tmpdir(), 'synap-bench-'));
  const server = testS3Server(process.env);
  const bucket = server.isAvailable ? await server.createBucket() : null;
  try {
    const local = await createLocalFileStore({ directory: join(root, 'store'), now: new Date() });
    const s3 = bucket === null ? null : await createS3FileStore({ ...bucket.settings, now: new Date() });
    return [
      await putTable({ local, s3, missing: server.name }),
      await throughputTable({ root, local, s3, bucket }),
      ...(await importAndWeight(root, bucket)),
    ];
  } finally {
    await bucket?.remove();
    await rm(root, { recursive: true, force: true });
  }
}

async function putTable({
  local,
  s3,
  missing,
}: {
  local: FileStore;
  s3: FileStore | null;
  missing: string;
}): Promise<BenchTable> {
  const stores: [string, FileStore][] = [
    ['directory, synced', local],
    ...(s3 === null ? [] : ([['bucket', s3]] as [string, FileStore][])),
  ];
  const rows: (string | number)[][] = [];
  for (const [name, store] of stores) {
    await timeEach(20, () => store.put(aNoteFile({ sizeBytes: NOTE_BYTES })));
    const put = await timeEach(SAMPLES, () => store.put(aNoteFile({ sizeBytes: NOTE_BYTES })));
    rows.push([name, milliseconds(percentile(put, 0.5)), milliseconds(percentile(put, 0.99))]);
  }
  return {
    title: 'Putting a note of 10 kB',
    columns: ['where', 'p50', 'p99'],
    rows,
    notes: s3 === null ? [`Without a bucket: ${missing}.`] : [],
  };
}

async function importAndWeight(root: string, bucket: TestBucket | null): Promise<BenchTable[]> {
  const embedded = join(root, 'embedded');
  const table = await importTable([
    { name: 'embedded, directory', directory: embedded, environment: {} },
    ...(bucket === null
      ? []
      : [{ name: 'embedded, bucket', directory: join(root, 'with-bucket'), environment: settingsOf(bucket) }]),
  ]);
  const vault = join(root, 'vault');
  await importNotes(
    (await readVault()).map(({ content }) => content),
    { directory: vault, environment: {} },
  );
  const weight = await weightTable([
    { name: 'small notes', directory: embedded },
    { name: 'the notes of the test vault', directory: vault },
  ]);
  return [table, weight];
}

function settingsOf({ settings }: TestBucket): Record<string, string> {
  return {
    S3_ENDPOINT: settings.endpoint,
    S3_REGION: settings.region,
    S3_BUCKET: settings.bucket,
    S3_ACCESS_KEY_ID: settings.accessKeyId,
    S3_SECRET_ACCESS_KEY: settings.secretAccessKey,
  };
}
