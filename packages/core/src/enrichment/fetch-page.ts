import { loadEntity, loadEntityForChange } from '@synap/database';
import {
  type CorrelationId,
  decideFetchedPage,
  decidePageFailure,
  type EntityDelta,
  type EntityId,
  EntityType,
  type EventId,
  type FetchedPage,
  type FileReference,
  FileType,
  NO_NAMES,
  NotFound,
  SynapError,
  Unavailable,
  type UserId,
} from '@synap/domain';
import { defineWorkflow, FatalError, type Workflow, type WorkflowEvent } from '@synap/workflows';
import type { CommandContext } from '../command-context.ts';
import { inUtf8 } from '../content/in-utf8.ts';
import { storeText } from '../content/store-content.ts';
import { storeUpload } from '../content/store-upload.ts';
import type { Parts } from '../parts.ts';
import { readReferencedParts } from '../queries/read-content.ts';
import { viewOnlyEntity } from '../write/change-entity.ts';
import { nothingToPrepare, writeOnce } from '../write/write-once.ts';
import { indexContent } from './index-content.ts';
import { PAGE_FETCH_COMMAND, PAGE_REQUESTED, pageRequestSchema } from './workflow-events.ts';

const ID = 'fetch-page';
/** Pages of one user that are fetched at once. */
const RUNS_PER_USER = 2;
/** A page waits for its turn to be read behind whole books. */
const STEP_TIMEOUT_MS = 15 * 60 * 1000;
/** Longer articles are books, and are cut. */
const ARTICLE_MAX_LENGTH = 2_000_000;
/** What is kept of an address: what people read. */
const MEDIA_TYPES = ['text/html', 'application/xhtml+xml', 'text/plain', 'text/markdown', 'application/pdf'];

/** Which page, for whom. */
interface Wanted {
  readonly userId: UserId;
  readonly entityId: EntityId;
  readonly url: string;
  /** Of the content in whose place it is to come. */
  readonly checksum: string;
  readonly eventId: EventId;
  readonly correlationId: CorrelationId;
}

/**
 * Puts a web page in the place of its address: look → fetch → read → save → index. What came is kept as it came, as a
 * revision of its own, below what it says. A page that cannot be had is given up with a reason: at once where another
 * attempt would end the same.
 */
export function fetchPage(parts: Parts): Workflow {
  const options = {
    id: ID,
    trigger: PAGE_REQUESTED,
    concurrency: { key: 'data.userId', limit: RUNS_PER_USER },
    stepTimeoutMs: STEP_TIMEOUT_MS,
  };
  const onFailure: Workflow['onFailure'] = async ({ event, step, error }) => {
    const wanted = pageRequestSchema.parse(event.data);
    await step.run('record', async () => {
      const reason = oneLine(error);
      await save(parts, wanted, {
        key: keyOf(event, 'failed'),
        decide: (state) => decidePageFailure(state, { url: wanted.url, reason }, wanted.checksum),
      });
      return null;
    });
  };
  return defineWorkflow({ ...options, onFailure }, async ({ event, step }) => {
    const wanted = pageRequestSchema.parse(event.data);
    const { userId, entityId } = wanted;
    if (!(await step.run('look', () => isAwaited(parts, wanted)))) return { superseded: true };
    const found = await step.run('fetch', ({ signal }) => orFatal(fetchAndStore(parts, wanted, { signal })));
    const read = await step.run('read', ({ signal }) => readArticle(parts, wanted, { ...found, signal }));
    const version = await step.run('save', () => {
      const page: FetchedPage = { ...found, ...read, url: wanted.url, fetchedAt: new Date(found.fetchedAt) };
      const decide = (state: Parameters<typeof decideFetchedPage>[0]) =>
        decideFetchedPage(state, page, wanted.checksum);
      return save(parts, wanted, { key: keyOf(event, 'save'), decide });
    });
    await step.run('index', ({ signal }) => indexContent(parts, { userId, entityId }, { signal }));
    return { version };
  });
}

async function isAwaited({ database }: Parts, { userId, entityId, checksum }: Wanted): Promise<boolean> {
  try {
    const { file, deletedAt } = await loadEntity(database.queries, userId, entityId);
    return deletedAt === null && file?.checksum === checksum;
  } catch (error) {
    if (error instanceof NotFound) return false;
    throw error;
  }
}

/** What a step hands on: JSON. */
type Found = { finalUrl: string; fetchedAt: string; original: FileReference; title: string | null };

async function fetchAndStore(parts: Parts, wanted: Wanted, { signal }: { signal: AbortSignal }): Promise<Found> {
  const { url, contentType, content } = await parts.publicFetcher.fetch(wanted.url, {
    mediaTypes: MEDIA_TYPES,
    maxBytes: Math.max(parts.limits.fileMaxBytes.html, parts.limits.fileMaxBytes.pdf),
    signal,
  });
  const isText = /^(?:text\/|application\/xhtml)/i.test(contentType);
  const owner = { entityId: wanted.entityId, typeOf: () => EntityType.page, present: null };
  const upload = {
    content: isText ? inUtf8(content, { contentType }) : content,
    fileName: decodeURIComponentLeniently(new URL(url).pathname.split('/').at(-1) ?? ''),
    announcedType: contentType,
    signal,
  };
  const { file, ownTitle } = await storeUpload(parts, contextOf(wanted), { owner, upload });
  const original = file.names === undefined ? file : { ...file, names: NO_NAMES };
  return { finalUrl: url, fetchedAt: parts.clock.now().toISOString(), original, title: ownTitle };
}

/** What a page says, stored as Markdown; nothing for what is kept as it came. */
async function readArticle(
  parts: Parts,
  wanted: Wanted,
  { original, finalUrl, title, signal }: Found & { signal: AbortSignal },
): Promise<{ readable: FileReference | null; title: string | null }> {
  if (original.fileType !== FileType.html) return { readable: null, title };
  const article = await parts.extractor.extractArticle({
    content: await readReferencedParts(parts.files, original, { signal }),
    url: finalUrl,
    maxTextLength: ARTICLE_MAX_LENGTH,
    signal,
  });
  const heading = article.title ?? title;
  if (article.text === null || article.text === '') return { readable: null, title: heading };
  const content = [...(heading === null ? [] : [`# ${heading}`]), article.text, '---', `<${finalUrl}>`].join('\n\n');
  const stored = { id: wanted.entityId, type: EntityType.page, content: `${content}\n` };
  const readable = await storeText(parts, contextOf(wanted), stored);
  return { readable: { ...readable, names: NO_NAMES }, title: heading };
}

async function save(
  parts: Parts,
  wanted: Wanted,
  { key, decide }: { key: string; decide: (state: Parameters<typeof decideFetchedPage>[0]) => EntityDelta[] },
): Promise<number> {
  const { userId, entityId: id, checksum } = wanted;
  const { version } = await writeOnce(
    parts,
    { ...contextOf(wanted), idempotencyKey: key },
    {
      command: PAGE_FETCH_COMMAND,
      request: { id, checksum },
      retry: true,
      prepare: nothingToPrepare,
      decide: async () => {
        const before = await loadEntityForChange(parts, userId, id);
        const decided = decide(before.state).map((delta) => ({ delta }));
        return { changes: [{ aggregate: 'entity', id, before, decided }], answer: viewOnlyEntity };
      },
    },
  );
  return version;
}

function contextOf({ userId, correlationId, eventId }: Wanted): CommandContext {
  const actor = { kind: 'workflow', id: ID } as const;
  return { userId, actor, source: 'automation', correlationId, causationId: eventId };
}

function keyOf({ id }: WorkflowEvent, step: string): string {
  return `workflow:${id}:${step}`;
}

/** A refusal stays one however often it is asked for; a failure may pass. */
async function orFatal<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof SynapError) || error instanceof Unavailable) throw error;
    throw new FatalError(error.message, { cause: error });
  }
}

const REASON_MAX_LENGTH = 500;

function oneLine(reason: string): string {
  return reason
    .toWellFormed()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, REASON_MAX_LENGTH)
    .toWellFormed();
}

function decodeURIComponentLeniently(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
