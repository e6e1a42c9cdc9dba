import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Database } from '../connection/database.ts';
import { migrationsFor } from '../connection/migrations.ts';
import { openPglite } from '../connection/open-pglite.ts';

/*
 * New databases for tests, as the product opens them, that begin as copies of one that was made once for this schema: to
 * make one takes seconds, and every test file has at least one.
 */

const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/synap', import.meta.url));

/** A new embedded database in memory. */
export async function openNewPglite(): Promise<Database> {
  template ??= ensureTemplate().then(async (file) => new Blob([new Uint8Array(await readFile(file))]));
  return openPglite({ template: await template });
}

let template: Promise<Blob> | undefined;

/** Puts the files of a new embedded database into a directory, which is made. */
export async function layNewPglite(directory: string): Promise<void> {
  const file = await ensureTemplate();
  await mkdir(directory, { recursive: true });
  await promisify(execFile)('tar', ['-xf', file, '-C', directory]);
}

/** The archive, made if it is not there. */
async function ensureTemplate(): Promise<string> {
  const file = join(CACHE, `test-database-${fingerprint()}.tar`);
  if (existsSync(file)) return file;
  const { engine, close } = await openPglite();
  try {
    if (engine.kind !== 'pglite') throw new Error('The embedded database is not PGlite.');
    const archive = await engine.pglite.dumpDataDir('none');
    await mkdir(CACHE, { recursive: true });
    // Moved into place: whoever else makes it at the same time makes the same.
    const unfinished = `${file}.${randomUUID()}`;
    await writeFile(unfinished, new Uint8Array(await archive.arrayBuffer()));
    await rename(unfinished, file);
    return file;
  } finally {
    await close();
  }
}

/** Of what a new database is made by: PGlite and the migrations. */
function fingerprint(): string {
  const hash = createHash('sha256').update(
    readFileSync(createRequire(import.meta.url).resolve('@electric-sql/pglite')),
  );
  for (const { migrationsFolder } of migrationsFor('both')) {
    const names = readdirSync(migrationsFolder).filter((name) => name.endsWith('.sql'));
    for (const name of names.sort()) hash.update(readFileSync(join(migrationsFolder, name)));
  }
  return hash.digest('hex').slice(0, 16);
}
