import { isIP } from 'node:net';

/** Whether others than this machine reach a server that listens there, or is said to be reached under that origin. */
export function isReachedByOthers({ host, publicOrigin }: { host: string; publicOrigin: string | null }): boolean {
  return !isLoopback(host) || (publicOrigin !== null && !isLoopback(new URL(publicOrigin).hostname));
}

/** Where a person reaches it from here: an address that stands for all of them is none to go to. */
export function reachableOrigin(origin: string): string {
  const url = new URL(origin);
  if (['0.0.0.0', '[::]'].includes(url.hostname)) url.hostname = 'localhost';
  return url.origin;
}

function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '');
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}
