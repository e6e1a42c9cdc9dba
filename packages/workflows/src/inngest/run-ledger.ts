import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { createPglitePool } from '../dbos/pglite-pool.ts';
import {
  type JsonValue,
  NoSuchRun,
  type RunFilter,
  RunHasNotFailed,
  RunStatus,
  type WorkflowEvent,
  type WorkflowRun,
} from '../workflow.ts';

/**
 * What Synap knows of the runs that Inngest does for it: Inngest's interface starts runs and reports their failure, but
 * lists none. A run is written down before Inngest is told of it, and the results of its steps with it, so that a run
 * that failed goes on at the step that failed although Inngest begins it anew, and one that was dropped goes on no more.
 */
export interface RunLedger {
  /** Makes the tables. */
  prepare(): Promise<void>;
  /** Writes a run down; one that is there already stays as it is. */
  add(run: { runId: string; workflowId: string; event: WorkflowEvent }): Promise<void>;
  /** Marks that it is being worked at; `null` if it has ended or was dropped. */
  begin(runId: string): Promise<WorkflowEvent | null>;
  finish(runId: string): Promise<void>;
  fail(runId: string, error: string): Promise<void>;
  /**
   * Makes a failed run a waiting one.
   * @throws {NoSuchRun} if there is none of this id.
   * @throws {RunHasNotFailed} if there is nothing to run again.
   */
  reopen(runId: string): Promise<{ workflowId: string; event: WorkflowEvent; attempt: number }>;
  stepOutcome(runId: string, stepId: string): Promise<StepOutcome | null>;
  recordStep(runId: string, stepId: string, outcome: StepOutcome): Promise<void>;
  hasUnfinished(): Promise<boolean>;
  list(filter?: RunFilter): Promise<WorkflowRun[]>;
  /** Gives whether there was one. */
  drop(runId: string): Promise<boolean>;
  forget(text: string): Promise<number>;
  deleteFinished(before: Date): Promise<number>;
  close(): Promise<void>;
}

/** Of a step that is done: what it resulted in, or why it failed for good. */
export type StepOutcome = { readonly result: JsonValue } | { readonly error: string };

export type LedgerConnection =
  | { readonly kind: 'pglite'; readonly pglite: PGlite }
  | { readonly kind: 'postgres'; readonly connectionString: string };

/** Tells the steps of a workflow's `onFailure` from its own. */
export const FAILURE_STEP_PREFIX = 'on-failure:';
const LIST_LIMIT = 100;
const CONNECTIONS_MAX = 5;
const LOCK_KEY = 7_310_486_927;

const CREATE_TABLES = `
  begin;
  select pg_advisory_xact_lock(${LOCK_KEY});
  create schema if not exists workflows;
  create table if not exists workflows.runs (
    run_id text primary key,
    workflow_id text not null,
    event jsonb not null,
    status text not null check (status in ('waiting', 'running', 'succeeded', 'failed')),
    error text,
    attempt int not null default 1,
    created_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz
  );
  create index if not exists runs_by_status on workflows.runs (status, created_at);
  create table if not exists workflows.steps (
    run_id text not null references workflows.runs on delete cascade,
    step_id text not null,
    result jsonb,
    error text,
    ended_at timestamptz not null default clock_timestamp(),
    primary key (run_id, step_id)
  );
  commit`;

/** The failures before the last one the workflow has caught: they stay. */
const FORGET_LAST_FAILURE = `
  delete from workflows.steps where run_id = $1 and (step_id like $2 or step_id = (
    select step_id from workflows.steps where run_id = $1 and error is not null and step_id not like $2
    order by ended_at desc limit 1))`;

interface RunRow {
  readonly run_id: string;
  readonly workflow_id: string;
  readonly event: WorkflowEvent;
  readonly status: RunStatus;
  readonly error: string | null;
  readonly attempt: number;
  readonly created_at: string | Date;
  readonly finished_at: string | Date | null;
}

export function openRunLedger(connection: LedgerConnection): RunLedger {
  const { query, close } = openQueries(connection);

  return {
    prepare: async () => {
      await query(CREATE_TABLES);
    },
    add: async ({ runId, workflowId, event }) => {
      const text = `insert into workflows.runs (run_id, workflow_id, event, status)
        values ($1, $2, $3, 'waiting') on conflict do nothing`;
      await query(text, [runId, workflowId, JSON.stringify(event)]);
    },
    begin: async (runId) => {
      const text = `update workflows.runs set status = 'running'
        where run_id = $1 and status in ('waiting', 'running') returning *`;
      return (await query(text, [runId])).rows[0]?.event ?? null;
    },
    finish: async (runId) => {
      const text = `update workflows.runs set status = 'succeeded', error = null, finished_at = clock_timestamp()
        where run_id = $1 and status = 'running'`;
      await query(text, [runId]);
    },
    fail: async (runId, error) => {
      const text = `update workflows.runs set status = 'failed', error = $2, finished_at = clock_timestamp()
        where run_id = $1 and status in ('waiting', 'running')`;
      await query(text, [runId, error]);
    },
    reopen: async (runId) => {
      const text = `update workflows.runs set status = 'waiting', attempt = attempt + 1, finished_at = null
        where run_id = $1 and status = 'failed' returning *`;
      const [row] = (await query(text, [runId])).rows;
      if (row !== undefined) {
        await query(FORGET_LAST_FAILURE, [runId, `${FAILURE_STEP_PREFIX}%`]);
        return { workflowId: row.workflow_id, event: row.event, attempt: row.attempt };
      }
      const { rows } = await query('select * from workflows.runs where run_id = $1', [runId]);
      throw rows.length === 0 ? new NoSuchRun(runId) : new RunHasNotFailed(runId);
    },
    stepOutcome: async (runId, stepId) => {
      const text = 'select result, error from workflows.steps where run_id = $1 and step_id = $2';
      const [row] = (await query<{ result: JsonValue; error: string | null }>(text, [runId, stepId])).rows;
      if (row === undefined) return null;
      return row.error === null ? { result: row.result } : { error: row.error };
    },
    recordStep: async (runId, stepId, outcome) => {
      const text = `insert into workflows.steps (run_id, step_id, result, error)
        select run_id, $2, $3::jsonb, $4 from workflows.runs where run_id = $1 on conflict do nothing`;
      const [result, error] = 'error' in outcome ? [null, outcome.error] : [JSON.stringify(outcome.result), null];
      await query(text, [runId, stepId, result, error]);
    },
    hasUnfinished: async () => {
      const text = "select * from workflows.runs where status in ('waiting', 'running') limit 1";
      return (await query(text)).rows.length > 0;
    },
    list: async ({ status, limit = LIST_LIMIT, offset = 0 } = {}) => {
      const text = `select * from workflows.runs where $1::text is null or status = $1
        order by created_at desc, run_id limit $2 offset $3`;
      return (await query(text, [status ?? null, limit, offset])).rows.map(toRun);
    },
    drop: async (runId) => {
      const { rowCount } = await query('delete from workflows.runs where run_id = $1', [runId]);
      return rowCount === 1;
    },
    forget: async (text) => {
      const statement = 'delete from workflows.runs where position($1 in event::text) > 0';
      return (await query(statement, [text])).rowCount ?? 0;
    },
    deleteFinished: async (before) => {
      const text = 'delete from workflows.runs where finished_at < $1';
      return (await query(text, [before.toISOString()])).rowCount ?? 0;
    },
    close,
  };
}

function toRun(row: RunRow): WorkflowRun {
  return {
    runId: row.run_id,
    workflowId: row.workflow_id,
    status: row.status,
    error: row.status === RunStatus.failed ? row.error : null,
    createdAt: new Date(row.created_at),
    finishedAt: row.finished_at === null ? null : new Date(row.finished_at),
  };
}

interface Queries {
  query<Row = RunRow>(text: string, values?: unknown[]): Promise<{ rows: Row[]; rowCount: number | null }>;
  close(): Promise<void>;
}

function openQueries(connection: LedgerConnection): Queries {
  if (connection.kind === 'pglite') {
    const pool = createPglitePool(connection.pglite);
    return {
      query: async <Row>(text: string, values?: unknown[]) => {
        const { rows, rowCount } = await pool.query(text, values);
        return { rows: rows as Row[], rowCount };
      },
      close: () => pool.end(),
    };
  }
  const pool = new pg.Pool({ connectionString: connection.connectionString, max: CONNECTIONS_MAX });
  pool.on('error', () => undefined);
  return {
    query: async <Row>(text: string, values?: unknown[]) => {
      const { rows, rowCount } = await pool.query(text, values);
      return { rows: rows as Row[], rowCount };
    },
    close: () => pool.end(),
  };
}
