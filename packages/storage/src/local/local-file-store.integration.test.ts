import { execFileSync } from 'node:child_process';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { NotFound, Unavailable } from '@synap/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aFile, bytes, describeFileStore } from '../conformance.ts';
import type { FileStore, ListedFile } from '../file-store.ts';
import { createMovingFileStore } from '../moving-file-store.ts';
import { readBytes, readVerified, streamVerified } from '../read-all.ts';
import { createLocalFileStore } from './local-file-store.ts';

const now = new Date();

async function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'synap-storage-'));
}

async function listed(files: FileStore): Promise<ListedFile[]> {
  const all: ListedFile[] = [];
  for await (const file of files.list('')) all.push(file);
  return all;
}

describeFileStore('the local directory', async () => {
  const directory = await temporaryDirectory();
  return {
    files: await createLocalFileStore({ directory, now }),
    close: async () => {
      // Whatever a test did, well or badly: no draft stays behind.
      expect(await readdir(join(directory, 'tmp'))).toEqual([]);
      await rm(directory, { recursive: true });
    },
  };
});

describeFileStore('a directory that another one moves to', async () => {
  const [old, directory] = await Promise.all([temporaryDirectory(), temporaryDirectory()]);
  const [from, to] = await Promise.all([old, directory].map((each) => createLocalFileStore({ directory: each, now })));
  if (from === undefined || to === undefined) throw new Error('There are two.');
  return {
    files: createMovingFileStore({ from, to }),
    close: async () => {
      for (const each of [old, directory]) await rm(each, { recursive: true });
    },
  };
});

describe('files that move from one store to another', () => {
  let directories: string[];
  let [from, to]: FileStore[] = [];
  beforeEach(async () => {
    directories = [await temporaryDirectory(), await temporaryDirectory()];
    [from, to] = await Promise.all(directories.map((directory) => createLocalFileStore({ directory, now })));
  });
  afterEach(async () => {
    for (const directory of directories) await rm(directory, { recursive: true });
  });

  it('are read wherever they lie, listed once, stored in the new one and removed from both', async () => {
    if (from === undefined || to === undefined) throw new Error('There are two.');
    const moving = createMovingFileStore({ from, to });
    const old = await from.put(aFile({ content: bytes('old') }));
    const both = await from.put(aFile({ content: bytes('both') }));
    await to.put(aFile({ content: bytes('both') }));
    const fresh = await moving.put(aFile({ content: bytes('new') }));
    expect(await from.stat(fresh.path)).toBeNull();
    expect(await readVerified(moving, old.path)).toEqual(bytes('old'));
    expect(await readVerified(moving, fresh.path)).toEqual(bytes('new'));
    expect((await listed(moving)).map(({ path }) => path)).toEqual([old, both, fresh].map(({ path }) => path).sort());
    await moving.remove(both.path);
    expect([await from.stat(both.path), await to.stat(both.path)]).toEqual([null, null]);
  });
});

describe('the local directory', () => {
  let directory: string;
  let files: FileStore;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    files = await createLocalFileStore({ directory, now });
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('makes content young again that is put again', async () => {
    const { path } = await files.put(aFile());
    const longAgo = new Date(now.getTime() - 48 * 60 * 60 * 1000);
    await utimes(join(directory, path), longAgo, longAgo);
    expect((await files.stat(path))?.modifiedAt).toEqual(longAgo);
    await files.put(aFile());
    expect((await files.stat(path))?.modifiedAt.getTime()).toBeGreaterThan(longAgo.getTime() + 1);
  });

  it('removes at its start what killed puts left long ago, and leaves a draft that may be in use', async () => {
    const [old, recent] = [join(directory, 'tmp', 'old'), join(directory, 'tmp', 'recent')];
    await writeFile(old, 'half');
    await writeFile(recent, 'half');
    const longAgo = new Date(now.getTime() - 25 * 60 * 60 * 1000);
    await utimes(old, longAgo, longAgo);
    await createLocalFileStore({ directory, now });
    expect(await readdir(join(directory, 'tmp'))).toEqual(['recent']);
  });

  it('never follows a link out of the directory', async () => {
    const outside = join(directory, 'outside');
    await mkdir(outside);
    const { path } = await files.put(aFile());
    const object = join(directory, path);
    const content = await readFile(object);

    await rm(object);
    await writeFile(join(outside, 'secret'), content);
    await symlink(join(outside, 'secret'), object);
    await expect(files.read(path)).rejects.toThrow(NotFound);
    expect(await files.stat(path)).toBeNull();
    await expect(files.put(aFile())).rejects.toThrow(Unavailable);
    await files.remove(path);
    expect(await readdir(outside)).toEqual(['secret']);
  });

  it('never follows a directory that is a link', async () => {
    const outside = join(directory, 'outside');
    const { path } = await files.put(aFile());
    const entityDirectory = dirname(join(directory, path));
    execFileSync('mv', [entityDirectory, outside]);
    await symlink(outside, entityDirectory);

    const reopened = await createLocalFileStore({ directory, now });
    await expect(reopened.read(path)).rejects.toThrow(NotFound);
    await reopened.remove(path);
    await expect(reopened.put(aFile({ content: bytes('new') }))).rejects.toThrow(Unavailable);
    expect(await listed(reopened)).toEqual([]);
    expect(await readdir(outside)).toHaveLength(1);
  });

  it('lists nothing that is no object', async () => {
    const { path } = await files.put(aFile());
    await writeFile(join(dirname(join(directory, path)), '.DS_Store'), 'x');
    await writeFile(join(directory, 'users', 'notes.txt'), 'x');
    expect((await listed(files)).map((file) => file.path)).toEqual([path]);
  });

  it('tells a file that was cut off on disk, by range, by hash and by stream, and a new put heals it', async () => {
    const content = bytes('0123456789'.repeat(20_000));
    const { path } = await files.put(aFile({ content }));
    await truncate(join(directory, path), 150_000);
    await expect(readBytes(files, path, { range: { start: 140_000, end: 160_000 } })).rejects.toThrow(Unavailable);
    await expect(readVerified(files, path)).rejects.toThrow(/damaged/);
    const parts: number[] = [];
    const stream = async () => {
      for await (const part of streamVerified(files, path)) parts.push(part.byteLength);
    };
    await expect(stream()).rejects.toThrow(/damaged/);
    expect(parts.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000);

    await files.put(aFile({ content }));
    expect(Buffer.compare(await readVerified(files, path), content)).toBe(0);
  });

  it('tells a file whose bytes have changed on disk, names it, and a new put heals it', async () => {
    const content = bytes('12345');
    const { path } = await files.put(aFile({ content }));
    await writeFile(join(directory, path), '12346');
    await expect(readVerified(files, path)).rejects.toThrow(Unavailable);
    await expect(readVerified(files, path)).rejects.toThrow(path);
    await files.put(aFile({ content }));
    expect(await readVerified(files, path)).toEqual(content);
  });

  it('stores again after somebody has removed its directories', async () => {
    const { path } = await files.put(aFile());
    await rm(join(directory, 'users'), { recursive: true });
    await files.put(aFile());
    expect(await readVerified(files, path)).toEqual(bytes('# Hello'));
  });

  it('leaves no empty directory of a user whose last object is removed', async () => {
    const { path } = await files.put(aFile());
    await files.remove(path);
    expect(await readdir(directory)).toEqual(['tmp']);
  });

  it('passes on an error of the content with a code of the disk as what it is', async () => {
    const foreign = Object.assign(new Error('another disk'), { code: 'EIO', syscall: 'read' });
    const content = (async function* () {
      yield bytes('x');
      throw foreign;
    })();
    await expect(files.put(aFile({ content }))).rejects.toBe(foreign);
  });

  it('says what to do when a directory is in the way of its own', async () => {
    await writeFile(join(directory, 'users'), 'a file');
    await expect(files.put(aFile())).rejects.toThrow(Unavailable);
    expect(await readdir(join(directory, 'tmp'))).toEqual([]);
  });

  it('holds no file open for a reader that turns away', async () => {
    const { path } = await files.put(aFile({ content: new Uint8Array(500_000) }));
    const openFiles = async () => {
      const links = await Promise.all((await readdir('/proc/self/fd')).map((fd) => linkTarget(fd)));
      return links.filter((target) => target.startsWith(directory));
    };
    await files.read(path);
    for await (const part of await files.read(path)) {
      expect(part.byteLength).toBeGreaterThan(0);
      break;
    }
    if (process.platform === 'linux') expect(await openFiles()).toEqual([]);
  });
});

async function linkTarget(fd: string): Promise<string> {
  // The listing itself has closed its own descriptor by now.
  return readlink(`/proc/self/fd/${fd}`).catch(() => '');
}
