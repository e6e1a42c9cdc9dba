/**
 * Keeps what must be read again and must not lie in the database in the clear: AES-256-GCM (NIST SP 800-38D) under a key
 * that is derived (HKDF, RFC 5869) from a secret of the installation. Who has the database alone reads nothing of it.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Unavailable } from '@synap/domain';

/** Encrypts short texts under a secret of the server. */
export interface SecretBox {
  /** @param purpose what it is for, and whose: it opens for nothing else. */
  seal(purpose: string, text: string): string;
  /** @throws {Unavailable} if it was sealed under another secret, for something else, or was changed. */
  open(purpose: string, sealed: string): string;
}

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SECRET_BYTES_MIN = 16;

/** @param options.secret of 16 bytes at least. */
export function createSecretBox({ secret }: { secret: string }): SecretBox {
  if (Buffer.byteLength(secret) < SECRET_BYTES_MIN) {
    throw new TypeError(`The secret that others are encrypted with needs ${SECRET_BYTES_MIN} bytes at least.`);
  }
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'synap secret box 1', KEY_BYTES));
  return {
    seal: (purpose, text) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(purpose));
      const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), encrypted]).toString('base64url');
    },
    open: (purpose, sealed) => {
      const bytes = Buffer.from(sealed, 'base64url');
      const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
      try {
        const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(purpose)).setAuthTag(tag);
        const text = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString();
      } catch (error) {
        const message = 'A secret cannot be decrypted: the secret of this server is not the one of then.';
        throw new Unavailable('secrets', message, { cause: error });
      }
    },
  };
}
