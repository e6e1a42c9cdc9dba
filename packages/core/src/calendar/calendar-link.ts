import { createHash, randomBytes } from 'node:crypto';
import {
  type CalendarLink,
  deleteCalendarLink,
  findCalendarLink,
  findCalendarOwner,
  replaceCalendarLink,
} from '@synap/database';
import { NotFound, type UserId } from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';

/** A link as its owner sees it: all but the link itself. */
export interface CalendarLinkView {
  createdAt: string;
}

const SECRET_BYTES = 32;
/** As secrets are made; anything else need not be looked up. */
const SECRET_PATTERN = /^[\w-]{43}$/;

/**
 * Makes the secret link under which any calendar reads the user's tasks and events, without signing in. One that was
 * there before is none any more.
 *
 * @returns the secret, which is shown this once and kept nowhere.
 */
export async function createCalendarLink(
  parts: Parts,
  { userId, idempotencyKey }: CommandContext,
): Promise<{ link: CalendarLinkView; secret: string }> {
  const secret = newSecret(parts, userId, idempotencyKey);
  const now = parts.clock.now();
  const link = await replaceCalendarLink(parts.database.queries, userId, { secretHash: hashSecret(secret), now });
  return { link: viewLink(link), secret };
}

/** Whether the user has a link, and since when. */
export async function readCalendarLink({ database }: Parts, userId: UserId): Promise<CalendarLinkView | null> {
  const link = await findCalendarLink(database.queries, userId);
  return link === null ? null : viewLink(link);
}

/** Ends the user's link at once. To repeat it is harmless. */
export function revokeCalendarLink({ database }: Parts, { userId }: CommandContext): Promise<void> {
  return deleteCalendarLink(database.queries, userId);
}

/** Whose calendar a secret opens. @throws {NotFound} if nobody's. */
export async function findOwnerOfCalendar({ database }: Parts, secret: string): Promise<UserId> {
  const isSecret = SECRET_PATTERN.test(secret);
  const userId = isSecret ? await findCalendarOwner(database.queries, hashSecret(secret)) : null;
  // What was asked for is not repeated: it may have been a secret until just now.
  if (userId === null) throw new NotFound('calendar', 'under this link');
  return userId;
}

/** At random; a request that is repeated makes the same one again, see `newKey` of API keys. */
function newSecret({ tokens }: Parts, userId: UserId, idempotencyKey: string | undefined): string {
  const secret =
    idempotencyKey === undefined
      ? randomBytes(SECRET_BYTES)
      : createHash('sha256').update(tokens.seal('calendar-link', { userId, idempotencyKey })).digest();
  return secret.toString('base64url');
}

function hashSecret(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest();
}

function viewLink({ createdAt }: CalendarLink): CalendarLinkView {
  return { createdAt: createdAt.toISOString() };
}
