import { BlockList, isIP } from 'node:net';
import type { ValueTest } from './ast.ts';

type CidrTest = ValueTest & { kind: 'cidr' };

/** Reads `10.0.0.0/8`, `2001:db8::/32`, or an address alone. Bits of the host may be set. */
export function parseCidr(text: string): CidrTest | undefined {
  const [network = '', bits, ...more] = text.split('/');
  const version = isIP(network);
  if (version === 0 || more.length > 0 || network.includes('%')) return undefined;
  const most = version === 4 ? 32 : 128;
  if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most)) return undefined;
  return {
    kind: 'cidr',
    network,
    bits: bits === undefined ? most : Number(bits),
    family: version === 4 ? 'ipv4' : 'ipv6',
  };
}

/** Says whether a text is an address of the network; an IPv4 address may be written as IPv6 (`::ffff:10.0.0.1`). */
export function compileCidr(test: CidrTest): (text: string) => boolean {
  const list = new BlockList();
  list.addSubnet(test.network, test.bits, test.family);
  return (text) => {
    const version = isIP(text);
    if (version === 0) return false;
    const zone = text.indexOf('%');
    return list.check(zone === -1 ? text : text.slice(0, zone), version === 4 ? 'ipv4' : 'ipv6');
  };
}
