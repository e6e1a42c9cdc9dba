import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layNewPglite } from '@synap/database/testing';
import { afterAll } from 'vitest';

/**
 * A data directory with a new database in it, removed when the file is done: a server is there seconds sooner than when it
 * has to make one.
 */
export async function newDataDirectory(): Promise<string> {
  const directory = await temporaryDirectory();
  await layNewPglite(join(directory, 'database'));
  return directory;
}

/** A directory for this test file, removed when the file is done. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'synap-test-'));
  afterAll(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
