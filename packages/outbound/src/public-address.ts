import ipaddr from 'ipaddr.js';

/** Addresses of public ranges at which clouds answer their own machines. */
const METADATA_ADDRESSES: ReadonlySet<string> = new Set(['168.63.129.16']);
/** All that is routed as IPv6 begins with these three bits; what embeds an IPv4 address lies elsewhere, or has a range. */
const GLOBAL_UNICAST = 0b001;

/**
 * Whether an IP address is a public host's. None is that is private, loopback, link-local, shared by a carrier,
 * multicast, unspecified, reserved, or a way to such a one: IPv4 within IPv6 (mapped, NAT64, 6to4, Teredo).
 *
 * @param address as digits; any text that is no address is not public.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address) || METADATA_ADDRESSES.has(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || (parsed.toByteArray()[0] ?? 0) >> 5 === GLOBAL_UNICAST;
}
