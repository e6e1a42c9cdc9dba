import { insertRerun, listReruns as listRows, loadRerun, type Rerun, setRerunStatus } from '@synap/database';
import { type EntityId, RerunId, Unprocessable, type UserId, ValidationFailed } from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import { writeOnce } from '../write/write-once.ts';
import { RERUN_APPLICATION_REQUESTED, RERUN_REQUESTED } from './rerun-events.ts';

/** A pass over the user's captures, as clients see it. */
export interface RerunView {
  /** Also the correlation id of all that is applied of it: undoing that undoes it. */
  id: RerunId;
  /** As it was asked for; `null` is the analyser that is configured. */
  model: string | null;
  since: string | null;
  /** `ready` is analysed; nothing is applied before it is asked for. */
  status: Rerun['status'];
  totalThings: number;
  analysed: number;
  /** Of these so many could not be analysed. */
  failed: number;
  applied: number;
  error: string | null;
  createdAt: string;
  finishedAt: string | null;
}

/**
 * Has everything that the user captured analysed again, in the background, with the content as it is and the time as it
 * was. It changes nothing: what it comes to is shown beside what stands, and applied when that is asked for.
 *
 * @param input.model `local`, or a model of the provider that is configured; left out, the analyser that is configured.
 * @param input.since only what was captured since.
 * @throws {ValidationFailed} if there is no such model.
 */
export function startRerun(
  parts: Parts,
  context: CommandContext,
  input: { model?: string | undefined; since?: Date | undefined },
): Promise<RerunView> {
  const { userId } = context;
  const { model = null, since = null } = input;
  return writeOnce(parts, context, {
    command: 'ai.reruns.start',
    request: { model, since },
    retry: false,
    prepare: async () => {
      if (parts.chooseAnalyzer(model) === null) {
        const message = 'there is no such model; without a provider there is only “local”';
        throw new ValidationFailed([{ field: 'model', message }]);
      }
      const rerunId = RerunId.parse(parts.ids.next());
      const { queries } = parts.database;
      await insertRerun(queries, { userId, rerunId }, { analyzer: model, since, now: parts.clock.now() });
      await parts.work.start({ id: rerunId, name: RERUN_REQUESTED, data: { userId, rerunId } });
      return viewRerun(await loadRerun(queries, { userId, rerunId }));
    },
    decide: async (view) => ({ changes: [], answer: () => view }),
  });
}

/**
 * Applies what a rerun came to, in the background: what it is sure of as changes, the rest as suggestions, under the
 * rerun's id as correlation id. What a person chose is not changed, and what has other content by now is left out.
 *
 * @param input.entityIds only for these; left out, for all.
 * @throws {NotFound} if the user has no such rerun.
 * @throws {Unprocessable} if it is not analysed yet.
 */
export function applyRerun(
  parts: Parts,
  context: CommandContext,
  input: { id: RerunId; entityIds?: readonly EntityId[] | undefined },
): Promise<RerunView> {
  const { id: rerunId, entityIds } = input;
  const { userId, actor } = context;
  const { queries } = parts.database;
  const key = { userId, rerunId };
  return writeOnce(parts, context, {
    command: 'ai.reruns.apply',
    request: input,
    retry: false,
    prepare: async () => {
      const { status, analysed, totalThings } = await loadRerun(queries, key);
      if (status === 'analysing' || analysed < totalThings) {
        throw new Unprocessable('This rerun is not analysed yet. Wait until it is, or start another if it failed.');
      }
      await setRerunStatus(queries, key, { status: 'applying' });
      const data = { ...key, actor, entityIds: entityIds === undefined ? null : [...entityIds] };
      await parts.work.start({ id: parts.ids.next(), name: RERUN_APPLICATION_REQUESTED, data });
      return viewRerun(await loadRerun(queries, key));
    },
    decide: async (view) => ({ changes: [], answer: () => view }),
  });
}

/** The user's reruns, the last first. */
export async function listReruns(
  { database: { queries } }: Parts,
  userId: UserId,
  page: { limit: number },
): Promise<RerunView[]> {
  return (await listRows(queries, userId, page)).map(viewRerun);
}

/** @throws {NotFound} if the user has no such rerun. */
export async function getRerun({ database }: Parts, userId: UserId, rerunId: RerunId): Promise<RerunView> {
  return viewRerun(await loadRerun(database.queries, { userId, rerunId }));
}

function viewRerun({ analyzer, since, createdAt, finishedAt, ...rerun }: Rerun): RerunView {
  return {
    ...rerun,
    model: analyzer,
    since: since?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}
