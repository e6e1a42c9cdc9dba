import { createHmac, timingSafeEqual } from 'node:crypto';

/** Better Auth's cookie; behind TLS its name says so. */
const NAME = /(?:^|;\s*)(?:__Secure-)?synap\.session_token=([^;\s]+)/;

/**
 * The token of the session that a request carries, or `null`: `TOKEN.SIGNATURE`, an HMAC-SHA-256 under the secret of the
 * accounts, as Better Auth signs its cookies. It is read here because Better Auth takes more than a millisecond for what
 * every request needs.
 */
export function readSessionToken(headers: Headers, { secret }: { secret: string }): string | null {
  const value = NAME.exec(headers.get('cookie') ?? '')?.[1];
  if (value === undefined) return null;
  const signed = decode(value);
  const end = signed.lastIndexOf('.');
  const token = signed.slice(0, Math.max(0, end));
  const given = Buffer.from(signed.slice(end + 1), 'base64');
  const expected = createHmac('sha256', secret).update(token).digest();
  const isSigned = given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
  return isSigned && token !== '' ? token : null;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // It was not we who wrote it.
    return '';
  }
}
