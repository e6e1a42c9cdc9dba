import {
  type AggregateType,
  type CorrelationId,
  type EventDelta,
  type EventHeader,
  EventId,
  type EventMetadata,
  type EventSource,
  eventCatalogue,
  eventMetadataSchema,
  parseEventDelta,
  type UserId,
  ValidationFailed,
} from '@synap/domain';
import { chainDigest, GENESIS_DIGEST } from './digest.ts';
import type { StreamHead } from './stream-head.ts';

/** What a decision wants to add to the log: its delta, and what is known of this one event alone. */
export interface NewEvent<Delta extends EventDelta = EventDelta> {
  readonly id: string;
  readonly delta: Delta;
  readonly metadata: EventMetadata;
}

/** What all events of one append to one stream share. */
export interface AppendHeader {
  readonly userId: UserId;
  readonly aggregateId: string;
  readonly aggregateType: AggregateType;
  readonly timestamp: Date;
  readonly correlationId: CorrelationId;
  readonly causationId: EventId | null;
  readonly source: EventSource;
}

/** Events for one stream, decided on its head; `null` is a new stream. */
export interface StreamAppend<Delta extends EventDelta = EventDelta> {
  readonly header: AppendHeader;
  readonly head: StreamHead | null;
  readonly events: readonly NewEvent<Delta>[];
}

/** An event that is ready to be appended: all of it but the position, which the log gives. */
export type PreparedEvent<Delta extends EventDelta = EventDelta> = Omit<EventHeader, 'position'> & Delta;

/** An append that is checked, numbered and linked into its stream's digest chain. */
export interface PreparedAppend<Delta extends EventDelta = EventDelta> {
  /** For folding, before anything is written. */
  readonly events: PreparedEvent<Delta>[];
  /** As the SQL function `append_events` takes it. */
  readonly stream: PreparedStream;
  /** As `append_events` takes them. */
  readonly rows: readonly object[];
}

/** What of an append is written. */
export type AppendToWrite = Pick<PreparedAppend, 'stream' | 'rows'>;

/** Where a stream stands before and after an append. */
interface PreparedStream {
  readonly id: string;
  readonly userId: string;
  readonly type: AggregateType;
  readonly expectedVersion: number;
  readonly newVersion: number;
  /** Of the last event, in hexadecimal. */
  readonly digest: string;
}

/**
 * Numbers an append's events after the stream's head and links them into its digest chain. Pure: what comes of it can
 * be folded before it is written.
 *
 * @throws {ValidationFailed} if an event does not fit its declaration: what cannot be read back is never written.
 */
export function prepareAppend<Delta extends EventDelta>(append: StreamAppend<Delta>): PreparedAppend<Delta> {
  const { header, head } = append;
  const { userId, aggregateId, aggregateType, timestamp, correlationId, causationId, source } = header;
  const expectedVersion = head?.version ?? 0;
  let digest = head?.digest ?? GENESIS_DIGEST;
  const events: PreparedEvent<Delta>[] = [];
  const rows: object[] = [];
  for (const { id, delta, metadata } of append.events) {
    const { schemaVersion } = eventCatalogue[delta.type];
    parseEventDelta(delta.type, schemaVersion, delta.data, { timestamp });
    refuseUnreadableMetadata(metadata);
    const version = expectedVersion + events.length + 1;
    const digested = {
      id,
      aggregateId,
      aggregateType,
      userId,
      version,
      timestamp: timestamp.toISOString(),
      type: delta.type,
      schemaVersion,
      metadata,
      causationId,
      correlationId,
      source,
    };
    digest = chainDigest(digest, digested, delta.data);
    // Spreads come last: V8 takes many times as long for an object that begins with one and goes on.
    rows.push({ data: delta.data, digest: Buffer.from(digest).toString('hex'), ...digested });
    events.push({ id: EventId.parse(id), version, metadata, schemaVersion, ...header, ...delta });
  }
  const stream = {
    id: aggregateId,
    userId,
    type: aggregateType,
    expectedVersion,
    newVersion: expectedVersion + events.length,
    digest: Buffer.from(digest).toString('hex'),
  };
  return { events, stream, rows };
}

function refuseUnreadableMetadata(metadata: EventMetadata): void {
  const { error } = eventMetadataSchema.safeParse(metadata);
  if (error === undefined) return;
  throw new ValidationFailed(
    error.issues.map(({ path, message }) => ({ field: `metadata.${path.join('.')}`, message })),
  );
}
