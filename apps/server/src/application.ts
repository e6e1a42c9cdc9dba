import { createLocalEmbedder, createTextExtractor } from '@synap/ai';
import { createApi, LINKS_PATH, UploadSpool } from '@synap/api';
import {
  createEventFeed,
  createQuota,
  createSegmentStore,
  createSpendingMeter,
  createTokenSealer,
  DEFAULT_LIMITS,
  deliverWebhook,
  enrichmentWorkflows,
  forgetFromLog,
  type Parts,
  rerunWorkflows,
  startEventHandlers,
  startReminders,
  startWebhookRuns,
  startWorkflowsFromLog,
  upkeepWorkflows,
} from '@synap/core';
import { createCommitWrite, createSigner, ensureOwner, findOwner } from '@synap/database';
import { createPublicFetcher, type PublicFetcher } from '@synap/outbound';
import { createSearchIndex, type QdrantConnection, type VectorStore } from '@synap/search';
import { createHmacLinks } from '@synap/storage';
import type { WorkflowEngine } from '@synap/workflows';
import { openAccounts } from './accounts/open-accounts.ts';
import { openCache } from './cache/open-cache.ts';
import type { Configuration } from './config/environment.ts';
import { createEngine } from './create-engine.ts';
import { type DataDirectory, takeDataDirectory } from './data-directory.ts';
import { createAccounting, createEmbedders, createThinkers, createTranscriber } from './language-model.ts';
import { type Logger, loggable } from './logger.ts';
import { createMailer } from './mail/create-mailer.ts';
import { openFiles } from './open-files.ts';
import { openStores } from './open-stores.ts';
import { eventHandlers } from './plug-ins.ts';
import { startReadingContent } from './read-content.ts';
import type { RedisConnection } from './redis/connect-redis.ts';
import { describeRedis, openRedis } from './redis/open-redis.ts';
import { startRenewal } from './renew-index.ts';
import { systemClock, systemIds } from './system-sources.ts';
import { startUpkeep } from './upkeep.ts';
import { createWebhookParts } from './webhooks/create-webhook-parts.ts';

/** How often the log is read for events that another process wrote. */
const LOG_POLL_INTERVAL_MS = 1000;
/** How much later than its time a reminder may fire. */
const REMINDER_INTERVAL_MS = 1000;

/** Synap, put together and running, without a socket. */
export interface Application {
  readonly directory: DataDirectory;
  /** The whole HTTP surface. */
  fetch(request: Request, from?: { readonly clientAddress?: string }): Response | Promise<Response>;
  /** Whether the owner has an account, by which a person signs in. */
  hasAccount(): Promise<boolean>;
  /** Tells those who call back where this server is. */
  listensAt(origin: string): void;
  /** Resolves when everything written so far is enriched and searchable, or has failed for good. */
  idle(): Promise<void>;
  /** Ends the streams that would else be open as long as their listeners want. */
  endStreams(): void;
  /** Ends all parts in order; what is unfinished goes on at the next start. */
  close(): Promise<void>;
}

export interface StartOptions {
  /** Stands in for the one that reaches out of this machine, in tests. */
  readonly publicFetcher?: PublicFetcher;
  /** Taken already by whoever starts it; the application releases it when it is closed. */
  readonly directory?: DataDirectory;
}

/**
 * Builds all parts from the configuration and starts them.
 * @throws {Unavailable} naming what cannot be used; nothing is left open then.
 */
export async function startApplication(
  configuration: Configuration,
  logger: Logger,
  { publicFetcher = createPublicFetcher(), directory: given }: StartOptions = {},
): Promise<Application> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const directory = given ?? (await takeDataDirectory(configuration.dataDirectory));
    closers.push(directory.release);
    const ownLinks = createHmacLinks({ secret: directory.linkSecret, basePath: LINKS_PATH });
    const { store: files, ...fileHomes } = await openFiles({
      configuration,
      directory,
      ownLinks,
      now: systemClock.now(),
    });
    const segments = createSegmentStore({ files, ids: systemIds });
    const stores = await openStores({ configuration, directory, logger, segments });
    const { database, log, repair } = stores;
    closers.push(stores.close);
    const redis = await openRedis(configuration.accounts.redisUrl, logger);
    if (redis !== null) closers.push(async () => redis.close());
    const secret = configuration.accounts.secret ?? directory.sessionSecret;
    const cache = await openCache({ database, redis, secret });
    const localEmbedder = createLocalEmbedder();
    closers.push(() => localEmbedder.close());
    const { dailyBudgetDollars, modelPrices } = configuration;
    const accounting = createAccounting(
      configuration,
      createSpendingMeter({ database, clock: systemClock, dailyBudgetDollars, prices: modelPrices }),
    );
    const embedders = await createEmbedders(configuration.embeddingModel, { local: localEmbedder, accounting });
    closers.push(() => embedders.embedder.close());
    const extractor = createTextExtractor();
    closers.push(() => extractor.close());
    closers.push(() => publicFetcher.close());
    const mailer = await createMailer(configuration.accounts.mail, (text) => process.stdout.write(text));
    const webhooks = createWebhookParts({ configuration, directory, database, mailer, logger });
    closers.push(() => webhooks.poster.close());
    const spool = new UploadSpool({ directory: directory.uploadsPath });
    const parts: Parts = {
      database,
      log,
      commit: createCommitWrite({ database, log }, { onLag: repair }),
      cache,
      files,
      links: fileHomes.links,
      tokens: createTokenSealer({ secret: directory.linkSecret }),
      fileMoves: fileHomes.moves,
      ...embedders,
      extractor,
      publicFetcher,
      webhooks,
      ...(await createTranscriber(configuration.transcriptionModel, { accounting })),
      ...(await createThinkers(configuration.languageModel, { embedder: localEmbedder, accounting, logger })),
      index: createSearchIndex(database, await openVectorStore(configuration.qdrant)),
      clock: systemClock,
      ids: systemIds,
      limits: { fileMaxBytes: { ...DEFAULT_LIMITS.fileMaxBytes, ...configuration.fileLimits }, dailyBudgetDollars },
      quota: createQuota({ database, clock: systemClock, limits: configuration.accounts.quota }),
      signer: createSigner(configuration.signingKey ?? directory.signingKey),
      work: {
        start: (event) => engine.send(event),
        forget: async (userId) => (await engine.forget(userId)) + (await spool.forget(userId)),
        runs: {
          list: (filter) => engine.list(filter),
          retry: (runId) => engine.retry(runId),
          drop: (runId) => engine.drop(runId),
        },
      },
    };
    const { engine, ...served } = createEngine({
      configuration,
      database,
      workflows: [
        ...enrichmentWorkflows(parts),
        ...rerunWorkflows(parts),
        deliverWebhook(parts),
        ...upkeepWorkflows(parts, {
          archiveAfterMs: configuration.archiveAfterMs,
          removeFinishedRuns: (before) => engine.deleteFinished(before),
          onFailure: (workflow, error) =>
            logger.error({ workflow, error }, 'upkeep failed for today; synap workflows has the run, to be run again'),
        }),
      ],
      logger,
    });
    await engine.start();
    closers.push(() => engine.stop());
    const onError = (error: unknown) =>
      logger.error({ error: loggable(error) }, 'the log could not be followed; it is tried again');
    const following = { owner: directory.processName, pollIntervalMs: LOG_POLL_INTERVAL_MS, onError };
    const follower = startWorkflowsFromLog({ database, log, engine }, following);
    closers.push(follower.stop);
    if (learnsFromLog(parts, redis)) closers.push((await forgetFromLog(parts, following)).stop);
    const reminders = startReminders(parts, {
      pollIntervalMs: REMINDER_INTERVAL_MS,
      onError: (error) => logger.error({ error: loggable(error) }, 'a reminder could not be fired; it is tried again'),
    });
    closers.push(reminders.stop);
    const plugIns = startEventHandlers(parts, eventHandlers, {
      ...following,
      onError: (error, handler) =>
        logger.error({ error: loggable(error), handler }, 'a plug-in failed on an event; it is given it again'),
    });
    closers.push(plugIns.stop);
    const webhookRuns = startWebhookRuns(
      { database, log, clock: systemClock, engine },
      { owner: directory.processName, pollIntervalMs: LOG_POLL_INTERVAL_MS, onError },
    );
    closers.push(webhookRuns.stop);
    closers.push(startRenewal(parts, logger));
    closers.push(startReadingContent(parts, logger));
    closers.push(startUpkeep({ parts, engine, logger, spool }));
    const userId = await ensureOwner(database, { newId: systemIds.next(), now: systemClock.now() });
    const { accounts, authenticator, protection, ...signIn } = await openAccounts({
      configuration,
      database,
      cache,
      redis,
      clock: systemClock,
      ids: systemIds,
      owner: { userId, key: directory.ownerKey },
      secret,
      mailer,
      onFailure: (error) => logger.error({ error: loggable(error) }, 'a request about accounts failed'),
    });
    const feed = createEventFeed(log);
    const api = createApi({
      feed,
      parts,
      authenticator,
      accounts: accounts.handle,
      protection,
      ownLinks,
      spool,
      defaultTimezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      healthChecks: {
        database: database.version,
        eventLog: async () => {
          await log.readWatermark();
          return log.storage.description;
        },
        storage: fileHomes.check,
        workflows: () => describeRuns(engine),
        limits: async () => signIn.describeLimits(),
        cache: async () => cache.describe(),
        ...(redis === null ? {} : { redis: () => describeRedis(redis) }),
        embedding: async () => embedders.embedder.model,
        search: () => parts.index.describe(),
      },
      ...(served.answerInngest === undefined ? {} : { answerInngest: served.answerInngest }),
      onRequest: (request) => logger.debug(request, 'request'),
      onError: (error, request) => logger.error({ error: loggable(error), ...request }, 'a request failed'),
    });
    return {
      directory,
      fetch: (request, from = {}) => api.fetch(request, from),
      hasAccount: async () => (await findOwner(database.queries))?.hasAccount === true,
      listensAt: (origin) => {
        signIn.listensAt(origin);
        if (served.announce !== undefined) closers.push(served.announce(origin));
      },
      idle: async () => {
        await follower.drained();
        await webhookRuns.drained();
        await plugIns.drained();
        await engine.idle();
      },
      endStreams: () => feed.close(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Its client is loaded only where it is used. */
async function openVectorStore(connection: QdrantConnection | null): Promise<VectorStore | null> {
  if (connection === null) return null;
  const { createQdrantVectors } = await import('@synap/search/qdrant');
  return createQdrantVectors(connection);
}

/** Whether rows may change that nobody tells the cache of: by other processes, or late. */
function learnsFromLog({ database, log }: Parts, redis: RedisConnection | null): boolean {
  return database.engine.kind === 'pglite' ? log.database !== database : redis !== null;
}

/** Counts no further than a list of runs goes. */
async function describeRuns(engine: WorkflowEngine): Promise<string> {
  const [waiting, running, failed] = await Promise.all(
    (['waiting', 'running', 'failed'] as const).map(async (status) => (await engine.list({ status })).length),
  );
  return `${(waiting ?? 0) + (running ?? 0)} unfinished runs, ${failed} failed`;
}
