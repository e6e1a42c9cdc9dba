import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExtractiveAnswerer, createTextExtractor, type TextEmbedder } from '@synap/ai';
import { addUser, createCommitWrite, type Database, openEventLog } from '@synap/database';
import { testDatabases } from '@synap/database/testing';
import { CorrelationId, type EntityId, UserId } from '@synap/domain';
import { createPublicFetcher, createPublicPoster } from '@synap/outbound';
import { createSearchIndex } from '@synap/search';
import { createHmacLinks, createLocalFileStore } from '@synap/storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createNoCache } from '../cache/cache.ts';
import type { CommandContext } from '../command-context.ts';
import { addTag, deleteEntity, updateEntity } from '../commands/change-entity.ts';
import { createOfType } from '../commands/create-entity.ts';
import { updateContent } from '../commands/update-content.ts';
import { indexContent } from '../enrichment/index-content.ts';
import { DEFAULT_LIMITS, type Parts } from '../parts.ts';
import { explainSearch } from '../queries/explain-search.ts';
import { readIndexStatus } from '../queries/index-status.ts';
import { search } from '../queries/search.ts';
import { createTokenSealer } from '../uploads/sealed-token.ts';
import { createSecretBox } from '../webhooks/secret-box.ts';
import { type IndexProgress, rebuildIndex, renewOutdatedIndex } from './rebuild-index.ts';

const newId = (): string => `01890000-0000-7000-8000-${randomUUID().slice(-12)}`;

/** Counts letters: the same words are near, in so many dimensions as a model is said to have. */
function letterEmbedder(model: string, dimensions: number): TextEmbedder {
  const embed = (text: string): Float32Array => {
    const counts = new Float32Array(dimensions).fill(0.01);
    for (const letter of text.toLowerCase()) {
      const axis = letter.charCodeAt(0) % dimensions;
      counts[axis] = (counts[axis] ?? 0) + 1;
    }
    const length = Math.hypot(...counts);
    return counts.map((count) => count / length);
  };
  return { model, dimensions, embed: async (texts) => texts.map(embed), close: async () => undefined };
}

for (const kind of testDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`the search index ${kind.name}`, () => {
    let database: Database;
    let directory: string;
    const extractor = createTextExtractor();
    let parts: Parts;
    let now = new Date('2026-06-01T00:00:00Z');
    const userId = UserId.parse(newId());
    const signal = new AbortController().signal;
    const small = letterEmbedder('small', 26);
    const large = letterEmbedder('large', 40);

    beforeAll(async () => {
      database = await kind.open();
      directory = await mkdtemp(join(tmpdir(), 'synap-index-'));
      await addUser(database, { id: userId, now });
      const log = await openEventLog(database);
      const onLag = (error: unknown) => {
        throw error;
      };
      parts = {
        database,
        log,
        commit: createCommitWrite({ database, log }, { onLag }),
        cache: createNoCache('none'),
        files: await createLocalFileStore({ directory, now }),
        fileMoves: null,
        publicFetcher: createPublicFetcher(),
        webhooks: {
          poster: createPublicPoster(),
          secrets: createSecretBox({ secret: 'a secret of this test only' }),
          privateHosts: new Set(),
        },
        links: createHmacLinks({ secret: 'a secret of this test only', basePath: '/links' }),
        tokens: createTokenSealer({ secret: 'a secret of this test only' }),
        extractor,
        index: createSearchIndex(database),
        embedder: small,
        analyzer: {
          model: 'none',
          analyse: async () => {
            throw new Error('Nothing is analysed here.');
          },
        },
        chooseAnalyzer: () => null,
        answerers: [createExtractiveAnswerer({ embedder: small })],
        clock: { now: () => now },
        ids: { next: () => newId() },
        limits: DEFAULT_LIMITS,
        signer: null,
        work: {
          forget: async () => 0,
          start: async () => undefined,
          runs: { list: async () => [], retry: async () => undefined, drop: async () => false },
        },
      };
    });
    afterAll(async () => {
      await extractor.close();
      await database.close();
      await rm(directory, { recursive: true });
    });

    const context = (): CommandContext => ({
      userId,
      actor: { kind: 'user', id: userId },
      source: 'api',
      correlationId: CorrelationId.parse(newId()),
    });
    const write = async (title: string, content: string) => {
      const { id } = await createOfType(parts, context(), { type: 'note', title, content });
      await indexContent(parts, { userId, entityId: id }, { signal });
      return id;
    };
    const rewrite = async (id: EntityId, content: string) => {
      await updateContent(parts, context(), { id, content });
      await indexContent(parts, { userId, entityId: id }, { signal });
    };
    const find = async (text: string, { asOf, in: from = parts }: { asOf?: Date; in?: Parts } = {}) => {
      const query = { text, mode: 'text' as const, filter: {}, limit: 10, asOf };
      return (await search(from, userId, query)).items.map(({ entity }) => entity.title);
    };
    const rebuild = async (of: Parts, options: { signal?: AbortSignal } = {}) => {
      const steps: IndexProgress[] = [];
      for await (const step of rebuildIndex(of, options)) steps.push(step);
      return steps;
    };

    test('the past is searched as it was, by its content, titles and tags of then', async () => {
      const soup = await write('Soup', 'lentils and carrots');
      const cake = await write('Cake', 'sugar and butter');
      const first = now;
      now = new Date('2026-07-01T00:00:00Z');
      await rewrite(soup, 'pumpkin and ginger');
      await updateEntity(parts, context(), { id: cake, title: 'Pastry' });
      await indexContent(parts, { userId, entityId: cake }, { signal });
      await write('Bread', 'flour and salt, no lentils');
      await addTag(parts, context(), { id: cake, tag: 'sweet' });
      const second = now;
      now = new Date('2026-08-01T00:00:00Z');
      await deleteEntity(parts, context(), { id: cake });

      expect(await find('lentils')).toEqual(['Bread']);
      expect(await find('lentils', { asOf: first })).toEqual(['Soup']);
      expect(await find('pumpkin', { asOf: first })).toEqual([]);
      expect(await find('pumpkin', { asOf: second })).toEqual(['Soup']);
      expect(await find('butter')).toEqual([]);
      expect(await find('butter', { asOf: first })).toEqual(['Cake']);
      expect(await find('pastry', { asOf: first })).toEqual([]);
      expect(await find('pastry', { asOf: second })).toEqual(['Pastry']);
      expect(await find('tag:sweet', { asOf: first })).toEqual([]);
      expect(await find('tag:sweet', { asOf: second })).toEqual(['Pastry']);
      expect(await find('lentils', { asOf: new Date('2026-05-01T00:00:00Z') })).toEqual([]);
      const meant = { text: 'lentils carrots', mode: 'hybrid' as const, filter: {}, limit: 3, asOf: first };
      expect((await search(parts, userId, meant)).items[0]).toMatchObject({
        entity: { title: 'Soup' },
        snippet: 'lentils and carrots',
      });

      const reasonOf = async (asOf: Date | undefined, text = 'butter') => {
        const query = { text, mode: 'text' as const, filter: {}, limit: 10, asOf, whyNot: cake };
        return (await explainSearch(parts, userId, query)).whyNot?.reason;
      };
      expect(await reasonOf(first)).toBe('found');
      expect(await reasonOf(undefined)).toBe('in_trash');
      expect(await reasonOf(undefined, 'butter is:deleted')).toBe('found');
      expect(await reasonOf(first, 'butter tag:sweet')).toBe('filtered_out');
      expect(await reasonOf(new Date('2026-05-01T00:00:00Z'))).toBe('not_there');
    });

    test('a new model is embedded beside the old one, which answers until all is there', async () => {
      const [before] = (await readIndexStatus(parts, userId)).items;
      expect(before).toMatchObject({ model: 'small', status: 'live', pending: 0, failed: 0 });
      const renewed: Parts = { ...parts, embedder: large, earlierEmbedders: [small] };
      const control = new AbortController();
      const ended = (async () => {
        for await (const _ of rebuildIndex(renewed, { signal: control.signal })) control.abort(new Error('ended'));
      })();
      await expect(ended).rejects.toThrow('ended');

      const halfway = (await readIndexStatus(renewed, userId)).items;
      expect(halfway.map(({ model, status }) => [model, status])).toEqual([
        ['small', 'live'],
        ['large', 'building'],
      ]);
      expect(halfway[1]?.pending).toBeGreaterThan(0);
      expect(await find('pumpkin', { in: renewed })).toEqual(['Soup']);
      // What is written meanwhile is found at once, and is there afterwards.
      const { id } = await createOfType(renewed, context(), { type: 'note', title: 'Tea', content: 'bergamot' });
      await indexContent(renewed, { userId, entityId: id }, { signal });
      expect(await find('bergamot', { in: renewed })).toEqual(['Tea']);

      await renewOutdatedIndex(renewed, { signal });
      parts = renewed;
      const items = (await readIndexStatus(parts, userId)).items;
      expect(items).toMatchObject([{ model: 'large', status: 'live', pending: 0, failed: 0 }]);
      expect(await find('bergamot')).toEqual(['Tea']);
      expect(await find('lentils', { asOf: new Date('2026-06-15T00:00:00Z') })).toEqual(['Soup']);
      const lengthsOf = async (model: string) =>
        (await parts.index.embeddingsOf({ userId, entityId: id, model })).map(({ length }) => length);
      expect([await lengthsOf('small'), await lengthsOf('large')]).toEqual([[], [40]]);
    });

    test('vectors of two models never meet: a query of one is never compared with the other’s', async () => {
      const embedding = Float32Array.from({ length: 26 }, () => 0.2);
      const query = { userId, model: 'small', text: '', useWords: false, filter: {}, limit: 10, embedding };
      expect((await parts.index.candidates(query)).chunks).toEqual([]);
    });

    test('a file that is gone is named with its reason, and the rest is indexed all the same', async () => {
      const id = await write('Lost', 'something');
      for await (const { path } of parts.files.list(`users/${userId}/notes/${id}/`)) await parts.files.remove(path);
      const steps = await rebuild(parts);
      expect(steps.at(-1)).toMatchObject({ failed: 1 });
      const { items } = await readIndexStatus(parts, userId);
      expect(items[0]).toMatchObject({ status: 'live', failed: 1, failures: [{ entityId: id }] });
      expect(items[0]?.failures[0]?.reason).toContain('is missing from the file store');
      expect(await find('bergamot')).toEqual(['Tea']);
    });

    test('two processes that make it anew at the same time end up with one index', async () => {
      await Promise.all([rebuild(parts), rebuild({ ...parts, index: createSearchIndex(database) })]);
      expect((await readIndexStatus(parts, userId)).items).toMatchObject([{ status: 'live' }]);
      expect(await find('pumpkin')).toEqual(['Soup']);
    });
  });
}
