import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { publint } from 'publint';
import { afterAll, beforeAll, expect, test } from 'vitest';

/*
 * What is published is what works: the package is packed as npm packs it and unpacked into a project of its own, which has
 * nothing of this repository.
 */

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const ROOT = dirname(dirname(PACKAGE));
const run = promisify(execFile);

let project: string;
let archive: string;
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'synap-client-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], { cwd: PACKAGE });
  archive = join(project, JSON.parse(stdout)[0].filename);
  const modules = join(project, 'node_modules');
  await mkdir(join(modules, '@synap', 'client'), { recursive: true });
  await run('tar', ['-xzf', archive, '-C', join(modules, '@synap', 'client'), '--strip-components=1']);
  for (const name of ['openapi-fetch', 'openapi-typescript-helpers']) {
    await cp(join(ROOT, 'node_modules', name), join(modules, name), { recursive: true });
  }
  await writeFile(join(project, 'package.json'), '{ "name": "app", "private": true, "type": "module" }');
});
afterAll(() => rm(project, { recursive: true }));

const bundle = async (program: string): Promise<string> => {
  const file = join(project, 'bundled.mjs');
  await writeFile(file, program);
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
};

test('it is what the API is now', async () => {
  await run(process.execPath, [join(PACKAGE, 'scripts', 'generate.mjs'), '--check']);
});

test('publint and arethetypeswrong find nothing', async () => {
  expect((await publint({ pkgDir: join(project, 'node_modules', '@synap', 'client') })).messages).toEqual([]);
  await run(join(ROOT, 'node_modules', '.bin', 'attw'), [archive, '--profile', 'esm-only', '--no-color']);
});

test('it depends on nothing of this repository', async () => {
  const manifest = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8'));
  expect(Object.keys(manifest.dependencies)).toEqual(['openapi-fetch']);
});

test('Node imports it', async () => {
  const program =
    "import { createSynap, tasks } from '@synap/client'; console.log(typeof createSynap, typeof tasks.create)";
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: project });
  expect(stdout.trim()).toBe('function function');
});

test('its types say what there is and what there is not', async () => {
  const program = `
    import { createSynap, entities, events, everyItem, notes, type Schemas, ai } from '@synap/client';
    const synap = createSynap({ url: 'http://127.0.0.1:4000', apiKey: 'synap_x' });
    const { entity } = await notes.create(synap, { content: 'x', tags: ['a'] });
    export const title: string = entity.title;
    // @ts-expect-error there is no such field
    await notes.create(synap, { contents: 'x' });
    // @ts-expect-error an id is needed
    await entities.get(synap, {});
    // @ts-expect-error there is no such kind
    await entities.list(synap, { type: 'habit' });
    for await (const each of everyItem(entities.list, synap, { type: 'note' })) {
      const type: Schemas['Entity']['type'] = each.type;
      console.log(type);
    }
    for await (const event of events.subscribe(synap, {}, { signal: AbortSignal.timeout(1) })) {
      if (event.type === 'entity.tag_added') {
        const tag: string = event.data.tag;
        console.log(tag);
      }
    }
    for await (const message of ai.ask(synap, { question: 'x' })) if (message.type === 'text') console.log(message.text);
    const { suggestion } = await ai.suggestions.accept(synap, { id: 'x' });
    console.log(suggestion.status === 'accepted');
    await entities.delete(synap, { id: entity.id, expectedVersion: entity.version });
  `;
  await writeFile(join(project, 'main.ts'), program);
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  await run(process.execPath, [compiler, '-p', project]).catch((error) => {
    throw new Error(error.stdout);
  });
});

test('a browser gets only what is used, and little of it', async () => {
  const one = await bundle(`
    import { createSynap, notes } from '@synap/client';
    await notes.create(createSynap({ url: 'http://x' }), { content: 'x' });
  `);
  const all = await bundle("import * as everything from '@synap/client'; console.log(everything);");
  expect(new Set(one.match(/\/api\/v1\/[a-z-]+/g))).toEqual(new Set(['/api/v1/notes']));
  expect(all).toContain('/api/v1/tasks');
  expect(one).not.toMatch(/["']node:/);
  expect(gzipSync(one).byteLength).toBeLessThan(4_500);
  expect(gzipSync(all).byteLength).toBeLessThan(8_000);
});
