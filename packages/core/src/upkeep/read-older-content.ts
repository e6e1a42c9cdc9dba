import { countUnreadContent, listUnreadContent, loadEntityForChange } from '@synap/database';
import {
  CorrelationId,
  type EntityId,
  EntityType,
  type FileReference,
  NO_NAMES,
  NotFound,
  type UserId,
} from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import { PAGE_FETCH_COMMAND } from '../enrichment/workflow-events.ts';
import type { Parts } from '../parts.ts';
import type { EntityChange } from '../write/commit.ts';
import { isUnread, readNames } from '../write/with-names.ts';
import { nothingToPrepare, writeOnce } from '../write/write-once.ts';

/** How far the reading of older content has come. */
export interface ReadContentProgress {
  readonly things: number;
  /** As counted at the start. */
  readonly totalThings: number;
  /** Of these, those whose content is gone or damaged; they are tried again at the next start. */
  readonly failed: number;
}

const THINGS_AT_ONCE = 50;
const COMMAND = 'upkeep.read_content';

/**
 * Reads what content names that was stored before that was read from it: its tags and links are there from then on. What
 * it has read is in the log, so it can be ended at any time, and the next start goes on with the rest; when all is read,
 * there is nothing to do. It changes nothing that a person made, not even when a thing was changed last.
 */
export async function readOlderContent(
  parts: Parts,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: ReadContentProgress) => void },
): Promise<ReadContentProgress> {
  const { queries } = parts.database;
  const totalThings = await countUnreadContent(queries);
  const correlationId = CorrelationId.parse(parts.ids.next());
  let progress: ReadContentProgress = { things: 0, totalThings, failed: 0 };
  let after: EntityId | null = null;
  for (;;) {
    signal.throwIfAborted();
    const page: Awaited<ReturnType<typeof listUnreadContent>> = await listUnreadContent(queries, {
      after,
      limit: THINGS_AT_ONCE,
    });
    let read = 0;
    for (const [userId, ids] of byUser(page)) read += await readSome(parts, contextOf(userId, correlationId), ids);
    const { things, failed } = progress;
    progress = { things: things + page.length, totalThings, failed: failed + page.length - read };
    if (page.length > 0) onProgress(progress);
    if (page.length < THINGS_AT_ONCE) return progress;
    after = page.at(-1)?.id ?? null;
  }
}

function byUser(things: readonly { id: EntityId; userId: UserId }[]): Map<UserId, EntityId[]> {
  const users = new Map<UserId, EntityId[]>();
  for (const { id, userId } of things) users.set(userId, [...(users.get(userId) ?? []), id]);
  return users;
}

function contextOf(userId: UserId, correlationId: CorrelationId): CommandContext {
  return { userId, actor: { kind: 'system', id: 'upkeep' }, source: 'system', correlationId };
}

/** @returns how many are read by now, by this or by somebody else. */
function readSome(parts: Parts, context: CommandContext, ids: readonly EntityId[]): Promise<number> {
  return writeOnce(parts, context, {
    command: COMMAND,
    request: null,
    retry: true,
    prepare: nothingToPrepare,
    decide: async () => {
      const changes: EntityChange[] = [];
      let failed = 0;
      for (const id of ids) {
        const change = await decideRead(parts, context.userId, id);
        if (change === 'unreadable') failed += 1;
        else if (change !== null) changes.push(change);
      }
      return { changes, answer: () => ids.length - failed };
    },
  });
}

async function decideRead(parts: Parts, userId: UserId, id: EntityId): Promise<EntityChange | 'unreadable' | null> {
  try {
    const before = await loadEntityForChange(parts, userId, id);
    const { file } = before.state;
    if (file === null || !isUnread(file)) return null;
    const isFetched = before.state.type === EntityType.page && (await wasFetched(parts, { userId, id, file }));
    const names = isFetched ? NO_NAMES : await readNames(parts, file);
    if (names === null) return 'unreadable';
    const delta = { type: 'entity.content_read' as const, data: { checksum: file.checksum, names } };
    return { aggregate: 'entity', id, before, decided: [{ delta }] };
  } catch (error) {
    // It was erased meanwhile.
    if (error instanceof NotFound) return null;
    throw error;
  }
}

/** Whether this content came from the web, and is nobody's own words. */
async function wasFetched(
  { log }: Parts,
  { userId, id, file }: { userId: UserId; id: EntityId; file: FileReference },
): Promise<boolean> {
  const events = await log.readAggregate({ userId, aggregateId: id });
  return events.some(
    (event) =>
      event.type === 'entity.file_uploaded' &&
      event.data.checksum === file.checksum &&
      event.metadata.command === PAGE_FETCH_COMMAND,
  );
}
