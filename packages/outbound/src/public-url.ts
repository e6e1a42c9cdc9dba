import { ValidationFailed } from '@synap/domain';
import ipaddr from 'ipaddr.js';
import { isPublicAddress } from './public-address.ts';

const URL_MAX_LENGTH = 2000;

/**
 * The URL, if it may be fetched as far as can be told without asking anybody: a name may still lead anywhere.
 *
 * @param isPermitted says so of an address that the URL has in place of a name.
 * @throws {ValidationFailed} naming `url`.
 */
export function readPublicUrl(
  text: string,
  { isPermitted = isPublicAddress }: { isPermitted?: (address: string) => boolean } = {},
): URL {
  const url = text.length <= URL_MAX_LENGTH && URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw refused(`a URL of at most ${URL_MAX_LENGTH} characters that begins with https:// or http://`);
  }
  if (url.username !== '' || url.password !== '') throw refused('a URL without a name and a password in it');
  const address = addressOf(url);
  if (address !== null && !isPermitted(address)) throw refused('a public address');
  return url;
}

/** The address that stands in place of a name; the URL's own rules have made one form of the many by now. */
function addressOf({ hostname }: URL): string | null {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  return ipaddr.isValid(bare) ? bare : null;
}

function refused(message: string): ValidationFailed {
  return new ValidationFailed([{ field: 'url', message }]);
}
