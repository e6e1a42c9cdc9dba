import { isDeepStrictEqual } from 'node:util';
import { type EntityState, type RelationState, UserId, type UserState } from '@synap/domain';
import { and, asc, count, eq, inArray, sql } from 'drizzle-orm';
import type { LogRow } from '../archive/log-row.ts';
import { selectRows } from '../connection/select-rows.ts';
import type { StreamHead } from '../event-log/stream-head.ts';
import { loadEntities } from '../projection/load-entity.ts';
import type { Sources } from '../projection/load-for-change.ts';
import { foldStreams } from '../projection/project-streams.ts';
import { toRelationState } from '../projection/relations.ts';
import { loadUserState } from '../projection/user-state.ts';
import { aggregates, eventKeys, relations } from '../schema/schema.ts';
import { findWrongRows } from './derived-rows.ts';
import { type Finding, FindingKind } from './finding.ts';
import { verifyChain } from './verify-chain.ts';

/** A page of streams that was verified. */
export interface VerifiedPage {
  readonly streams: number;
  readonly events: number;
  readonly findings: readonly Finding[];
  /** The rows themselves, for those who verify more of them, such as the files that they name. */
  readonly rows: readonly LogRow[];
}

export interface VerifyOptions {
  /** Whether the state's rows are compared with the fold of the events, beside the digest chains. */
  readonly compareRows: boolean;
  readonly signal?: AbortSignal;
}

const STREAMS_PER_PAGE = 200;
/** How often something must look wrong to be so: a stream may be written between the readings of each look. */
const LOOKS = 5;

/** How many streams there are to verify. */
export async function countStreams({ log }: Sources): Promise<number> {
  const [row] = await log.database.queries.select({ count: count() }).from(aggregates);
  return row?.count ?? 0;
}

/**
 * Verifies every stream of every user, page by page, while others go on writing: what seems wrong is looked at again,
 * so that a write in between is not taken for damage.
 */
export async function* verifyStreams(sources: Sources, options: VerifyOptions): AsyncGenerator<VerifiedPage> {
  let after: StreamKey | null = null;
  for (;;) {
    options.signal?.throwIfAborted();
    const page: StreamKey[] = await readPage(sources, after);
    for (const [userId, ids] of byUser(page)) yield await verifyOfUser(sources, { userId, ids }, options);
    // Who begins streams meanwhile is not run after.
    if (page.length < STREAMS_PER_PAGE) return;
    after = page.at(-1) ?? null;
  }
}

/** What belongs to no stream at all: events, event ids and rows that nobody wrote. */
export async function findStrays({ database, log }: Sources): Promise<Finding[]> {
  const { queries } = log.database;
  const events = await selectRows<{ aggregate_id: string; id: string; version: number }>(
    queries,
    sql`select aggregate_id, id, version from events
      where not exists (select from aggregates where id = events.aggregate_id) order by position`,
  );
  const keys = await selectRows<{ id: string; position: string | number | bigint }>(
    queries,
    sql`select id, position from event_keys
      where not exists (select from events where events.position = event_keys.position)
        and not exists (
          select from archive_segments where event_keys.position between min_position and max_position
        )
      order by position`,
  );
  return [
    ...events.map(({ aggregate_id, id, version }) => ({
      kind: FindingKind.eventInserted,
      subject: aggregate_id,
      version,
      eventId: id,
      message: 'The event belongs to a stream that was never begun.',
    })),
    ...keys.map(({ id, position }) => ({
      kind: FindingKind.eventMissing,
      subject: id,
      eventId: id,
      message: `The event with this id, at position ${position}, is missing.`,
    })),
    ...(await findStrayRows({ database, log })),
  ];
}

async function findStrayRows({ database, log }: Sources): Promise<Finding[]> {
  const findings: Finding[] = [];
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await selectRows<{ id: string; user_id: string }>(
      database.queries,
      sql`select id, user_id from (
          select id, user_id from entities union all select id, user_id from relations
          union all select user_id, user_id from user_settings
        ) as rows where id > ${after}::uuid order by id limit ${STREAMS_PER_PAGE}`,
    );
    const last = rows.at(-1);
    if (last === undefined) return findings;
    after = last.id;
    for (const [userId, ids] of byUser(rows.map(({ id, user_id }) => ({ id, userId: user_id, version: 0 })))) {
      const heads = await log.readHeads(userId, ids);
      for (const id of ids.filter((each) => !heads.has(each))) {
        findings.push({ kind: FindingKind.rowInserted, subject: id, message: 'The row has no events.' });
      }
    }
    if (rows.length < STREAMS_PER_PAGE) return findings;
  }
}

interface StreamKey {
  readonly id: string;
  readonly userId: string;
}

async function readPage({ log }: Sources, after: StreamKey | null): Promise<StreamKey[]> {
  return log.database.queries
    .select({ id: aggregates.id, userId: aggregates.userId })
    .from(aggregates)
    .where(
      after === null
        ? undefined
        : sql`(${aggregates.userId}, ${aggregates.id}) > (${after.userId}::uuid, ${after.id}::uuid)`,
    )
    .orderBy(asc(aggregates.userId), asc(aggregates.id))
    .limit(STREAMS_PER_PAGE);
}

function byUser(streams: readonly StreamKey[]): Map<UserId, string[]> {
  const users = new Map<UserId, string[]>();
  for (const { id, userId } of streams) {
    const key = UserId.parse(userId);
    users.set(key, [...(users.get(key) ?? []), id]);
  }
  return users;
}

interface UserStreams {
  readonly userId: UserId;
  readonly ids: readonly string[];
}

async function verifyOfUser(sources: Sources, streams: UserStreams, options: VerifyOptions): Promise<VerifiedPage> {
  const { rows, findings: first } = await inspect(sources, streams, options);
  let findings = first;
  for (let look = 1; look < LOOKS && findings.length > 0; look += 1) {
    const suspects = [...new Set(findings.map(({ subject }) => subject))];
    findings = (await inspect(sources, { ...streams, ids: suspects }, options)).findings;
  }
  return { streams: streams.ids.length, events: rows.length, rows, findings };
}

async function inspect(
  sources: Sources,
  { userId, ids }: UserStreams,
  { compareRows }: VerifyOptions,
): Promise<{ rows: LogRow[]; findings: Finding[] }> {
  const { log } = sources;
  // The states first, then the heads, then the events: a write in between makes the later newer, which the second look
  // sorts out.
  const states = compareRows ? await readStates(sources, { userId, ids }) : null;
  const heads = await log.readHeads(userId, ids);
  const streams = await log.readRows(userId, ids);
  const rows = [...streams.values()].flat();
  const keys = await readKeys(sources, rows);
  const findings = ids.flatMap((aggregateId) => {
    const stream = { aggregateId, rows: streams.get(aggregateId) ?? [], head: heads.get(aggregateId) ?? null, keys };
    return verifyChain(stream);
  });
  // What does not read as a chain does not fold either; the chain's finding says why.
  const broken = new Set(findings.map(({ subject }) => subject));
  const whole = ids.filter((id) => !broken.has(id));
  if (states !== null) findings.push(...(await compareStates(sources, { userId, ids: whole }, states, heads)));
  return { rows, findings };
}

type States = ReadonlyMap<string, EntityState | RelationState | UserState>;

async function readStates({ database }: Sources, { userId, ids }: UserStreams): Promise<States> {
  const entities = await loadEntities(database.queries, userId, ids);
  const links = await database.queries
    .select()
    .from(relations)
    .where(and(eq(relations.userId, userId), inArray(relations.id, [...ids])));
  const settings = ids.includes(userId) ? await loadUserState(database.queries, userId) : null;
  const others = [...links.map(toRelationState), ...(settings === null ? [] : [settings])];
  return new Map<string, EntityState | RelationState | UserState>([...entities, ...others.map(byId)]);
}

function byId<State extends RelationState | UserState>(state: State): [string, State] {
  return [state.id, state];
}

async function readKeys({ log }: Sources, rows: readonly LogRow[]): Promise<Map<string, bigint>> {
  if (rows.length === 0) return new Map();
  const found = await log.database.queries
    .select()
    .from(eventKeys)
    .where(
      inArray(
        eventKeys.id,
        rows.map(({ id }) => id),
      ),
    );
  return new Map(found.map(({ id, position }) => [id, position]));
}

async function compareStates(
  { database, log }: Sources,
  { userId, ids }: UserStreams,
  states: States,
  heads: ReadonlyMap<string, StreamHead>,
): Promise<Finding[]> {
  if (ids.length === 0) return [];
  const folded = await foldStreams(log, { userId, aggregateIds: ids });
  const findings: Finding[] = [];
  for (const expected of [...folded.entities, ...folded.relations, ...folded.users]) {
    const row = states.get(expected.id);
    if (row === undefined) {
      const message = `Its events fold to version ${heads.get(expected.id)?.version}, but there is no row.`;
      findings.push({ kind: FindingKind.rowMissing, subject: expected.id, message });
      continue;
    }
    for (const [field, is, mustBe] of differences(row, expected)) {
      const message = `${field} is ${show(is)}, but its events fold to ${show(mustBe)}.`;
      findings.push({ kind: FindingKind.rowDiffers, subject: expected.id, message });
    }
  }
  const alike = folded.entities.filter(({ id, version }) => states.get(id)?.version === version);
  findings.push(...(await findWrongRows(database.queries, userId, alike)));
  for (const id of folded.gone.filter((each) => states.has(each))) {
    findings.push({ kind: FindingKind.rowInserted, subject: id, message: 'It was erased for good, but has a row.' });
  }
  return findings;
}

function differences(row: object, expected: object): [string, unknown, unknown][] {
  const values = new Map<string, unknown>(Object.entries(row));
  return Object.entries(expected)
    .filter(([field, value]) => !isDeepStrictEqual(values.get(field), value))
    .map(([field, value]) => [field, values.get(field), value]);
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing';
}
