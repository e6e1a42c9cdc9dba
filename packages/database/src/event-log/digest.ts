import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

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
  const dataHash = createHash('sha256').update(canonicalJson(data)).digest();
  return createHash('sha256').update(previous).update(canonicalJson(header)).update(dataHash).digest();
}

function canonicalJson(value: unknown): string {
  const json = canonicalize(value);
  if (json === undefined) throw new TypeError('Only JSON values can be digested.');
  return json;
}
