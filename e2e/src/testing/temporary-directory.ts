import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A directory for this test file, removed when the file is done. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'synap-test-'));
  afterAll(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
