import { ValidationFailed } from '@synap/domain';
import { isPublicAddress, readPublicUrl } from '@synap/outbound';

/**
 * The address of a webhook, if it may be one: https, and no address of a private network, but for hosts that whoever runs
 * this installation has named. Where a name leads is checked whenever something is sent there.
 *
 * @throws {ValidationFailed} naming `url`.
 */
export function readTargetUrl(text: string, { privateHosts }: { privateHosts: ReadonlySet<string> }): string {
  const { protocol, hostname, href, hash } = readPublicUrl(text, {
    isPermitted: (address) => isPermittedTarget(address, address, privateHosts),
  });
  if (protocol !== 'https:' && !privateHosts.has(hostname)) {
    throw new ValidationFailed([{ field: 'url', message: 'a URL that begins with https://' }]);
  }
  if (hash !== '') throw new ValidationFailed([{ field: 'url', message: 'a URL without a fragment (#…)' }]);
  return href;
}

/** Whether messages may go to this address, to which this name has led. */
export function isPermittedTarget(address: string, hostname: string, privateHosts: ReadonlySet<string>): boolean {
  return isPublicAddress(address) || privateHosts.has(hostname) || privateHosts.has(`[${address}]`);
}
