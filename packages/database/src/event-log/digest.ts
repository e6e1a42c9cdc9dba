import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { LogRow } from '../archive/log-row.ts';

/** What of an event goes into its digest beside its data. */
export interface DigestedHeader {
  readonly id: string;
  readonly aggregateId: string;
  readonly aggregateType: string;
  readonly userId: string;
  readonly version: number;
  readonly timestamp: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly metadata: unknown;
  readonly causationId: string | null;
  readonly correlationId: string;
  readonly source: string;
}

/** The digest before a stream's first event. */
export const GENESIS_DIGEST: Uint8Array = new Uint8Array(32);

/**
 * One link of a stream's chain: SHA-256 of the link before, the event's header and the hash of its data, each as the
 * JSON Canonicalization Scheme (RFC 8785) writes it. Because the link commits to the hash of `data` and not to `data`,
 * a payload can be erased and the chain still verifies.
 */
export function chainDigest(previous: Uint8Array, header: DigestedHeader, data: unknown): Uint8Array {
  return link(previous, header, hashOfData(data));
}

/** The link of a row as it is stored; what was erased of it counts with the hash that was left in its place. */
export function chainDigestOfRow(previous: Uint8Array, row: LogRow): Uint8Array {
  const { id, aggregateId, aggregateType, userId, version, schemaVersion, metadata, causationId, correlationId } = row;
  const header: DigestedHeader = {
    id,
    aggregateId,
    aggregateType,
    userId,
    version,
    timestamp: row.timestamp.toISOString(),
    type: row.eventType,
    schemaVersion,
    metadata,
    causationId,
    correlationId,
    source: row.source,
  };
  const erased = erasedHash(row.data);
  return link(previous, header, erased === null ? hashOfData(row.data) : Buffer.from(erased, 'hex'));
}

/** SHA-256 of the data's canonical JSON: all that is left of a payload that is erased. */
export function hashOfData(data: unknown): Buffer {
  return createHash('sha256').update(canonicalJson(data)).digest();
}

/** The hash that stands in the place of an erased payload, in hexadecimal; `null` for a payload that is there. */
export function erasedHash(data: unknown): string | null {
  if (typeof data !== 'object' || data === null || !('erased' in data)) return null;
  const { erased } = data;
  const isHash = Object.keys(data).length === 1 && typeof erased === 'string' && /^[0-9a-f]{64}$/.test(erased);
  return isHash ? erased : null;
}

/** As the JSON Canonicalization Scheme (RFC 8785) writes it: the same value is the same text. */
export function canonicalJson(value: unknown): string {
  const json = canonicalize(value);
  if (json === undefined) throw new TypeError('Only JSON values can be digested.');
  return json;
}

function link(previous: Uint8Array, header: DigestedHeader, dataHash: Uint8Array): Uint8Array {
  return createHash('sha256').update(previous).update(canonicalJson(header)).update(dataHash).digest();
}
