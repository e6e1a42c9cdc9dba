import { setRerunStatus } from '@synap/database';
import { defineWorkflow, type FailureHandler, type Workflow } from '@synap/workflows';
import type { Parts } from '../parts.ts';
import { analyseSome, findThings } from './analyse-again.ts';
import { applySome } from './apply-again.ts';
import {
  RERUN_APPLICATION_REQUESTED,
  RERUN_REQUESTED,
  rerunApplicationSchema,
  rerunRequestSchema,
} from './rerun-events.ts';

/** A model may take a minute for each of a page. */
const STEP_TIMEOUT_MS = 30 * 60 * 1000;
const ONE_PER_USER = { key: 'data.userId', limit: 1 };

/** The workflows that analyse again what was captured, and apply what came of it. */
export function rerunWorkflows(parts: Parts): Workflow[] {
  return [analyseAgain(parts), applyAgain(parts)];
}

/** Page by page; a page that was cut off goes on with what of it is not analysed yet. */
function analyseAgain(parts: Parts): Workflow {
  const options = {
    id: 'analyse-again',
    trigger: RERUN_REQUESTED,
    concurrency: ONE_PER_USER,
    stepTimeoutMs: STEP_TIMEOUT_MS,
    onFailure: saysSo(parts),
  };
  return defineWorkflow(options, async ({ event, step }) => {
    const rerun = rerunRequestSchema.parse(event.data);
    await step.run('find', () => findThings(parts, rerun));
    for (let page = 1; ; page += 1) {
      const { isLast } = await step.run(`analyse-${page}`, ({ signal }) => analyseSome(parts, rerun, { signal }));
      if (isLast) break;
    }
    return step.run('finish', async () => {
      const finishedAt = parts.clock.now();
      await setRerunStatus(parts.database.queries, rerun, { status: 'ready', error: null, finishedAt });
      return { rerunId: rerun.rerunId };
    });
  });
}

function applyAgain(parts: Parts): Workflow {
  const options = {
    id: 'apply-again',
    trigger: RERUN_APPLICATION_REQUESTED,
    concurrency: ONE_PER_USER,
    stepTimeoutMs: STEP_TIMEOUT_MS,
    onFailure: saysSo(parts),
  };
  return defineWorkflow(options, async ({ event, step }) => {
    const application = rerunApplicationSchema.parse(event.data);
    for (let page = 1; ; page += 1) {
      const { isLast } = await step.run(`apply-${page}`, ({ signal }) => applySome(parts, application, { signal }));
      if (isLast) break;
    }
    return step.run('finish', async () => {
      await setRerunStatus(parts.database.queries, application, { status: 'applied', error: null });
      return { rerunId: application.rerunId };
    });
  });
}

/** Whoever waits for the rerun hears why it has ended. */
function saysSo({ database }: Parts): FailureHandler {
  return async ({ event, step, error }) => {
    const { userId, rerunId } = rerunRequestSchema.loose().parse(event.data);
    await step.run('say-so', async () => {
      await setRerunStatus(database.queries, { userId, rerunId }, { status: 'failed', error });
      return null;
    });
  };
}
