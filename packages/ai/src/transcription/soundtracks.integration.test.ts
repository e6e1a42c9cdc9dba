import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Unprocessable } from '@synap/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { detectFileKind } from '../extraction/detect-file-kind.ts';
import { findSoundtracks } from './soundtracks.ts';

const found = await findSoundtracks();
const { signal } = new AbortController();
const LARGE = 25_000_000;

describe.skipIf(found === null)('the sound of recordings (needs ffmpeg)', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'synap-sound-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  /** A file that ffmpeg makes of its own test signals. */
  const made = async (name: string, ...words: string[]): Promise<Uint8Array> => {
    const path = join(directory, name);
    execFileSync('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...words, path]);
    return readFile(path);
  };
  const sine = (seconds: number) => ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`];
  const picture = (seconds: number) => ['-f', 'lavfi', '-i', `testsrc=size=64x64:rate=5:duration=${seconds}`];
  const read = (bytes: Uint8Array, options = { maxBytes: LARGE, signal }) =>
    (found ?? fail()).read(inParts(bytes), options);
  const secondsOf = async (mp3: Uint8Array | null): Promise<number> => {
    const path = join(directory, 'heard.mp3');
    await writeFile(path, mp3 ?? fail());
    const words = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', path];
    return Number(execFileSync('ffprobe', words).toString());
  };

  test.each([
    ['speech.aiff', []],
    ['speech.flac', []],
    ['film.mkv', picture(3)],
    ['film.mp4', picture(3)],
  ])('of %s is one channel of speech', async (name, pictures) => {
    const heard = await read(await made(name, ...pictures, ...sine(3)));
    expect((await detectFileKind(heard ?? fail(), {})).kind).toBe('audio');
    expect(await secondsOf(heard)).toBeCloseTo(3, 0);
    expect(heard?.length).toBeLessThan(3 * 4_000);
  });

  test('of a silent film is none', async () => {
    expect(await read(await made('silent.mp4', ...picture(1)))).toBeNull();
  });

  test('that is too long is refused, with how long it may be', async () => {
    const long = await made('long.flac', ...sine(60));
    await expect(read(long, { maxBytes: 10_000, signal })).rejects.toThrow(/longer than the 10000 bytes/);
  });

  test('of what is none is refused with a reason', async () => {
    const broken = (await made('whole.mp4', ...picture(1), ...sine(1))).subarray(0, 600);
    for (const bytes of [broken, new Uint8Array(5_000).fill(7), new Uint8Array()]) {
      await expect(read(bytes)).rejects.toThrow(Unprocessable);
    }
  });

  test('is never that of another file, which a playlist names', async () => {
    const secret = join(directory, 'secret.wav');
    await made('secret.wav', ...sine(1));
    const playlist = `#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1.0,\nfile://${secret}\n#EXT-X-ENDLIST\n`;
    await expect(read(Buffer.from(playlist))).rejects.toThrow(Unprocessable);
    await expect(read(Buffer.from(`ffconcat version 1.0\nfile '${secret}'\n`))).rejects.toThrow(Unprocessable);
  });

  test('is given up when it is not wanted any more', async () => {
    const stop = new AbortController();
    const long = await made('very-long.flac', ...sine(600));
    const reading = read(long, { maxBytes: LARGE, signal: stop.signal });
    stop.abort(new Error('The server stops.'));
    await expect(reading).rejects.toThrow();
  });
});

async function* inParts(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 64 * 1024) yield bytes.subarray(start, start + 64 * 1024);
}

function fail(): never {
  throw new Error('There is none.');
}
