import { type AddressRange, parseRange } from './range.ts';

/**
 * Addresses that are no place on the public Internet. Sources: the IANA IPv4 and IPv6 Special-Purpose Address Registries
 * (RFC 6890 and its updates), the IANA multicast address registries, RFC 3879 (site-local); and the addresses at which
 * clouds hand metadata and credentials to whoever asks from inside, as their operators document them.
 */
const table = [
  ['168.63.129.16/32', "a cloud's metadata (Azure)"],
  ['169.254.169.254/32', "a cloud's metadata"],
  ['100.100.100.200/32', "a cloud's metadata (Alibaba)"],
  ['192.0.0.192/32', "a cloud's metadata (Oracle)"],
  ['fd00:ec2::254/128', "a cloud's metadata (AWS)"],
  ['fd20:ce::254/128', "a cloud's metadata (Google)"],
  ['0.0.0.0/8', 'this network, or unspecified'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', "shared by a carrier's NAT"],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'reserved for protocols'],
  ['192.0.2.0/24', 'for documentation'],
  ['192.88.99.0/24', 'the former 6to4 relays'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'for benchmarks'],
  ['198.51.100.0/24', 'for documentation'],
  ['203.0.113.0/24', 'for documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved, or broadcast'],
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['64:ff9b:1::/48', 'translation within one network (RFC 8215)'],
  ['100::/64', 'discarded'],
  ['100:0:0:1::/64', 'a dummy prefix'],
  ['2001::/23', 'reserved for protocols (Teredo, ORCHID, benchmarks)'],
  ['2001:db8::/32', 'for documentation'],
  ['3fff::/20', 'for documentation'],
  ['5f00::/16', 'segment routing'],
  ['fc00::/7', 'private (unique local)'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'],
  ['ff00::/8', 'multicast'],
] as const;

function known(text: string): AddressRange {
  const range = parseRange(text);
  if (range === undefined) throw new Error(`${text} is no range`);
  return range;
}

export const specialRanges = table.map(([range, meaning]) => ({ range: known(range), meaning }));

/** All that IANA has given out as global unicast so far; the rest of IPv6 leads nowhere. */
export const globalUnicastIpv6 = known('2000::/3');
