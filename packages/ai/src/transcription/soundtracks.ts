import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { Unprocessable } from '@synap/domain';

/** Takes the sound out of recordings and films. */
export interface Soundtracks {
  /**
   * What is heard, as speech needs it: MP3 of one channel, 16 kHz and 24 kbit/s; `null` where there is no sound.
   * @param options.maxBytes how long that may be.
   * @throws {Unprocessable} if it cannot be read, or is longer.
   */
  read(
    content: AsyncIterable<Uint8Array>,
    options: { maxBytes: number; signal: AbortSignal },
  ): Promise<Uint8Array | null>;
}

/** Containers that hold what they name themselves: a playlist could have it read any file of this machine. */
const CONTAINERS = 'mov,matroska,avi,flv,ogg,mp3,wav,flac,aac,aiff,asf,mpegts,mpeg,amr,caf,w64,au';
/** Of a damaged file, whose tables may claim any size; in bytes. */
const ALLOCATION_MAX = 512 * 1024 * 1024;
const INPUT_OPTIONS = [
  '-protocol_whitelist',
  'file',
  '-format_whitelist',
  CONTAINERS,
  '-max_alloc',
  String(ALLOCATION_MAX),
];
/** The first sound there is, and nothing else. */
const SPEECH_OPTIONS = ['-map', '0:a:0', '-ac', '1', '-ar', '16000', '-b:a', '24k', '-threads', '1', '-f', 'mp3'];
const COMPLAINT_MAX_LENGTH = 4_000;

/** By ffmpeg; `null` where there is none that writes MP3. */
export async function findSoundtracks(): Promise<Soundtracks | null> {
  try {
    const { stdout } = await promisify(execFile)('ffmpeg', ['-hide_banner', '-encoders']);
    return stdout.includes('libmp3lame') ? { read: readSoundtrack } : null;
  } catch {
    // It is not installed, or not for this machine: then there is none.
    return null;
  }
}

async function readSoundtrack(
  content: AsyncIterable<Uint8Array>,
  { maxBytes, signal }: { maxBytes: number; signal: AbortSignal },
): Promise<Uint8Array | null> {
  const directory = await mkdtemp(join(tmpdir(), 'synap-soundtrack-'));
  try {
    // Most containers have to be read here and there, which a pipe cannot.
    const file = join(directory, 'recording');
    await pipeline(Readable.from(content), createWriteStream(file), { signal });
    return await listenTo(file, { maxBytes, signal });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function listenTo(
  file: string,
  { maxBytes, signal }: { maxBytes: number; signal: AbortSignal },
): Promise<Uint8Array | null> {
  const words = ['-hide_banner', '-nostdin', '-loglevel', 'error', ...INPUT_OPTIONS, '-i', `file:${file}`];
  const child = spawn('ffmpeg', [...words, ...SPEECH_OPTIONS, 'pipe:1'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  const ended = exitOf(child);
  let complaint = '';
  child.stderr.on('data', (bytes: Buffer) => {
    complaint = `${complaint}${bytes}`.slice(-COMPLAINT_MAX_LENGTH);
  });
  const heard: Buffer[] = [];
  let size = 0;
  child.stdout.on('data', (bytes: Buffer) => {
    size += bytes.length;
    if (size > maxBytes) child.kill('SIGKILL');
    else heard.push(bytes);
  });
  const code = await ended;
  if (size > maxBytes)
    throw new Unprocessable(`What is heard is longer than the ${maxBytes} bytes that can be written down.`);
  if (code !== 0) {
    if (complaint.includes('matches no streams')) return null;
    throw new Unprocessable(
      `The recording cannot be read: ${complaint.trim().split('\n').at(-1) ?? `ffmpeg ended with ${code}`}`,
    );
  }
  return Buffer.concat(heard);
}

/** @throws {Error} if it could not be started, or was aborted. */
function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}
