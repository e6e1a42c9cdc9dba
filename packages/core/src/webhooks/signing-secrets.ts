import { createHash, randomBytes } from 'node:crypto';
import type { schema } from '@synap/database';
import type { WebhookId } from '@synap/domain';
import type { SecretBox } from './secret-box.ts';

type SealedSecret = (typeof schema.webhooks.$inferSelect)['secrets'][number];

/** As the specification of Standard Webhooks has it: 24 to 64 bytes, in base64 behind these letters. */
const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES = 32;
/** For so long receivers may still check with the secret from before. */
const OVERLAP_MS = 24 * 60 * 60 * 1000;
/** Messages are signed with each of them: more rotations in a day are a mistake. */
const SECRETS_MAX = 5;

/** A new secret for a webhook, to be shown once, and as it is kept. */
export function newSecret(
  box: SecretBox,
  webhookId: WebhookId,
  requestedBy: string | null,
): { secret: string; kept: SealedSecret } {
  const secret = SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64');
  return { secret, kept: { sealed: box.seal(purposeOf(webhookId), secret), expiresAt: null, requestedBy } };
}

/** The secrets once a new one has come: the one from before stays good for a day. */
export function rotated(kept: readonly SealedSecret[], next: SealedSecret, { now }: { now: Date }): SealedSecret[] {
  const expiresAt = new Date(now.getTime() + OVERLAP_MS).toISOString();
  const earlier = inForce(kept, { now }).map((secret) => ({ ...secret, expiresAt: secret.expiresAt ?? expiresAt }));
  return [next, ...earlier].slice(0, SECRETS_MAX);
}

/**
 * What messages are signed with now, the present one first.
 * @throws {Unavailable} if one cannot be decrypted.
 */
export function openSecrets(
  box: SecretBox,
  { id, secrets }: { id: WebhookId; secrets: readonly SealedSecret[] },
  { now }: { now: Date },
): string[] {
  return inForce(secrets, { now }).map(({ sealed }) => box.open(purposeOf(id), sealed));
}

/** By which a repeated request is known again; the key itself is kept nowhere. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function inForce(secrets: readonly SealedSecret[], { now }: { now: Date }): SealedSecret[] {
  return secrets.filter(({ expiresAt }) => expiresAt === null || new Date(expiresAt) > now);
}

function purposeOf(id: WebhookId): string {
  return `webhook ${id}`;
}
