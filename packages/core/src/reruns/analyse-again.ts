import { addToRerun, loadEntities, loadRerun, nextToAnalyse, saveRerunItem } from '@synap/database';
import {
  type EntityId,
  type EntityState,
  type EventData,
  type RerunId,
  type StoredEvent,
  SynapError,
  Unavailable,
  type UserId,
} from '@synap/domain';
import { analyseContent } from '../enrichment/analyse-content.ts';
import { readableText } from '../enrichment/readable-text.ts';
import type { Parts } from '../parts.ts';

/** Which rerun of whom. */
export interface RerunOf {
  readonly userId: UserId;
  readonly rerunId: RerunId;
}

const EVENTS_PER_PAGE = 1_000;
const THINGS_PER_STEP = 20;

/** Takes up everything that was captured since, by the log. */
export async function findThings(parts: Parts, rerun: RerunOf): Promise<{ totalThings: number }> {
  const { userId } = rerun;
  const { queries } = parts.database;
  const { since } = await loadRerun(queries, rerun);
  const types = ['ai.analysis_requested'] as const;
  const filter = { userId, types, ...(since === null ? {} : { from: since }) };
  for (let after = 0n; ; ) {
    const { events, upTo } = await parts.log.readAll({ after, limit: EVENTS_PER_PAGE, filter });
    await addToRerun(queries, rerun, [...new Set(events.map(({ aggregateId }) => aggregateId))]);
    if (events.length < EVENTS_PER_PAGE) break;
    after = upTo;
  }
  return { totalThings: (await loadRerun(queries, rerun)).totalThings };
}

/**
 * Analyses some of what is left.
 * @throws {Unavailable} if the analyser does not answer; what was analysed by then is kept.
 */
export async function analyseSome(
  parts: Parts,
  rerun: RerunOf,
  { signal }: { signal: AbortSignal },
): Promise<{ isLast: boolean }> {
  const { queries } = parts.database;
  const ids = await nextToAnalyse(queries, rerun, { limit: THINGS_PER_STEP });
  const states = await loadEntities(queries, rerun.userId, ids);
  const { analyzer } = await loadRerun(queries, rerun);
  for (const id of ids) {
    signal.throwIfAborted();
    await analyseOne(parts, rerun, { id, state: states.get(id), analyzerName: analyzer }, { signal });
  }
  return { isLast: ids.length < THINGS_PER_STEP };
}

async function analyseOne(
  parts: Parts,
  rerun: RerunOf,
  { id, state, analyzerName }: { id: EntityId; state: EntityState | undefined; analyzerName: string | null },
  { signal }: { signal: AbortSignal },
): Promise<void> {
  const { queries } = parts.database;
  const analyzer = parts.chooseAnalyzer(analyzerName);
  if (analyzer === null) throw new Unavailable('analyser', `There is no analyser “${analyzerName}” any more.`);
  const input = await readInput(parts, rerun, state, { signal });
  if ('error' in input) return saveRerunItem(queries, rerun, id, input);
  const { checksum, ...content } = input;
  const analysis = await analyseContent(
    parts,
    { userId: rerun.userId, entityId: id, ...content },
    { analyzer, signal },
  );
  await saveRerunItem(queries, rerun, id, { checksum, analysis });
}

/** The content as it is, and the person's time when they wrote it; or why there is none. */
async function readInput(
  parts: Parts,
  { userId }: RerunOf,
  state: EntityState | undefined,
  { signal }: { signal: AbortSignal },
): Promise<{ content: string; checksum: string; now: Date; timezone: string } | { error: string }> {
  if (state === undefined || state.file === null) return { error: 'There is no content any more.' };
  if (state.deletedAt !== null) return { error: 'It is in the trash.' };
  const { file, id } = state;
  try {
    const { text: content, problem } = await readableText(parts, file, { signal });
    if (problem !== null) return { error: problem };
    const events = await parts.log.readAggregate({ userId, aggregateId: id });
    return { content, checksum: file.checksum, ...timeOf(events, file.checksum) };
  } catch (error) {
    if (error instanceof SynapError) return { error: error.message };
    throw error;
  }
}

/** When content was written, by the person's clock: as the capture said, or where it was changed since, when it was. */
function timeOf(events: readonly StoredEvent[], checksum: string): { now: Date; timezone: string } {
  let request: EventData<'ai.analysis_requested'> | null = null;
  let writtenAt: Date | null = null;
  for (const event of events) {
    if (event.type === 'ai.analysis_requested') request = event.data;
    if (event.type === 'entity.file_uploaded' && event.data.checksum === checksum) writtenAt = event.timestamp;
  }
  const timezone = request?.timezone ?? 'UTC';
  if (request?.checksum === checksum) return { now: new Date(request.now), timezone };
  return { now: writtenAt ?? new Date(0), timezone };
}
