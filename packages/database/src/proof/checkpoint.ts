import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { ValidationFailed } from '@synap/domain';
import * as z from 'zod';
import { canonicalJson } from '../event-log/digest.ts';

/*
 * A signed statement of where one user's streams stood at a moment: the head of every digest chain. A chain that somebody
 * rewrites as a whole fits itself, but not a checkpoint that was taken before; and who keeps a copy of a checkpoint
 * elsewhere need not even trust whoever has the signing key.
 *
 * The file is JSON. The signature is Ed25519 (RFC 8032) over the canonical JSON (RFC 8785) of all of it but itself.
 * Each checkpoint carries the hash of the one before, so that none can be taken out of the row unseen.
 */

const FORMAT = 'synap-checkpoint';
const hexDigestSchema = z.string().regex(/^[0-9a-f]{64}$/);

const statementSchema = z.strictObject({
  format: z.literal(FORMAT),
  formatVersion: z.literal(1),
  userId: z.uuid(),
  createdAt: z.iso.datetime(),
  /** Every event of this user up to this position is in a stream that is named here. */
  position: z.string().regex(/^\d+$/),
  /** SHA-256 of the file of the checkpoint before; `null` for the first. */
  previous: hexDigestSchema.nullable(),
  /** Stream, version and digest of each head, by stream. */
  heads: z.array(z.tuple([z.uuid(), z.int().positive(), hexDigestSchema])),
  /** DER of the SubjectPublicKeyInfo, in base64. */
  publicKey: z.base64(),
});
const checkpointSchema = statementSchema.extend({ signature: z.base64() });

export type CheckpointStatement = Omit<z.infer<typeof statementSchema>, 'publicKey'>;
export type Checkpoint = z.infer<typeof checkpointSchema>;

/** What checkpoints are signed with. */
export interface Signer {
  /** DER of the SubjectPublicKeyInfo, in base64: give it to those who are to verify. */
  readonly publicKey: string;
  sign(statement: CheckpointStatement): Checkpoint;
}

/**
 * A signer with an Ed25519 key.
 * @param privateKey PEM (PKCS #8), or its DER in base64.
 * @throws {ValidationFailed} if it is no Ed25519 key.
 */
export function createSigner(privateKey: string): Signer {
  const key = readPrivateKey(privateKey);
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
  return {
    publicKey,
    sign: (statement) => {
      const signed = { ...statement, publicKey };
      return { ...signed, signature: sign(null, Buffer.from(canonicalJson(signed)), key).toString('base64') };
    },
  };
}

/**
 * Reads a checkpoint from the bytes of its file.
 * @throws {ValidationFailed} if it is none.
 */
export function parseCheckpoint(bytes: Uint8Array): Checkpoint {
  const parsed = checkpointSchema.safeParse(parseJson(bytes));
  if (parsed.success) return parsed.data;
  const reason = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new ValidationFailed([{ field: 'checkpoint', message: `a checkpoint of Synap, version 1; ${reason}` }]);
}

/** Whether a checkpoint was signed with the key that it names and nothing of it was changed since. */
export function hasValidSignature({ signature, ...signed }: Checkpoint): boolean {
  const key = createPublicKey({ key: Buffer.from(signed.publicKey, 'base64'), format: 'der', type: 'spki' });
  return verify(null, Buffer.from(canonicalJson(signed)), key, Buffer.from(signature, 'base64'));
}

/** The bytes of a checkpoint's file. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  return new TextEncoder().encode(`${canonicalJson(checkpoint)}\n`);
}

/** What the next checkpoint names this one by. */
export function checkpointHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function readPrivateKey(text: string): KeyObject {
  try {
    const key = text.includes('-----BEGIN')
      ? createPrivateKey(text)
      : createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' });
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // What is wrong with it is said below, without a part of the secret.
  }
  throw new ValidationFailed([
    { field: 'SYNAP_SIGNING_KEY', message: 'an Ed25519 private key as PEM (PKCS #8) or its DER in base64' },
  ]);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}
