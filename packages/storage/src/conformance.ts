/**
 * What every file store must keep, as tests: whoever implements the port runs them against the real thing.
 *
 * @example
 * describeFileStore('the local directory', async () => ({ files: await createLocalFileStore(…), close: async () => … }));
 */
import { EntityId, NotFound, TooLarge, Unavailable, UserId } from '@synap/domain';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filePath } from './file-path.ts';
import type { FileStore } from './file-store.ts';
import { readBytes, readVerified, streamVerified } from './read-all.ts';
import { aFile, allOf, bytes, sha256 } from './testing/a-file.ts';
import { describeExpectedContent, describeLargeContent } from './testing/large-content-suite.ts';

export { aFile, bytes } from './testing/a-file.ts';

/** A store with nothing in it, and how to be done with it. */
export interface FileStoreUnderTest {
  readonly files: FileStore;
  close(): Promise<void>;
}

const ADA = aFile().userId;
const BOB = UserId.parse('01890a5d-ac96-774b-bcce-b302099a8058');
const NOTE = aFile().entityId;
const OTHER_NOTE = EntityId.parse('01890a5d-ac96-774b-bcce-b302099a8060');

/** Runs the conformance suite of the file port, each test on a store of its own. */
export function describeFileStore(name: string, open: () => Promise<FileStoreUnderTest>): void {
  describe(`${name} as a file store`, () => {
    let store: FileStoreUnderTest;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());
    const files = () => store.files;
    describePuts(files);
    describeFailedPuts(files);
    describeReads(files);
    describePaths(files);
    describeListings(files);
    describeLargeContent(files);
    describeExpectedContent(files);
  });
}

function describePuts(files: () => FileStore): void {
  it('gives back exactly the bytes that were put, whatever they are and however they came', async () => {
    const content = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(content, fc.boolean(), async (parts, isStreamed) => {
        const whole = new Uint8Array(Buffer.concat(parts));
        const stored = await files().put(aFile({ content: isStreamed ? partsAsTheyAre(parts) : whole }));
        expect(stored.sizeBytes).toBe(whole.byteLength);
        expect(stored.checksum).toBe(sha256(whole));
        expect(stored.path).toBe(filePath({ ...aFile(), checksum: stored.checksum }));
        expect(await readVerified(files(), stored.path)).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps the same content of the same thing once, and a later put of it succeeds', async () => {
    const [first, second] = [await files().put(aFile()), await files().put(aFile())];
    expect(second).toEqual(first);
    expect(await allOf(files())).toHaveLength(1);
  });

  it('keeps every object whole when many write at once, the same content and other', async () => {
    const contents = Array.from({ length: 24 }, (_, index) => `content ${index % 8} `.repeat(2000));
    const stored = await Promise.all(contents.map((content) => files().put(aFile({ content: bytes(content) }))));
    for (const [index, { path }] of stored.entries()) {
      expect(new TextDecoder().decode(await readVerified(files(), path))).toBe(contents[index]);
    }
    expect(await allOf(files())).toHaveLength(8);
  });

  it('leaves an earlier revision as it is when a later one is put', async () => {
    const first = await files().put(aFile({ content: bytes('first') }));
    const second = await files().put(aFile({ content: bytes('second') }));
    expect(second.path).not.toBe(first.path);
    expect(await readVerified(files(), first.path)).toEqual(bytes('first'));
  });

  it('accepts content of exactly the limit', async () => {
    await expect(files().put(aFile({ content: bytes('12345'), maxBytes: 5 }))).resolves.toMatchObject({ sizeBytes: 5 });
  });

  it('keeps an object when puts and removals of its neighbours go on', async () => {
    const churn = async (number: number) => {
      const { path } = await files().put(aFile({ content: bytes(`short-lived ${number}`) }));
      await files().remove(path);
    };
    for (let round = 0; round < 10; round += 1) {
      const content = bytes(`kept ${round}`);
      const [{ path }] = await Promise.all([files().put(aFile({ content })), churn(round), churn(round + 100)]);
      expect(await readVerified(files(), path)).toEqual(content);
      await files().remove(path);
    }
  });
}

function describeFailedPuts(files: () => FileStore): void {
  it('shows nothing of a put whose content breaks off, and throws the error of the content', async () => {
    const broken = new Error('the upload was cut off');
    await expect(files().put(aFile({ content: brokenStream(broken) }))).rejects.toBe(broken);
    expect(await allOf(files())).toEqual([]);
  });

  it('refuses content over the limit as soon as it is over, without reading on', async () => {
    let partsRead = 0;
    const endless = async function* () {
      for (;;) {
        partsRead += 1;
        yield new Uint8Array(1000);
      }
    };
    await expect(files().put(aFile({ content: endless(), maxBytes: 2500 }))).rejects.toThrow(TooLarge);
    expect(partsRead).toBe(3);
    expect(await allOf(files())).toEqual([]);
  });

  it('gives up at once when it is aborted, even while the content is silent', async () => {
    const controller = new AbortController();
    const reason = new Error('the client went away');
    const silent = async function* () {
      yield new Uint8Array(10);
      controller.abort(reason);
      await new Promise(() => undefined);
    };
    await expect(files().put(aFile({ content: silent() }), { signal: controller.signal })).rejects.toBe(reason);
    expect(await allOf(files())).toEqual([]);
  });

  it('writes nothing when it is aborted before it begins', async () => {
    await expect(files().put(aFile(), { signal: AbortSignal.abort() })).rejects.toThrow();
    expect(await allOf(files())).toEqual([]);
  });

  it('refuses an extension that would lead elsewhere', async () => {
    for (const extension of ['', 'md/../x', '../md', 'MD', 'm d', 'md\0', 'abcdefghijk']) {
      await expect(files().put(aFile({ extension }))).rejects.toThrow(TypeError);
    }
    expect(await allOf(files())).toEqual([]);
  });
}

function describeReads(files: () => FileStore): void {
  it('reads exactly the bytes of any range within an object', async () => {
    const content = fc.sample(fc.uint8Array({ minLength: 200_000, maxLength: 200_000 }), 1)[0] ?? new Uint8Array(1);
    const { path } = await files().put(aFile({ content }));
    const position = fc.nat({ max: content.byteLength });
    await fc.assert(
      fc.asyncProperty(position, position, async (left, right) => {
        const range = { start: Math.min(left, right), end: Math.max(left, right) };
        expect(
          Buffer.compare(await readBytes(files(), path, { range }), content.subarray(range.start, range.end)),
        ).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('fails when a range goes beyond the end, instead of giving fewer bytes', async () => {
    const { path } = await files().put(aFile({ content: bytes('12345') }));
    for (const range of [
      { start: 0, end: 6 },
      { start: 5, end: 6 },
      { start: 10, end: 10 },
    ]) {
      await expect(readBytes(files(), path, { range })).rejects.toThrow(Unavailable);
    }
    await expect(readBytes(files(), path, { range: { start: 5, end: 5 } })).resolves.toHaveLength(0);
  });

  it('refuses what is no range', async () => {
    const { path } = await files().put(aFile());
    for (const range of [
      { start: -1, end: 2 },
      { start: 3, end: 2 },
      { start: 0.5, end: 2 },
      { start: 0, end: NaN },
    ]) {
      await expect(readBytes(files(), path, { range })).rejects.toThrow(RangeError);
    }
  });

  it('streams a proven object in order', async () => {
    const content = bytes('line\n'.repeat(100_000));
    const { path } = await files().put(aFile({ content }));
    const parts: Uint8Array[] = [];
    for await (const part of streamVerified(files(), path)) parts.push(part);
    expect(Buffer.compare(Buffer.concat(parts), content)).toBe(0);
  });

  it('stops a read that is aborted', async () => {
    const { path } = await files().put(aFile({ content: new Uint8Array(4_000_000) }));
    const controller = new AbortController();
    const read = async () => {
      for await (const part of await files().read(path, { signal: controller.signal })) {
        expect(part.byteLength).toBeLessThan(4_000_000);
        controller.abort(new Error('the reader went away'));
      }
    };
    await expect(read()).rejects.toThrow('the reader went away');
  });

  it('knows the size and the age of an object, and that there is none', async () => {
    const { path } = await files().put(aFile({ content: bytes('12345') }));
    const found = await files().stat(path);
    expect(found?.sizeBytes).toBe(5);
    // Some servers know whole seconds only, and their clock is another one.
    expect(Math.abs(Date.now() - (found?.modifiedAt.getTime() ?? 0))).toBeLessThan(60_000);
    await files().remove(path);
    expect(await files().stat(path)).toBeNull();
  });

  it('finds nothing where nothing was put, or what was put is removed', async () => {
    const { path } = await files().put(aFile());
    await files().remove(path);
    await expect(files().read(path)).rejects.toThrow(NotFound);
    await expect(files().remove(path)).resolves.toBeUndefined();
    await expect(files().put(aFile())).resolves.toMatchObject({ path });
    expect(await readVerified(files(), path)).toEqual(bytes('# Hello'));
  });
}

function describePaths(files: () => FileStore): void {
  it('reads, measures and removes nothing but the paths of objects', async () => {
    const { path } = await files().put(aFile());
    const folder = path.slice(0, path.lastIndexOf('/'));
    const name = path.slice(path.lastIndexOf('/') + 1);
    const strange = [
      '',
      '/',
      '.',
      `/${path}`,
      `./${path}`,
      `${path}/`,
      `${path}\0`,
      `${path}\n`,
      path.toUpperCase(),
      path.replace('users/', 'users//'),
      `${folder}/../${NOTE}/${name}`,
      `users/../${path}`,
      path.replaceAll('/', '\\'),
      path.replace('notes', 'secrets'),
      '../../../../etc/passwd',
    ];
    for (const strangePath of strange) {
      await expect(files().read(strangePath)).rejects.toThrow(NotFound);
      await expect(files().stat(strangePath)).rejects.toThrow(NotFound);
      await expect(files().remove(strangePath)).rejects.toThrow(NotFound);
    }
    expect(await readVerified(files(), path)).toEqual(bytes('# Hello'));
  });
}

function describeListings(files: () => FileStore): void {
  it('lists every object below a prefix, and no other, in the order of their paths', async () => {
    const all = await Promise.all(
      [
        aFile({ content: bytes('one') }),
        aFile({ content: bytes('two'), extension: 'txt' }),
        aFile({ entityId: OTHER_NOTE }),
        aFile({ folder: 'tasks' }),
        aFile({ userId: BOB }),
      ].map((file) => files().put(file)),
    );
    const paths = all.map(({ path }) => path).sort();
    const prefixes = [
      '',
      'users/',
      `users/${ADA}/`,
      `users/${ADA}/notes/${NOTE}`,
      `users/${ADA}/t`,
      'users/0',
      'x',
      '../',
    ];
    for (const prefix of [...prefixes, ...paths]) {
      const listed = await allOf(files(), prefix);
      expect(listed.map(({ path }) => path)).toEqual(paths.filter((path) => path.startsWith(prefix)));
    }
  });

  it('tells the size of each object and when it was stored', async () => {
    const before = Date.now();
    const { path } = await files().put(aFile({ content: bytes('12345') }));
    const [listed] = await allOf(files());
    expect(listed).toMatchObject({ path, sizeBytes: 5 });
    // Clocks of file systems and servers tick coarsely.
    expect(Math.abs((listed?.modifiedAt.getTime() ?? 0) - before)).toBeLessThan(60_000);
  });

  it('lists nothing where nothing is', async () => {
    expect(await allOf(files())).toEqual([]);
  });
}

async function* partsAsTheyAre(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function* brokenStream(error: Error): AsyncGenerator<Uint8Array> {
  yield bytes('the beginning');
  throw error;
}
