import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EntityView } from '@synap/core';
import type { UserId } from '@synap/domain';
import { FileStore } from '@tus/file-store';
import * as z from 'zod';

/**
 * How long an upload may take from its beginning to its end, and how long the word of what became of it is kept. Shorter
 * than the answers to repeated requests: as long as something is here, to record it twice is to record it once.
 */
const KEPT_MS = 24 * 60 * 60 * 1000;
const RECORDED_SUFFIX = '.recorded';

/** An upload that was gathered whole and recorded. */
export interface RecordedUpload {
  readonly sizeBytes: number;
  readonly entity: EntityView;
}

/** What is known of an upload that is being gathered. */
export interface GatheredUpload {
  readonly sizeBytes: number;
  /** How many of them have come. */
  readonly offset: number;
  readonly metadata: Readonly<Record<string, string | null>>;
}

/**
 * Where uploads that come piece by piece are gathered: one folder for each user, so that nobody's request ever looks
 * into another's. It holds the bytes, what was said of them, and after they were recorded, what was answered.
 */
export class UploadSpool {
  readonly #directory: string;

  constructor({ directory }: { directory: string }) {
    this.#directory = directory;
  }

  /** The folder of one user, as the tus server wants it. */
  async storeOf(userId: UserId): Promise<FileStore> {
    const directory = join(this.#directory, userId);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return new FileStore({ directory, expirationPeriodInMilliseconds: KEPT_MS });
  }

  /** An upload that is being gathered, or `null` where there is none. */
  async find(userId: UserId, id: string): Promise<GatheredUpload | null> {
    const store = await this.storeOf(userId);
    const upload = await store.getUpload(id).catch(() => null);
    if (upload === null || upload.size === undefined) return null;
    return { sizeBytes: upload.size, offset: upload.offset, metadata: upload.metadata ?? {} };
  }

  /** All that was gathered of an upload. */
  read(userId: UserId, id: string): AsyncIterable<Uint8Array> {
    return createReadStream(join(this.#directory, userId, id));
  }

  /** Keeps the answer in the place of the bytes. */
  async markRecorded(userId: UserId, id: string, recorded: RecordedUpload): Promise<void> {
    await writeFile(this.#markOf(userId, id), JSON.stringify(recorded), { mode: 0o600 });
    await this.remove(userId, id);
  }

  /** What was recorded of an upload, or `null` if nothing was yet. */
  async findRecorded(userId: UserId, id: string): Promise<RecordedUpload | null> {
    const text = await readFile(this.#markOf(userId, id), 'utf8').catch(() => null);
    return text === null ? null : recordedSchema.parse(JSON.parse(text));
  }

  /** Removes the bytes; those that are not there are removed already. */
  async remove(userId: UserId, id: string): Promise<void> {
    const file = join(this.#directory, userId, id);
    await rm(file, { force: true });
    await rm(`${file}.json`, { force: true });
  }

  /** Removes all of one user's; gives how many files that were. */
  async forget(userId: UserId): Promise<number> {
    const directory = join(this.#directory, userId);
    const names = await readdir(directory).catch(() => []);
    await rm(directory, { recursive: true, force: true });
    return names.length;
  }

  /** Removes what nobody has added to for a day. */
  async sweep(now: Date): Promise<void> {
    const before = now.getTime() - KEPT_MS;
    for (const userId of await readdir(this.#directory).catch(() => [])) {
      const directory = join(this.#directory, userId);
      for (const name of await readdir(directory).catch(() => [])) {
        // An upload is as old as its bytes; what is said of it goes with them.
        const bytes = join(directory, name.replace(/\.json$/, ''));
        const found = await stat(bytes).catch(() => null);
        if (found === null || found.mtimeMs < before) await rm(join(directory, name), { force: true });
      }
    }
  }

  #markOf(userId: UserId, id: string): string {
    return join(this.#directory, userId, `${id}${RECORDED_SUFFIX}`);
  }
}

/** Written by this server alone. */
const recordedSchema = z.custom<RecordedUpload>((value) => typeof value === 'object' && value !== null);
