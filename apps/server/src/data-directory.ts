import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Unavailable } from '@synap/domain';
import locks from 'fs-native-extensions';
import * as z from 'zod';

/** Where a running server on a data directory is reached. */
const serverNoticeSchema = z.object({ pid: z.int(), url: z.url() });
export type ServerNotice = z.infer<typeof serverNoticeSchema>;

/** A data directory that belongs to this process, until it is released or the process ends. */
export interface DataDirectory {
  readonly path: string;
  /** The embedded database. */
  readonly databasePath: string;
  /** The content. */
  readonly filesPath: string;
  /** The key with which the owner signs in from this machine. */
  readonly ownerKey: string;
  /**
   * A name that no other running process has, because none has this directory, and that is the same after a restart: by
   * it a process takes up at once what it held before it crashed.
   */
  readonly processName: string;
  /** Where uploads that come piece by piece are gathered. */
  readonly uploadsPath: string;
  /** The secret under which links and tokens of this installation are signed. */
  readonly linkSecret: string;
  /** The secret under which sessions of this installation are signed, where no other is configured. */
  readonly sessionSecret: string;
  /** The Ed25519 key (PEM) with which checkpoints are signed, where no other is configured. */
  readonly signingKey: string;
  /** Leaves a notice of where this process serves, for the command line. */
  announce(notice: ServerNotice): Promise<void>;
  release(): Promise<void>;
}

/** The directory is in use: its owner, if it has said where it serves. */
export class DataDirectoryInUse extends Unavailable {
  readonly server: ServerNotice | null;
  constructor(path: string, server: ServerNotice | null) {
    const owner = server === null ? 'another process' : `the server at ${server.url} (process ${server.pid})`;
    super(
      'data directory',
      `The data directory ${path} is in use by ${owner}. Stop that one first, or set SYNAP_DATA_DIR to another directory.`,
    );
    this.server = server;
  }
}

/** The data directory that the environment names; see docs/configuration.md. */
export function dataDirectoryOf({ SYNAP_DATA_DIR }: Readonly<Record<string, string | undefined>>): string {
  return resolve(SYNAP_DATA_DIR === undefined || SYNAP_DATA_DIR === '' ? DEFAULT_DATA_DIRECTORY : SYNAP_DATA_DIR);
}

export const DEFAULT_DATA_DIRECTORY = './.synap';
const LOCK_FILE = 'lock';
const NOTICE_FILE = 'server.json';
const OWNER_KEY_FILE = 'owner-key';
const SIGNING_KEY_FILE = 'signing-key';
const LINK_SECRET_FILE = 'link-secret';
const SESSION_SECRET_FILE = 'session-secret';

/**
 * Takes a data directory for this process alone, and makes what is missing in it.
 *
 * The lock is the kernel's, on an open file: it ends with the process however that ends, so there is no stale lock to
 * clean up, and no moment in which two processes hold it. The embedded database needs that: two processes on it lose
 * rows.
 *
 * @throws {DataDirectoryInUse} if another process has it.
 * @throws {Unavailable} if it cannot be made or written.
 */
export async function takeDataDirectory(path: string): Promise<DataDirectory> {
  const lock = await openLockFile(path);
  try {
    if (!locks.tryLock(lock.fd)) throw new DataDirectoryInUse(path, await readServerNotice(path));
    const noticePath = join(path, NOTICE_FILE);
    await rm(noticePath, { force: true });
    const ownerKey = await ensureOwnerKey(path);
    return {
      path,
      databasePath: join(path, 'database'),
      filesPath: join(path, 'files'),
      uploadsPath: join(path, 'uploads'),
      ownerKey,
      linkSecret: await ensureSecret(path, LINK_SECRET_FILE),
      sessionSecret: await ensureSecret(path, SESSION_SECRET_FILE),
      processName: createHash('sha256').update(ownerKey).digest('hex').slice(0, 32),
      signingKey: await ensureSigningKey(path),
      announce: (notice) => writeFile(noticePath, JSON.stringify(notice), { mode: 0o600 }),
      release: async () => {
        await rm(noticePath, { force: true });
        await lock.close();
      },
    };
  } catch (error) {
    await lock.close();
    throw error;
  }
}

/** What the server on this directory says of itself, or `null` where none has. */
async function readServerNotice(path: string): Promise<ServerNotice | null> {
  const text = await readIfThere(join(path, NOTICE_FILE));
  return text === null ? null : serverNoticeSchema.parse(JSON.parse(text));
}

/** The owner's key of this directory, or `null` where there is none yet. */
export async function readOwnerKey(path: string): Promise<string | null> {
  return (await readIfThere(join(path, OWNER_KEY_FILE)))?.trim() ?? null;
}

async function openLockFile(path: string): Promise<FileHandle> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return await open(join(path, LOCK_FILE), 'a+', 0o600);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Unavailable(
      'data directory',
      `The data directory ${path} cannot be used: ${reason}. Make it writable, or set SYNAP_DATA_DIR to another one.`,
      { cause: error },
    );
  }
}

async function ensureOwnerKey(path: string): Promise<string> {
  const existing = await readOwnerKey(path);
  if (existing !== null && existing !== '') return existing;
  const key = `synap_${randomBytes(32).toString('base64url')}`;
  await writeFile(join(path, OWNER_KEY_FILE), `${key}\n`, { mode: 0o600 });
  return key;
}

async function ensureSecret(path: string, file: string): Promise<string> {
  const existing = (await readIfThere(join(path, file)))?.trim() ?? '';
  if (existing !== '') return existing;
  const secret = randomBytes(32).toString('base64url');
  await writeFile(join(path, file), `${secret}\n`, { mode: 0o600 });
  return secret;
}

async function ensureSigningKey(path: string): Promise<string> {
  const existing = await readIfThere(join(path, SIGNING_KEY_FILE));
  if (existing !== null && existing !== '') return existing;
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await writeFile(join(path, SIGNING_KEY_FILE), pem, { mode: 0o600 });
  return pem;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
