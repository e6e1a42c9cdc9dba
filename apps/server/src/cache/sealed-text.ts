/**
 * What lies outside of this server's own stores is sealed: AES-256-GCM (NIST SP 800-38D) under a key made of a secret of
 * the server (HKDF, RFC 5869). Who can read there learns nothing of what people wrote, and who can write there signs in
 * as nobody.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface TextSealer {
  /** @param label what it is; under another it cannot be opened. */
  seal(label: string, text: string): string;
  /** @returns `null` if it was not sealed here under this label, or was changed. */
  open(label: string, sealed: string): string | null;
}

/** @param purpose what is sealed; what is sealed for one is nothing for another. */
export function createTextSealer({ secret, purpose }: { secret: string; purpose: string }): TextSealer {
  const key = Buffer.from(hkdfSync('sha256', secret, '', `synap ${purpose} 1`, KEY_BYTES));
  return {
    seal: (label, text) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(label));
      const body = [cipher.update(text, 'utf8'), cipher.final()];
      return Buffer.concat([nonce, ...body, cipher.getAuthTag()]).toString('base64');
    },
    open: (label, sealed) => {
      const bytes = Buffer.from(sealed, 'base64');
      if (bytes.byteLength < NONCE_BYTES + TAG_BYTES) return null;
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(label))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const body = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([body, decipher.final()]).toString('utf8');
      } catch {
        // It is not ours, which is all that there is to know.
        return null;
      }
    },
  };
}
