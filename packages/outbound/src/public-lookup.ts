import type { LookupFunction } from 'node:net';
import { Unprocessable } from '@synap/domain';

/** All addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly { address: string; family: number }[]>;

/**
 * Resolves a name for a connection, and fails it if any of its addresses is not permitted. The connection goes to the
 * addresses that were checked, and no name is resolved a second time: a name that changes its mind gains nothing.
 */
export function permittedLookup(
  resolve: Resolve,
  isPermitted: (address: string, hostname: string) => boolean,
): LookupFunction {
  const permitted = async (hostname: string) => {
    const addresses = await resolve(hostname);
    if (addresses.every(({ address }) => isPermitted(address, hostname))) return addresses;
    throw new Unprocessable(`${hostname} does not lead to a public address, so nothing is asked of it.`);
  };
  return (hostname, { all }, callback) => {
    permitted(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined) callback(new Error(`${hostname} has no address`), '');
        else if (all === true) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), ''),
    );
  };
}
