/**
 * A row of the log as it is stored: unlike `StoredEvent` neither upcast nor checked, so that it can be moved and
 * verified exactly as it is.
 */
export interface LogRow {
  readonly position: bigint;
  readonly id: string;
  readonly timestamp: Date;
  readonly aggregateId: string;
  readonly aggregateType: string;
  readonly eventType: string;
  readonly userId: string;
  readonly data: unknown;
  readonly metadata: unknown;
  readonly version: number;
  readonly causationId: string | null;
  readonly correlationId: string;
  readonly source: string;
  readonly schemaVersion: number;
  readonly digest: Uint8Array;
}
