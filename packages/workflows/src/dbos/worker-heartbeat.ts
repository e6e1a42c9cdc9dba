import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { EngineLogger } from '../workflow.ts';

/**
 * Tells the workers of one PostgreSQL which of them live, and gives the runs of the dead to the living.
 *
 * Every worker has an id of its own for each of its lives, which DBOS writes into the runs that it takes (`executor_id`),
 * and keeps the time of its last beat in a row. The row is there before the first run is taken, so whoever sees a run
 * that is being worked at also sees its worker. A run whose worker has no fresh row goes back into its queue: the row
 * loses its owner with that, so that a worker that was only paused can record nothing in it any more. It may still end the step that it is in
 * the middle of; steps run at least once.
 *
 * Judging and re-queueing are one transaction under a lock that only one worker gets: two would re-queue what the other
 * has just taken. It is DBOS's own statement for the runs of a named executor, asked of all that are not alive. Its
 * public `resumeWorkflows` would forget how often a run has been taken up already, so that a run that kills its worker
 * would kill one after the other for ever; like this, DBOS gives it up after a hundred.
 *
 * After an outage of the database every row is old. A worker that was silent itself judges nobody until all have had the
 * time to beat again.
 */
export interface WorkerHeartbeat {
  /** The id of this life of this worker. */
  readonly workerId: string;
  /**
   * Begins to beat, and takes up what dead workers left.
   * @param launch starts DBOS; one worker at a time, for it makes its tables if they are not there.
   */
  start(launch: () => Promise<void>): Promise<void>;
  /** Ends the beat and leaves this worker's runs to the others; at once, where others are. */
  stop(): Promise<void>;
}

export interface WorkerHeartbeatOptions {
  readonly connectionString: string;
  readonly applicationVersion: string;
  readonly logger: EngineLogger;
  readonly timing?: WorkerTiming;
}

export interface WorkerTiming {
  readonly beatIntervalMs: number;
  /** A worker that has not beaten for so long is dead. It must be several beats, and longer than a process may stall. */
  readonly patienceMs: number;
}

const DEFAULT_WORKER_TIMING: WorkerTiming = { beatIntervalMs: 2000, patienceMs: 15_000 };
/** Any number that nobody else locks on. */
const LOCK_KEY = 7_310_486_925;
const LOCK_RETRY_MS = 100;
/** DBOS's own queue, for what was started without one. */
const INTERNAL_QUEUE = '_dbos_internal_queue';

const CREATE_TABLE = `
  begin;
  select pg_advisory_xact_lock(${LOCK_KEY + 1});
  create schema if not exists dbos;
  create table if not exists dbos.synap_workers (
    worker_id text primary key,
    beat_at timestamptz not null
  );
  commit`;

/** Without parameters, so that no snapshot is kept open behind it: `create index concurrently` would wait for that. */
const TRY_LOCK = `select pg_try_advisory_xact_lock(${LOCK_KEY}) as is_mine`;

const BEAT = `
  insert into dbos.synap_workers (worker_id, beat_at) values ($1, clock_timestamp())
  on conflict (worker_id) do update set beat_at = excluded.beat_at`;

const BURY_THE_DEAD = `
  delete from dbos.synap_workers where beat_at < clock_timestamp() - $1 * interval '1 millisecond'`;

const REQUEUE_THEIR_RUNS = `
  update dbos.workflow_status
  set status = 'ENQUEUED', owner_xid = null, started_at_epoch_ms = null,
    updated_at = (extract(epoch from clock_timestamp()) * 1000)::bigint,
    queue_name = coalesce(queue_name, '${INTERNAL_QUEUE}')
  where status = 'PENDING' and application_version = $1
    and not exists (select from dbos.synap_workers where worker_id = executor_id)`;

export function createWorkerHeartbeat(options: WorkerHeartbeatOptions): WorkerHeartbeat {
  const { connectionString, applicationVersion, logger, timing = DEFAULT_WORKER_TIMING } = options;
  const workerId = `${hostname()}:${process.pid}:${randomUUID()}`;
  // One connection of its own: a beat must not wait behind the work.
  const pool = new pg.Pool({ connectionString, max: 1 });
  pool.on('error', () => undefined);
  let lastBeatAt = performance.now();
  let judgesFrom = lastBeatAt;
  let timer: NodeJS.Timeout | undefined;
  let beating = Promise.resolve();

  const beat = async (): Promise<void> => {
    await pool.query(BEAT, [workerId]);
    const now = performance.now();
    if (now - lastBeatAt > timing.patienceMs) judgesFrom = now + timing.patienceMs;
    lastBeatAt = now;
    if (now < judgesFrom) return;
    const count = await requeueRunsOfTheDead(pool, { applicationVersion, patienceMs: timing.patienceMs });
    if (count > 0) logger.info(`workflows: ${count} runs of workers that died were taken up`);
  };

  const beatOn = (): void => {
    timer = setTimeout(() => {
      beating = beat()
        .catch((error: unknown) => logger.warn(`workflows: a heartbeat failed: ${String(error)}`))
        .then(() => {
          if (timer !== undefined) beatOn();
        });
    }, timing.beatIntervalMs);
    timer.unref();
  };

  return {
    workerId,
    start: async (launch) => {
      await pool.query(CREATE_TABLE);
      await pool.query(BEAT, [workerId]);
      while (!(await underLock(pool, () => launch().then(() => true)))) await delay(LOCK_RETRY_MS);
      await beat();
      beatOn();
    },
    stop: async () => {
      clearTimeout(timer);
      timer = undefined;
      await beating;
      await pool.query('delete from dbos.synap_workers where worker_id = $1', [workerId]).catch(() => undefined);
      await pool.end();
    },
  };
}

async function requeueRunsOfTheDead(
  pool: pg.Pool,
  { applicationVersion, patienceMs }: { applicationVersion: string; patienceMs: number },
): Promise<number> {
  const requeued = await underLock(pool, async (client) => {
    await client.query(BURY_THE_DEAD, [patienceMs]);
    return (await client.query(REQUEUE_THEIR_RUNS, [applicationVersion])).rowCount;
  });
  return requeued ?? 0;
}

/**
 * Does it in one transaction with the lock of all workers, or not at all, and gives `null`, while another has it. A
 * statement that waited for the lock would keep the other waiting in turn: DBOS makes its tables with
 * `create index concurrently`, which waits for whoever has a snapshot.
 */
async function underLock<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result | null> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const { rows } = await client.query(TRY_LOCK);
    const result = rows[0]?.is_mine === true ? await work(client) : null;
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    // Without the connection there is no transaction and no lock any more, whatever state it was in.
    client.release(true);
    throw error;
  }
}
