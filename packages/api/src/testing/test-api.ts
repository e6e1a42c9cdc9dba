import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExtractiveAnswerer, createLocalAnalyzer, createLocalEmbedder, createTextExtractor } from '@synap/ai';
import {
  createApiKeySignIn,
  createNoCache,
  createSecretBox,
  createTokenSealer,
  DEFAULT_LIMITS,
  type Parts,
} from '@synap/core';
import { addUser, createCommitWrite, openEventLog } from '@synap/database';
import { openNewPglite } from '@synap/database/testing';
import { type Clock, scopeSchema, UserId } from '@synap/domain';
import { createPublicFetcher, createPublicPoster } from '@synap/outbound';
import { createSearchIndex } from '@synap/search';
import { createHmacLinks, createLocalFileStore } from '@synap/storage';
import { v7 } from 'uuid';
import { type ApiOptions, createApi } from '../app.ts';
import { createDocument } from '../openapi/document.ts';
import { type Authenticator, bearerKey, firstOf, type Session } from '../request/session.ts';
import { LINKS_PATH } from '../rest/links.ts';
import { UploadSpool } from '../uploads/upload-spool.ts';
import { type CheckedAnswer, createAnswerCheck } from './answer-check.ts';

const SECRET = 'a secret of this test only';

/** The whole API on a store of its own, with real parts. */
export interface TestApi {
  readonly parts: Parts;
  readonly api: ReturnType<typeof createApi>;
  /** Whatever was said for the log so far, as JSON. */
  log(): string;
  /** Which operations answered what so far; each answer was held to the OpenAPI document. */
  answered(): readonly CheckedAnswer[];
  addUser(): Promise<UserId>;
  close(): Promise<void>;
}

/**
 * Who signs in with what: a real API key, or a user's id with scopes behind a dot (`read` and `write` where none are
 * named; `owner` among them makes it the owner's).
 */
export async function openTestApi(
  options: Partial<Omit<ApiOptions, 'authenticator'>> & {
    authenticator?: (parts: Parts) => Authenticator;
    clock?: Clock;
  } = {},
): Promise<TestApi> {
  const directory = await mkdtemp(join(tmpdir(), 'synap-api-'));
  const database = await openNewPglite();
  const log = await openEventLog(database);
  const embedder = createLocalEmbedder();
  const extractor = createTextExtractor();
  const analyzer = createLocalAnalyzer({ embedder });
  const links = createHmacLinks({ secret: SECRET, basePath: LINKS_PATH });
  const said: unknown[] = [];
  const onLag = (error: unknown): never => {
    throw error;
  };
  const parts: Parts = {
    database,
    log,
    commit: createCommitWrite({ database, log }, { onLag }),
    cache: createNoCache('none'),
    files: await createLocalFileStore({ directory, now: new Date() }),
    index: createSearchIndex(database),
    links,
    tokens: createTokenSealer({ secret: SECRET }),
    embedder,
    extractor,
    publicFetcher: createPublicFetcher(),
    webhooks: {
      poster: createPublicPoster(),
      secrets: createSecretBox({ secret: SECRET }),
      privateHosts: new Set(),
    },
    analyzer,
    chooseAnalyzer: () => analyzer,
    answerers: [createExtractiveAnswerer({ embedder })],
    clock: options.clock ?? { now: () => new Date() },
    ids: { next: () => v7() },
    limits: DEFAULT_LIMITS,
    signer: null,
    fileMoves: null,
    work: {
      forget: async () => 0,
      start: async () => undefined,
      runs: { list: async () => [], retry: async () => undefined, drop: async () => false },
    },
  };
  const { authenticator, ...rest } = options;
  const api = createApi({
    parts,
    authenticator: firstOf([...(authenticator === undefined ? [] : [authenticator(parts)]), byApiKey(parts), byUserId]),
    healthChecks: {},
    ownLinks: links,
    spool: new UploadSpool({ directory: join(directory, 'uploads') }),
    defaultTimezone: 'UTC',
    onRequest: (request) => said.push(request),
    onError: (error) => {
      throw error;
    },
    ...rest,
  });
  const answered: CheckedAnswer[] = [];
  const check = createAnswerCheck(createDocument({ serverUrl: 'http://synap.test' }));
  const { fetch } = api;
  api.fetch = async (request, ...rest) => {
    const response = await fetch(request, ...rest);
    const answer = await check(request, response);
    if (answer !== null) answered.push(answer);
    return response;
  };
  return {
    parts,
    api,
    answered: () => answered,
    log: () => JSON.stringify(said),
    addUser: async () => {
      const id = UserId.parse(v7());
      await addUser(database, { id, now: new Date() });
      return id;
    },
    close: async () => {
      await Promise.all([embedder.close(), extractor.close()]);
      await database.close();
      await rm(directory, { recursive: true });
    },
  };
}

function byApiKey(parts: Parts): Authenticator {
  const signIn = createApiKeySignIn(parts);
  return {
    authenticate: async (headers) => {
      const key = await signIn(bearerKey(headers) ?? '');
      return key === null ? null : sessionOf({ ...key, actor: { kind: 'api_key', id: key.id } });
    },
  };
}

const byUserId: Authenticator = {
  authenticate: async (headers) => {
    const [id, words = 'read,write'] = (bearerKey(headers) ?? '').split('.');
    const userId = UserId.safeParse(id);
    if (!userId.success) return null;
    const names = words.split(',');
    return sessionOf({
      userId: userId.data,
      actor: { kind: 'user', id: userId.data },
      scopes: names.filter((name) => name !== 'owner').map((name) => scopeSchema.parse(name)),
      isOwner: names.includes('owner'),
    });
  },
};

function sessionOf(session: Omit<Session, 'isAmbient' | 'isUnlimited'>): Session {
  return { ...session, isAmbient: false, isUnlimited: false };
}
