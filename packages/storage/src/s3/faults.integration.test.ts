import { Unavailable } from '@synap/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileStore, FileToStore } from '../file-store.ts';
import { readBytes, readVerified } from '../read-all.ts';
import { aFile, allOf, bytes, manyBytes, sha256, streamOf } from '../testing/a-file.ts';
import { type Fault, type FaultProxy, type SeenRequest, startFaultProxy } from '../testing/fault-proxy.ts';
import { type TestBucket, testS3Server } from '../testing/test-bucket.ts';
import { createS3FileStore } from './s3-file-store.ts';

const server = testS3Server(process.env);

const SMALL = manyBytes(1_000_000, 1);
const LARGE = manyBytes(12 * 1024 * 1024, 2);
const ofLarge = { checksum: sha256(LARGE), sizeBytes: LARGE.byteLength };

const isPut = ({ method }: SeenRequest) => method === 'PUT';
const isPart = ({ method, url }: SeenRequest) => method === 'PUT' && url.includes('partNumber=');
const isCompletion = ({ method, url }: SeenRequest) => method === 'POST' && url.includes('uploadId=');
const isCopy = ({ method, url }: SeenRequest) =>
  method === 'PUT' && url.includes('/users/') && !url.includes('uploadId=');
const isBegin = ({ method, url }: SeenRequest) => method === 'POST' && url.includes('uploads');
const isGet = ({ method, url }: SeenRequest) => method === 'GET' && url.includes('/users/');

describe.skipIf(!server.isAvailable)(`an S3 server in trouble ${server.name}`, () => {
  let bucket: TestBucket;
  let proxy: FaultProxy;
  /** Past the proxy. */
  let direct: FileStore;
  let files: FileStore;
  /** Gives up soon: for what is never answered. */
  let impatient: FileStore;
  beforeEach(async () => {
    bucket = await server.createBucket();
    proxy = await startFaultProxy(bucket.settings.endpoint);
    direct = await createS3FileStore({ ...bucket.settings, now: new Date() });
    const settings = { ...bucket.settings, endpoint: proxy.url, partBytes: 5 * 1024 * 1024, maxAttempts: 2 };
    files = await createS3FileStore({ ...settings, now: new Date() });
    impatient = await createS3FileStore({ ...settings, idleTimeoutMs: 250, now: new Date() });
  });
  afterEach(async () => {
    await proxy.close();
    await bucket.remove();
  });

  const waysToPut: { name: string; file: () => FileToStore; when: (request: SeenRequest) => boolean }[] = [
    { name: 'a small put', file: () => aFile({ content: SMALL }), when: isPut },
    { name: 'the beginning of a large put', file: () => aFile({ content: streamOf(LARGE) }), when: isBegin },
    { name: 'a part of a large put', file: () => aFile({ content: streamOf(LARGE) }), when: isPart },
    { name: 'the completion of a large put', file: () => aFile({ content: streamOf(LARGE) }), when: isCompletion },
    { name: 'the copy of a large put', file: () => aFile({ content: streamOf(LARGE) }), when: isCopy },
    {
      name: 'the completion of a large announced put',
      file: () => aFile({ content: streamOf(LARGE), expected: ofLarge }),
      when: isCompletion,
    },
  ];

  /** What must hold whatever went wrong: all of it is there, or nothing. */
  const allOrNothing = async () => {
    for (const { path } of await allOf(direct)) await readVerified(direct, path);
  };
  const finishes = async (file: FileToStore) => {
    const stored = await files.put(file);
    expect((await allOf(direct)).map(({ path }) => path)).toEqual([stored.path]);
    await readVerified(direct, stored.path);
    expect((await bucket.contents()).keys).toEqual([stored.path]);
  };

  for (const { name, file, when } of waysToPut) {
    it.each<Fault>([{ kind: 'answer', status: 500 }, { kind: 'lose-answer' }])(
      `finishes ${name} that fails once with $kind`,
      async (fault) => {
        proxy.inject(fault, { when, times: 1 });
        await finishes(file());
      },
    );

    it.each<Fault>([{ kind: 'answer', status: 500 }, { kind: 'lose-answer' }])(
      `${name} that fails with $kind again and again is unavailable, all or nothing, and a repeat finishes it`,
      async (fault) => {
        proxy.inject(fault, { when });
        await expect(files.put(file())).rejects.toThrow(Unavailable);
        if (fault.kind === 'answer') expect(await allOf(direct)).toEqual([]);
        await allOrNothing();
        proxy.heal();
        await finishes(file());
      },
    );
  }

  it.each([503, 429] as const)(
    'waits and tries again when the server has too much to do (%i), for a while',
    async (status) => {
      proxy.inject({ kind: 'answer', status }, { when: isPut, times: 1 });
      await finishes(aFile({ content: SMALL }));
      proxy.inject({ kind: 'answer', status }, { when: isPut });
      await expect(files.put(aFile({ content: bytes('more') }))).rejects.toThrow(/overloaded/);
    },
  );

  it.each(waysToPut)(
    'gives up $name that is never answered, says so, and a repeat finishes it',
    async ({ file, when }) => {
      proxy.inject({ kind: 'hang' }, { when });
      await expect(impatient.put(file())).rejects.toThrow(/does not answer in time/);
      expect(await allOf(direct)).toEqual([]);
      proxy.heal();
      await finishes(file());
    },
  );

  it.each([
    { name: 'a small put', content: SMALL, when: isPut, afterBytes: 500_000 },
    { name: 'a large put', content: LARGE, when: isPart, afterBytes: 3_000_000 },
  ])('shows nothing of $name whose connection is reset in the middle, and a repeat finishes it', async (way) => {
    proxy.inject({ kind: 'reset', afterBytes: way.afterBytes }, { when: way.when });
    await expect(files.put(aFile({ content: way.content }))).rejects.toThrow(Unavailable);
    expect(await allOf(direct)).toEqual([]);
    expect(await bucket.contents()).toEqual({ keys: [], uploads: [] });
    proxy.heal();
    proxy.inject({ kind: 'reset', afterBytes: way.afterBytes }, { when: way.when, times: 1 });
    await finishes(aFile({ content: way.content }));
  });

  it('stops reading content, however silent it is, once a part of it cannot be stored', async () => {
    proxy.inject({ kind: 'answer', status: 500 }, { when: isPart });
    const silent = streamOf(LARGE, { breakAt: 6 * 1024 * 1024, onBreak: () => new Promise(() => undefined) });
    await expect(files.put(aFile({ content: silent }))).rejects.toThrow(Unavailable);
    expect(await bucket.contents()).toEqual({ keys: [], uploads: [] });
  });

  it('tells the abort from a failure while the server is silent', async () => {
    proxy.inject({ kind: 'hang' }, { when: isPut });
    const controller = new AbortController();
    const reason = new Error('the client went away');
    const put = files.put(aFile({ content: SMALL }), { signal: controller.signal });
    await expect.poll(() => proxy.requests.some(isPut)).toBe(true);
    controller.abort(reason);
    await expect(put).rejects.toBe(reason);
  });

  const faultsOfReads: Fault[] = [
    { kind: 'answer', status: 500 },
    { kind: 'answer', status: 503 },
    { kind: 'lose-answer' },
    { kind: 'truncate', afterBytes: 0 },
    { kind: 'truncate', afterBytes: 100_000 },
    { kind: 'stall', afterBytes: 100_000 },
  ];

  it.each(faultsOfReads)('reads on after one $kind $status $afterBytes, at the beginning and later', async (fault) => {
    const { path } = await direct.put(aFile({ content: SMALL }));
    proxy.inject(fault, { when: isGet, times: 1 });
    expect(Buffer.compare(await readVerified(impatient, path), SMALL)).toBe(0);
    const reading = await impatient.read(path);
    proxy.inject(fault, { when: isGet, times: 1 });
    const parts: Uint8Array[] = [];
    for await (const part of reading) parts.push(part);
    expect(Buffer.compare(Buffer.concat(parts), SMALL)).toBe(0);
  });

  it.each<Fault>([
    ...faultsOfReads.filter(({ kind }) => kind !== 'stall'),
    { kind: 'truncate', afterBytes: 10 },
    { kind: 'stall', afterBytes: 10 },
    { kind: 'hang' },
  ])('a read that meets $kind $status $afterBytes again and again is unavailable, and never short', async (fault) => {
    const { path } = await direct.put(aFile({ content: SMALL }));
    const range = { start: 300_000, end: 800_000 };
    proxy.inject(fault, { when: isGet });
    if (fault.kind === 'truncate' && fault.afterBytes === 100_000) {
      // Each connection brings it on by so much, so it comes to its end or gives up: both are right, short is not.
      const read = await readBytes(files, path, { range }).catch((error: unknown) => error);
      if (read instanceof Uint8Array) expect(Buffer.compare(read, SMALL.subarray(range.start, range.end))).toBe(0);
      else expect(read).toBeInstanceOf(Unavailable);
      return;
    }
    await expect(readBytes(impatient, path, { range })).rejects.toThrow(Unavailable);
    proxy.heal();
    expect(Buffer.compare(await readBytes(files, path, { range }), SMALL.subarray(range.start, range.end))).toBe(0);
  });

  it('waits for a slow server as long as something comes', async () => {
    const { path } = await direct.put(aFile({ content: SMALL }));
    proxy.inject({ kind: 'slow', pieceBytes: 50_000, pauseMs: 20 }, { when: isGet });
    expect(Buffer.compare(await readVerified(files, path), SMALL)).toBe(0);
  });

  it('goes on for a reader that takes longer than any connection lasts', async () => {
    const { path } = await direct.put(aFile({ content: LARGE }));
    const parts: Uint8Array[] = [];
    let sizeBytes = 0;
    let pauses = 0;
    for await (const part of await impatient.read(path)) {
      parts.push(part);
      sizeBytes += part.byteLength;
      if (sizeBytes < (pauses + 1) * 1_500_000) continue;
      pauses += 1;
      await expect.poll(() => proxy.connectionCount(), { timeout: 10_000 }).toBe(0);
    }
    expect(pauses).toBeGreaterThan(4);
    expect(Buffer.compare(Buffer.concat(parts), LARGE)).toBe(0);
  });

  it('is unavailable for looking, listing and removing too, and when it is opened', async () => {
    const { path } = await direct.put(aFile());
    proxy.inject({ kind: 'answer', status: 503 });
    await expect(files.stat(path)).rejects.toThrow(Unavailable);
    await expect(files.remove(path)).rejects.toThrow(Unavailable);
    await expect(allOf(files)).rejects.toThrow(Unavailable);
    const settings = { ...bucket.settings, endpoint: proxy.url, maxAttempts: 1 };
    await expect(createS3FileStore({ ...settings, now: new Date() })).rejects.toThrow(/overloaded/);
    proxy.heal();
    expect(await files.stat(path)).toMatchObject({ sizeBytes: bytes('# Hello').byteLength });
  });
});
