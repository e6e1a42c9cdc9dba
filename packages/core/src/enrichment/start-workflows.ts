import { type DurableSubscriber, subscribeDurably } from '@synap/database';
import type { EventName } from '@synap/domain';
import type { WorkflowEngine } from '@synap/workflows';
import type { Parts } from '../parts.ts';
import { workflowEventsFor } from './workflow-events.ts';

/** Only events of these types start anything. */
const STARTING: EventName[] = [
  'ai.analysis_requested',
  'entity.file_uploaded',
  'entity.title_changed',
  'page.fetch_requested',
];

/**
 * Starts the workflows that the log asks for. A crash between the hand-over and the checkpoint hands an event over
 * again, which the engine takes as the same run.
 */
export function startWorkflowsFromLog(
  { database, log, engine }: Pick<Parts, 'database' | 'log'> & { engine: WorkflowEngine },
  options: { owner: string; pollIntervalMs: number; onError: (error: unknown) => void },
): DurableSubscriber {
  return subscribeDurably({
    ...options,
    name: 'workflows',
    queries: database.queries,
    log,
    filter: { types: STARTING },
    handle: async (event) => {
      for (const workflowEvent of workflowEventsFor(event)) await engine.send(workflowEvent);
    },
  });
}
