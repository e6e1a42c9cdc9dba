import { TooLarge, ValidationFailed } from '@synap/domain';
import { expect, it } from 'vitest';
import { filePath } from '../file-path.ts';
import type { FileStore } from '../file-store.ts';
import { readBytes, readVerified } from '../read-all.ts';
import { aFile, allOf, bytes, manyBytes, sha256, streamOf } from './a-file.ts';

/** More than any store takes at once, and no whole number of parts. */
const LARGE = manyBytes(20 * 1024 * 1024 + 4321);
const LATE = 18 * 1024 * 1024;
const ofLarge = { checksum: sha256(LARGE), sizeBytes: LARGE.byteLength };

/** Content that is stored in several steps. */
export function describeLargeContent(files: () => FileStore): void {
  it('gives back large content that came as a stream, whole and by range, and lists it once', async () => {
    const stored = await files().put(aFile({ content: streamOf(LARGE) }));
    expect(stored).toEqual({ ...ofLarge, path: filePath({ ...aFile(), ...ofLarge }) });
    expect(Buffer.compare(await readVerified(files(), stored.path), LARGE)).toBe(0);
    for (const [start, end] of [
      [0, 10],
      [16 * 1024 * 1024 - 5, 16 * 1024 * 1024 + 5],
      [1_000_000, 9_000_000],
      [LARGE.byteLength - 1, LARGE.byteLength],
    ] as const) {
      const read = await readBytes(files(), stored.path, { range: { start, end } });
      expect(Buffer.compare(read, LARGE.subarray(start, end))).toBe(0);
    }
    expect(await allOf(files())).toMatchObject([{ path: stored.path, sizeBytes: LARGE.byteLength }]);
  });

  it('keeps large content once when several put it at once, announced and not', async () => {
    const [first, ...others] = await Promise.all([
      files().put(aFile({ content: LARGE })),
      files().put(aFile({ content: streamOf(LARGE) })),
      files().put(aFile({ content: LARGE, expected: ofLarge })),
    ]);
    expect(others).toEqual([first, first]);
    expect(await allOf(files())).toHaveLength(1);
    expect(Buffer.compare(await readVerified(files(), first.path), LARGE)).toBe(0);
  });

  for (const [way, expected] of [
    ['announced', ofLarge],
    ['unannounced', undefined],
  ] as const) {
    const large = (breakAt: number, onBreak: () => void | Promise<void>) =>
      aFile({ content: streamOf(LARGE, { breakAt, onBreak }), ...(expected === undefined ? {} : { expected }) });

    it(`shows nothing of large ${way} content that breaks off late, and throws the error of the content`, async () => {
      const broken = new Error('the upload was cut off');
      const breakOff = () => {
        throw broken;
      };
      await expect(files().put(large(LATE, breakOff))).rejects.toBe(broken);
      expect(await allOf(files())).toEqual([]);
    });

    it(`shows nothing of large ${way} content whose put is aborted while it is silent`, async () => {
      const controller = new AbortController();
      const reason = new Error('the client went away');
      const fallSilent = async () => {
        controller.abort(reason);
        await new Promise(() => undefined);
      };
      await expect(files().put(large(LATE, fallSilent), { signal: controller.signal })).rejects.toBe(reason);
      expect(await allOf(files())).toEqual([]);
      await expect(files().put(aFile({ content: LARGE }))).resolves.toMatchObject(ofLarge);
    });
  }

  it('shows nothing of large content over the limit', async () => {
    await expect(files().put(aFile({ content: streamOf(LARGE), maxBytes: LATE }))).rejects.toThrow(TooLarge);
    expect(await allOf(files())).toEqual([]);
  });
}

/** Content of which it is known what it should be. */
export function describeExpectedContent(files: () => FileStore): void {
  const small = bytes('# Hello');
  const ofSmall = { checksum: sha256(small), sizeBytes: small.byteLength };

  it('stores content that is what was announced, once or twice', async () => {
    for (const expected of [ofSmall, ofSmall]) {
      await expect(files().put(aFile({ content: small, expected }))).resolves.toMatchObject(ofSmall);
    }
    expect(await readVerified(files(), filePath({ ...aFile(), ...ofSmall }))).toEqual(small);
  });

  it('refuses content that is not what was announced, says in what, and leaves nothing', async () => {
    const other = sha256(bytes('# Hallo'));
    for (const [content, expected, field] of [
      [small, { ...ofSmall, checksum: other }, 'checksum'],
      [small, { ...ofSmall, sizeBytes: 6 }, 'sizeBytes'],
      [small, { ...ofSmall, sizeBytes: 8 }, 'sizeBytes'],
      [LARGE, { ...ofLarge, checksum: other }, 'checksum'],
      [LARGE, { ...ofLarge, sizeBytes: LATE }, 'sizeBytes'],
      [LARGE, { ...ofLarge, sizeBytes: LARGE.byteLength + 1 }, 'sizeBytes'],
    ] as const) {
      const put = files().put(aFile({ content: streamOf(content), expected }));
      await expect(put).rejects.toThrow(ValidationFailed);
      await expect(put).rejects.toMatchObject({ fields: [{ field }] });
    }
    expect(await allOf(files())).toEqual([]);
  });

  it('refuses other content even where what was announced is there already, and keeps that', async () => {
    const { path } = await files().put(aFile({ content: LARGE }));
    const other = LARGE.slice();
    other[LATE] = 0;
    const put = files().put(aFile({ content: streamOf(other), expected: ofLarge }));
    await expect(put).rejects.toMatchObject({ fields: [{ field: 'checksum' }] });
    expect(Buffer.compare(await readVerified(files(), path), LARGE)).toBe(0);
  });

  it('refuses an announcement over the limit, and one of no checksum, before any content is read', async () => {
    const unread = { [Symbol.asyncIterator]: () => expect.unreachable('content was read') };
    const announced = aFile({ content: unread, expected: ofSmall });
    await expect(files().put({ ...announced, maxBytes: 6 })).rejects.toThrow(TooLarge);
    for (const checksum of ['', 'x'.repeat(64), ofSmall.checksum.toUpperCase(), `${ofSmall.checksum}0`]) {
      await expect(files().put({ ...announced, expected: { ...ofSmall, checksum } })).rejects.toThrow(TypeError);
    }
  });
}
