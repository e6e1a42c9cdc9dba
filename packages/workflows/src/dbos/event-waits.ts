import { DBOS, type DBOSConfig } from '@dbos-inc/dbos-sdk';
import { valueAt, type WorkflowEvent, type WorkflowStep } from '../workflow.ts';

/**
 * Lets runs wait for events. DBOS knows messages that are sent to a run; which run waits for what is kept in a table of
 * ours, beside its own. A wait is written down in a step, so it is there before the run looks for the message, and again
 * after a crash; an event sends one message to each run that waits for it, once for each id of an event.
 */
export interface EventWaits {
  /** Makes the table. */
  prepare(): Promise<void>;
  waitForEvent(
    waiter: { runId: string; stepId: string; event: WorkflowEvent },
    awaited: Parameters<WorkflowStep['waitForEvent']>[1],
  ): Promise<WorkflowEvent | null>;
  /** Hands an event to the runs that wait for it. */
  deliver(event: WorkflowEvent): Promise<void>;
  /** Forgets what runs waited for that are no more. */
  sweep(): Promise<void>;
}

const CREATE_TABLE = `
  create table if not exists dbos.synap_waits (
    run_id text not null,
    step_id text not null,
    event_name text not null,
    match_path text,
    match_value text,
    primary key (run_id, step_id)
  )`;

interface Wait {
  readonly run_id: string;
  readonly step_id: string;
  readonly match_path: string | null;
  readonly match_value: string | null;
}

/** How often a waiting run looks for its message. */
const POLL_INTERVAL_MS = 200;

export function createEventWaits(pool: NonNullable<DBOSConfig['systemDatabasePool']>): EventWaits {
  const forget = (runId: string, stepId: string) =>
    pool.query('delete from dbos.synap_waits where run_id = $1 and step_id = $2', [runId, stepId]);

  return {
    prepare: async () => {
      await pool.query(CREATE_TABLE);
    },
    waitForEvent: async ({ runId, stepId, event }, { event: name, timeoutMs, match }) => {
      const value = match === undefined ? null : valueAt(event, match);
      if (value === undefined) throw new TypeError(`The event ${event.name} has no ${match} to match another with.`);
      await DBOS.runStep(
        async () => {
          await pool.query(
            `insert into dbos.synap_waits (run_id, step_id, event_name, match_path, match_value)
             values ($1, $2, $3, $4, $5) on conflict do nothing`,
            [runId, stepId, name, match ?? null, value],
          );
          return null;
        },
        { name: `${stepId}:begin` },
      );
      const options = { timeoutSeconds: timeoutMs / 1000, pollingIntervalMs: POLL_INTERVAL_MS };
      const received = await DBOS.recv<WorkflowEvent>(stepId, options);
      await DBOS.runStep(() => forget(runId, stepId).then(() => null), { name: `${stepId}:end` });
      return received;
    },
    deliver: async (event) => {
      const { rows } = await pool.query<Wait>(
        'select run_id, step_id, match_path, match_value from dbos.synap_waits where event_name = $1',
        [event.name],
      );
      for (const { run_id: runId, step_id: stepId, match_path: path, match_value: value } of rows) {
        if (path !== null && valueAt(event, path) !== value) continue;
        // It may have been dropped while it waited.
        if ((await DBOS.getWorkflowStatus(runId)) === null) continue;
        await DBOS.send(runId, event, stepId, `${event.id}:${runId}:${stepId}`);
      }
    },
    sweep: async () => {
      await pool.query(
        `delete from dbos.synap_waits
         where not exists (select from dbos.workflow_status where workflow_uuid = run_id)`,
      );
    },
  };
}
