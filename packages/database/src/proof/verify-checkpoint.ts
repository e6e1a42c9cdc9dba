import { UserId } from '@synap/domain';
import { and, eq, lte } from 'drizzle-orm';
import type { EventLog } from '../event-log/event-log.ts';
import { events } from '../schema/schema.ts';
import { type Finding, FindingKind } from '../verify/finding.ts';
import { type Checkpoint, hasValidSignature } from './checkpoint.ts';

const STREAMS_PER_PAGE = 500;

/**
 * Compares a checkpoint with the log: every stream that it names must still have, at that version, that digest, and no
 * stream may have come in before its position that it does not name. The chains themselves are `verifyChain`'s.
 *
 * @param trustedKey the public key that must have signed it; left out, any that fits the signature.
 */
export async function verifyCheckpoint(
  log: EventLog,
  checkpoint: Checkpoint,
  { trustedKey }: { trustedKey?: string | undefined } = {},
): Promise<Finding[]> {
  const subject = `checkpoint of ${checkpoint.createdAt}`;
  const broken = (message: string): Finding[] => [{ kind: FindingKind.checkpointBroken, subject, message }];
  if (trustedKey !== undefined && checkpoint.publicKey !== trustedKey) {
    return broken('It was signed with another key than the one that is trusted.');
  }
  if (!hasValidSignature(checkpoint)) return broken('The signature does not fit: the checkpoint was changed.');
  const userId = UserId.parse(checkpoint.userId);
  const findings: Finding[] = [];
  for (let start = 0; start < checkpoint.heads.length; start += STREAMS_PER_PAGE) {
    const page = checkpoint.heads.slice(start, start + STREAMS_PER_PAGE);
    const streams = await log.readRows(
      userId,
      page.map(([id]) => id),
    );
    for (const [id, version, digest] of page) {
      const row = streams.get(id)?.find((each) => each.version === version);
      if (row === undefined) {
        const message = `Version ${version} was there at the ${subject}, and is missing.`;
        findings.push({ kind: FindingKind.eventMissing, subject: id, version, message });
      } else if (Buffer.from(row.digest).toString('hex') !== digest) {
        const message = `Up to version ${version} it is not what it was at the ${subject}.`;
        findings.push({ kind: FindingKind.eventChanged, subject: id, version, eventId: row.id, message });
      }
    }
  }
  return [...findings, ...(await findInserted(log, userId, checkpoint))];
}

/** Streams that begin before the checkpoint's position and are not named in it. */
async function findInserted(
  log: EventLog,
  userId: UserId,
  { position, heads, createdAt }: Checkpoint,
): Promise<Finding[]> {
  const named = new Set(heads.map(([id]) => id));
  const rows = await log.database.queries
    .select({ id: events.aggregateId, eventId: events.id })
    .from(events)
    .where(and(eq(events.userId, userId), eq(events.version, 1), lte(events.position, BigInt(position))));
  return rows
    .filter(({ id }) => !named.has(id))
    .map(({ id, eventId }) => ({
      kind: FindingKind.eventInserted,
      subject: id,
      version: 1,
      eventId,
      message: `The stream begins before the checkpoint of ${createdAt}, which does not know it.`,
    }));
}
