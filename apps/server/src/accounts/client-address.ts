import type { IncomingMessage } from 'node:http';

/**
 * Where a request came from: the other end of its connection; where proxies stand in front, what the outermost of them
 * saw. Each proxy adds what it saw at the end of `X-Forwarded-For`; what stands before that, anybody can have written.
 */
export function clientAddress(
  { socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>,
  { proxies }: { proxies: number },
): string | undefined {
  if (proxies === 0) return socket.remoteAddress;
  const seen = String(headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((address) => address.trim());
  const address = seen.at(-proxies);
  return address === undefined || address === '' ? socket.remoteAddress : address;
}
