import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExtractiveAnswerer, createLocalAnalyzer, createLocalEmbedder, createTextExtractor } from '@synap/ai';
import { addUser, createCommitWrite, openEventLog } from '@synap/database';
import { openNewPglite } from '@synap/database/testing';
import { CorrelationId, type EntityId, EntityType, UserId } from '@synap/domain';
import { createPublicFetcher, createPublicPoster } from '@synap/outbound';
import { createSearchIndex } from '@synap/search';
import { createHmacLinks, createLocalFileStore } from '@synap/storage';
import { v7 } from 'uuid';
import { createNoCache } from '../cache/cache.ts';
import type { CommandContext } from '../command-context.ts';
import { createOfType } from '../commands/create-entity.ts';
import { indexContent } from '../enrichment/index-content.ts';
import { DEFAULT_LIMITS, type Parts } from '../parts.ts';
import { createTokenSealer } from '../uploads/sealed-token.ts';
import { createSecretBox } from '../webhooks/secret-box.ts';

const SECRET = 'a secret of this test only';

/** A store with real parts and one user, for a test. */
export interface TestStore {
  readonly parts: Parts;
  readonly userId: UserId;
  /** A request of the user, with a correlation id of its own. */
  request(userId?: UserId): CommandContext;
  /** Another user. */
  addUser(): Promise<UserId>;
  /** Keeps a note and makes it findable. */
  note(content: string, options?: { title?: string; tags?: string[]; userId?: UserId }): Promise<EntityId>;
  close(): Promise<void>;
}

export async function openTestStore(): Promise<TestStore> {
  const directory = await mkdtemp(join(tmpdir(), 'synap-core-'));
  const database = await openNewPglite();
  const log = await openEventLog(database);
  const embedder = createLocalEmbedder();
  const extractor = createTextExtractor();
  const publicFetcher = createPublicFetcher();
  const poster = createPublicPoster();
  const analyzer = createLocalAnalyzer({ embedder });
  const onLag = (error: unknown): never => {
    throw error;
  };
  const parts: Parts = {
    database,
    log,
    commit: createCommitWrite({ database, log }, { onLag }),
    cache: createNoCache('none'),
    files: await createLocalFileStore({ directory, now: new Date() }),
    links: createHmacLinks({ secret: SECRET, basePath: '/files' }),
    tokens: createTokenSealer({ secret: SECRET }),
    fileMoves: null,
    index: createSearchIndex(database),
    embedder,
    extractor,
    publicFetcher,
    webhooks: { poster, secrets: createSecretBox({ secret: SECRET }), privateHosts: new Set() },
    analyzer,
    chooseAnalyzer: () => analyzer,
    answerers: [createExtractiveAnswerer({ embedder })],
    clock: { now: () => new Date() },
    ids: { next: () => v7() },
    limits: DEFAULT_LIMITS,
    signer: null,
    work: {
      forget: async () => 0,
      start: async () => undefined,
      runs: { list: async () => [], retry: async () => undefined, drop: async () => false },
    },
  };
  const newUser = async (): Promise<UserId> => {
    const id = UserId.parse(v7());
    await addUser(database, { id, now: new Date() });
    return id;
  };
  const owner = await newUser();
  const request = (userId = owner): CommandContext => ({
    userId,
    actor: { kind: 'user', id: userId },
    source: 'api',
    correlationId: CorrelationId.parse(v7()),
  });
  return {
    parts,
    userId: owner,
    request,
    addUser: newUser,
    note: async (content, { userId = owner, ...options } = {}) => {
      const { id } = await createOfType(parts, request(userId), { type: EntityType.note, content, ...options });
      await indexContent(parts, { userId, entityId: id }, { signal: new AbortController().signal });
      return id;
    },
    close: async () => {
      await Promise.all([embedder.close(), extractor.close(), publicFetcher.close(), poster.close()]);
      await database.close();
      await rm(directory, { recursive: true });
    },
  };
}
