import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Unavailable } from '@synap/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aFile, bytes } from '../conformance.ts';
import type { FileStore } from '../file-store.ts';
import { readVerified } from '../read-all.ts';
import { createLocalFileStore } from './local-file-store.ts';

/** A disk of 64 kB. */
describe('a disk that fails', () => {
  let directory: string;
  let reasonNotMounted: string | null = null;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'synap-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory], { stdio: 'pipe' });
    } catch (error) {
      reasonNotMounted = `no small disk could be mounted: ${error instanceof Error ? error.message : String(error)}`;
    }
  });
  afterAll(async () => {
    if (reasonNotMounted === null) execFileSync('umount', [directory]);
    await rm(directory, { recursive: true });
  });

  const open = (): Promise<FileStore> => createLocalFileStore({ directory, now: new Date() });
  const paths = async (files: FileStore): Promise<string[]> => {
    const all: string[] = [];
    for await (const { path } of files.list('')) all.push(path);
    return all;
  };

  it('that is full loses nothing, shows nothing half-written and says what to do', async ({ skip }) => {
    if (reasonNotMounted !== null) skip(reasonNotMounted);
    const files = await open();
    const kept = await files.put(aFile({ content: bytes('kept') }));
    const tooMuch = files.put(aFile({ content: new Uint8Array(200_000) }));
    await expect(tooMuch).rejects.toThrow(Unavailable);
    await expect(tooMuch).rejects.toThrow(/The disk is full. Free some space/);
    await expect(tooMuch).rejects.toMatchObject({ dependency: 'storage', cause: { code: 'ENOSPC' } });
    expect(await paths(files)).toEqual([kept.path]);
    expect(await readdir(join(directory, 'tmp'))).toEqual([]);
    expect(await readVerified(files, kept.path)).toEqual(bytes('kept'));
  });

  it('that was full takes the same content once there is space', async ({ skip }) => {
    if (reasonNotMounted !== null) skip(reasonNotMounted);
    const files = await open();
    const filler = await files.put(aFile({ content: new Uint8Array(40_000).fill(1) }));
    const content = new Uint8Array(40_000).fill(2);
    await expect(files.put(aFile({ content }))).rejects.toThrow(Unavailable);
    await files.remove(filler.path);
    const { path } = await files.put(aFile({ content }));
    expect(await readVerified(files, path)).toEqual(content);
    await files.remove(path);
  });

  it('that is read-only still reads, and says what to do about writing', async ({ skip }) => {
    if (reasonNotMounted !== null) skip(reasonNotMounted);
    const files = await open();
    const { path } = await files.put(aFile());
    execFileSync('mount', ['-o', 'remount,ro', directory]);
    try {
      await expect(files.put(aFile({ content: bytes('new') }))).rejects.toThrow(/read-only/);
      await expect(files.remove(path)).rejects.toThrow(Unavailable);
      expect(await readVerified(files, path)).toEqual(bytes('# Hello'));
    } finally {
      execFileSync('mount', ['-o', 'remount,rw', directory]);
    }
  });
});
