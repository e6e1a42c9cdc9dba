import {
  type AggregateType,
  ConcurrencyConflict,
  type CorrelationId,
  type EventDelta,
  type EventHeader,
  EventId,
  type EventMetadata,
  type EventSource,
  eventCatalogue,
  parseEventDelta,
  type UserId,
} from '@synap/domain';
import { sql } from 'drizzle-orm';
import type { Transaction } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import { chainDigest, GENESIS_DIGEST } from './digest.ts';
import { readStreamHead, type StreamHead } from './stream-head.ts';

/** What a decision wants to add to the log: its delta, and what is known of this one event alone. */
export interface NewEvent<Delta extends EventDelta = EventDelta> {
  readonly id: string;
  readonly delta: Delta;
  readonly metadata: EventMetadata;
}

/** What all events of one append share. */
export interface AppendHeader {
  readonly userId: UserId;
  readonly aggregateId: string;
  readonly aggregateType: AggregateType;
  readonly timestamp: Date;
  readonly correlationId: CorrelationId;
  readonly causationId: EventId | null;
  readonly source: EventSource;
}

/**
 * Appends events to one stream, all or none, in the caller's transaction.
 *
 * @param head the stream's head as it was read when the decision was made; `null` for a new stream.
 * @returns the events as stored, with positions.
 * @throws {ValidationFailed} if an event does not fit its declaration: what cannot be read back is never written.
 * @throws {ConcurrencyConflict} if the stream has moved on since; the transaction must then be rolled back.
 */
export async function appendEvents<Delta extends EventDelta>(
  transaction: Transaction,
  append: { header: AppendHeader; head: StreamHead | null; events: readonly NewEvent<Delta>[] },
): Promise<(EventHeader & Delta)[]> {
  const { header, head, events } = append;
  const expectedVersion = head?.version ?? 0;
  const links = linkEvents(header, head, events);
  const newHead = links.at(-1);
  if (newHead === undefined) return [];
  const rows = await selectRows<{ position: string | number | bigint }>(
    transaction,
    sql`select append_events(
      ${header.userId}, ${header.aggregateId}, ${header.aggregateType}, ${expectedVersion},
      decode(${newHead.digest}, 'hex'), ${header.correlationId}, ${header.source}, ${JSON.stringify(links)}::jsonb
    ) as position`,
  );
  if (rows.length !== events.length) {
    const current = await readStreamHead(transaction, header);
    throw new ConcurrencyConflict({
      aggregateId: header.aggregateId,
      expectedVersion,
      currentVersion: current?.version ?? 0,
    });
  }
  return events.map(({ id, delta, metadata }, index) => {
    const stored: EventHeader = {
      ...header,
      id: EventId.parse(id),
      position: BigInt(rows[index]?.position ?? 0),
      version: expectedVersion + index + 1,
      metadata,
      schemaVersion: eventCatalogue[delta.type].schemaVersion,
    };
    return { ...stored, ...delta };
  });
}

function linkEvents(header: AppendHeader, head: StreamHead | null, events: readonly NewEvent[]) {
  let previous = head?.digest ?? GENESIS_DIGEST;
  const timestamp = header.timestamp.toISOString();
  return events.map(({ id, delta, metadata }, index) => {
    const { schemaVersion } = eventCatalogue[delta.type];
    parseEventDelta(delta.type, schemaVersion, delta.data);
    const digestedHeader = {
      id,
      aggregateId: header.aggregateId,
      aggregateType: header.aggregateType,
      userId: header.userId,
      version: (head?.version ?? 0) + index + 1,
      timestamp,
      type: delta.type,
      schemaVersion,
      metadata,
      causationId: header.causationId,
      correlationId: header.correlationId,
      source: header.source,
    };
    previous = chainDigest(previous, digestedHeader, delta.data);
    return {
      id,
      timestamp,
      type: delta.type,
      schemaVersion,
      data: delta.data,
      metadata,
      causationId: header.causationId,
      digest: Buffer.from(previous).toString('hex'),
    };
  });
}
