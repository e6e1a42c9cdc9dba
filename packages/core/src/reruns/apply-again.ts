import { listRerunItems, loadEntities, type RerunItem, saveRerunItem } from '@synap/database';
import { type Actor, CorrelationId, type Enrichment, type EntityId, type EntityState } from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import { applyEnrichment, previewEnrichment } from '../enrichment/apply-enrichment.ts';
import type { Parts } from '../parts.ts';
import type { RerunOf } from './analyse-again.ts';

/** What is to be applied of a rerun, and for whom. */
export interface RerunApplication extends RerunOf {
  readonly actor: Actor;
  /** `null` is all. */
  readonly entityIds: readonly EntityId[] | null;
}

const THINGS_PER_STEP = 50;

/** Applies some of what is left; a thing that it changes nothing of is left as it is. */
export async function applySome(
  parts: Parts,
  { actor, entityIds, ...rerun }: RerunApplication,
  { signal }: { signal: AbortSignal },
): Promise<{ isLast: boolean }> {
  const { queries } = parts.database;
  const items = await listRerunItems(queries, rerun, { only: entityIds, limit: THINGS_PER_STEP });
  const states = await loadEntities(
    queries,
    rerun.userId,
    items.map(({ entityId }) => entityId),
  );
  for (const item of items) {
    signal.throwIfAborted();
    const state = states.get(item.entityId);
    if (state !== undefined) await applyOne(parts, { ...rerun, actor }, { item, state });
  }
  return { isLast: items.length < THINGS_PER_STEP };
}

async function applyOne(
  parts: Parts,
  { actor, ...rerun }: RerunOf & { actor: Actor },
  { item, state }: { item: RerunItem; state: EntityState },
): Promise<void> {
  const { userId, rerunId } = rerun;
  const { entityId: id, analysis, checksum } = item;
  if (changesAnything(await previewEnrichment(parts, userId, { state }, item))) {
    const context: CommandContext = {
      userId,
      actor,
      source: 'automation',
      correlationId: CorrelationId.parse(rerunId),
      idempotencyKey: `rerun:${rerunId}:${id}`,
    };
    await applyEnrichment(parts, context, { command: 'ai.rerun', id, analysis, checksum });
  }
  await saveRerunItem(parts.database.queries, rerun, id, { appliedAt: parts.clock.now() });
}

/** Whether there is more to it than that there was an analysis. */
function changesAnything({ deltas, links }: Enrichment): boolean {
  return links.length > 0 || deltas.some(({ delta }) => !BRACKETS.has(delta.type));
}

const BRACKETS = new Set<string>(['ai.analysis_completed', 'ai.enrichment_applied']);
