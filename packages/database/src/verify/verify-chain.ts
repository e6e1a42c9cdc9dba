import type { LogRow } from '../archive/log-row.ts';
import { chainDigestOfRow, erasedHash, GENESIS_DIGEST } from '../event-log/digest.ts';
import type { StreamHead } from '../event-log/stream-head.ts';
import { type Finding, FindingKind } from './finding.ts';

/** The events after which the payloads of a stream may be erased. */
const PURGES: ReadonlySet<string> = new Set(['entity.purged', 'relation.purged']);

/**
 * Walks one stream's digest chain and names each event that is not what was appended. Pure.
 *
 * Each event's link covers the link before it, the event's header and the hash of its data. So a changed event does not
 * fit its own digest; one that was left out, put in, or swapped leaves a version twice or not at all, or a digest that
 * does not fit the one before. A chain that was rewritten as a whole fits itself: that is what checkpoints are for.
 *
 * @param rows all rows of the stream, by version.
 * @param head as the table of heads has it; `null` if it has none.
 * @param keys the positions of the event ids, as the table of ids has them.
 */
export function verifyChain(stream: {
  aggregateId: string;
  rows: readonly LogRow[];
  head: StreamHead | null;
  keys: ReadonlyMap<string, bigint>;
}): Finding[] {
  const { aggregateId, rows, head, keys } = stream;
  const mayBeErased = rows.some(({ eventType }) => PURGES.has(eventType));
  const findings: Finding[] = [];
  let previous: Link = { version: 0, digest: GENESIS_DIGEST, position: 0n };
  for (const row of rows) {
    findings.push(...missingVersions(aggregateId, previous.version + 1, row.version - 1));
    const fault = faultOf(row, { previous, mayBeErased, appendedAt: keys.get(row.id) });
    if (fault !== null) findings.push({ ...fault, subject: aggregateId, version: row.version, eventId: row.id });
    if (row.version > previous.version) previous = row;
  }
  findings.push(...compareHead(aggregateId, previous, head));
  return findings;
}

/** The event before, as far as the next one depends on it. */
type Link = Pick<LogRow, 'version' | 'digest' | 'position'>;

/** What is wrong with one event, or `null`. */
function faultOf(
  row: LogRow,
  { previous, mayBeErased, appendedAt }: { previous: Link; mayBeErased: boolean; appendedAt: bigint | undefined },
): Pick<Finding, 'kind' | 'message'> | null {
  const { version, eventType, position, data } = row;
  if (version <= previous.version) {
    return { kind: FindingKind.eventInserted, message: `Version ${version} is there twice.` };
  }
  if (version === previous.version + 1 && !isSame(chainDigestOfRow(previous.digest, row), row.digest)) {
    const message = `${eventType} at version ${version} does not fit its digest: it, or the one before, was changed or swapped.`;
    return { kind: FindingKind.eventChanged, message };
  }
  if (erasedHash(data) !== null && !mayBeErased) {
    return { kind: FindingKind.eventChanged, message: `The payload of ${eventType} is gone, though nobody purged it.` };
  }
  if (position <= previous.position) {
    const message = `It lies at position ${position}, not after ${previous.position}: it was moved.`;
    return { kind: FindingKind.eventChanged, message };
  }
  if (appendedAt === undefined) {
    return { kind: FindingKind.eventInserted, message: `No event with the id ${row.id} was ever appended.` };
  }
  if (appendedAt === position) return null;
  const message = `It lies at position ${position}, but was appended at ${appendedAt}: it was moved.`;
  return { kind: FindingKind.eventChanged, message };
}

function missingVersions(subject: string, from: number, to: number): Finding[] {
  const findings: Finding[] = [];
  for (let version = from; version <= to; version += 1) {
    findings.push({ kind: FindingKind.eventMissing, subject, version, message: `Version ${version} is missing.` });
  }
  return findings;
}

function compareHead(subject: string, last: Pick<LogRow, 'version' | 'digest'>, head: StreamHead | null): Finding[] {
  if (head === null) {
    return [
      { kind: FindingKind.eventInserted, subject, message: 'There are events of a stream that was never begun.' },
    ];
  }
  const findings = missingVersions(subject, last.version + 1, head.version);
  if (last.version > head.version) {
    const message = `There are events up to version ${last.version}, but the stream's head is at ${head.version}.`;
    findings.push({ kind: FindingKind.eventInserted, subject, version: last.version, message });
  } else if (last.version === head.version && !isSame(last.digest, head.digest)) {
    const message = `The digest of version ${head.version} is not the one of the stream's head.`;
    findings.push({ kind: FindingKind.headDiffers, subject, version: head.version, message });
  }
  return findings;
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
