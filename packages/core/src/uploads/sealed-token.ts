/**
 * Values that this server gives away and takes back: each carries all that it says, and an HMAC-SHA-256 (RFC 2104) of
 * it, so that nothing need be kept and nothing can be changed. They are signed, not secret.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Forbidden } from '@synap/domain';

/** Seals values under a secret of the server. */
export interface TokenSealer {
  /** @param purpose what it is for: a token is good for nothing else. */
  seal(purpose: string, value: unknown): string;
  /** @throws {Forbidden} if it is not from this server, was changed, or is for something else. */
  open(purpose: string, token: string): unknown;
}

const SECRET_BYTES_MIN = 16;

/** @param options.secret of 16 bytes at least; who has it can seal any value. */
export function createTokenSealer({ secret }: { secret: string }): TokenSealer {
  if (Buffer.byteLength(secret) < SECRET_BYTES_MIN) {
    throw new TypeError(`The secret of tokens needs ${SECRET_BYTES_MIN} bytes at least.`);
  }
  const sign = (purpose: string, payload: string): Buffer =>
    createHmac('sha256', secret)
      .update(JSON.stringify(['synap token 1', purpose, payload]))
      .digest();
  return {
    seal: (purpose, value) => {
      const payload = Buffer.from(JSON.stringify(value)).toString('base64url');
      return `${payload}.${sign(purpose, payload).toString('base64url')}`;
    },
    open: (purpose, token) => {
      const [payload = '', signature = '', ...rest] = token.split('.');
      const given = Buffer.from(signature, 'base64url');
      const expected = sign(purpose, payload);
      const isSigned = given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
      if (!isSigned || rest.length > 0)
        throw new Forbidden('This is no id that this server gave out, or it was changed.');
      return JSON.parse(Buffer.from(payload, 'base64url').toString());
    },
  };
}
