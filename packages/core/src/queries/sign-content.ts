import type { EntityId, UserId } from '@synap/domain';
import { presentationOf } from '../content/presentation.ts';
import type { Parts } from '../parts.ts';
import { openContent, type Revision } from './read-content.ts';

const VALID_SECONDS = 60 * 60;

/** A link by which anybody reads one revision of one content, without being signed in. */
export interface SignedLink {
  url: string;
  expiresAt: string;
}

/**
 * Signs a link to content, for an hour.
 * @throws {NotFound | ValidationFailed} as `openContent`.
 */
export async function signContent(
  parts: Parts,
  userId: UserId,
  input: { id: EntityId } & Revision,
): Promise<SignedLink> {
  const { file, title } = await openContent(parts, userId, input);
  const { contentType, contentDisposition } = presentationOf(file, { title });
  const now = parts.clock.now();
  const link = { expiresInSeconds: VALID_SECONDS, contentType, contentDisposition, now };
  const url = await parts.links.signRead(file.filePath, link);
  return { url, expiresAt: new Date(now.getTime() + VALID_SECONDS * 1000).toISOString() };
}
