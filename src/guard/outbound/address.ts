import { isIPv4, isIPv6 } from 'node:net';

/** An IP address as a number of 32 or 128 bits. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** Reads an address; a zone (`%eth0`) is cut off. Undefined when it is none. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 4, value: ipv4Value(text) };
  if (isIPv6(text)) return { family: 6, value: ipv6Value(text.split('%')[0] ?? '') };
  return undefined;
}

const ipv4Value = (text: string) => text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);

/** Takes text that `isIPv6` took: at most one `::`, an IPv4 tail at the end only (RFC 4291 section 2.2). */
function ipv6Value(text: string): bigint {
  const [head = '', tail] = text.split('::');
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const zeros = new Array<bigint>(8 - front.length - back.length).fill(0n);
  return [...front, ...zeros, ...back].reduce((value, group) => (value << 16n) | group, 0n);
}

function groups(text: string): readonly bigint[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)];
    const value = ipv4Value(group);
    return [value >> 16n, value & 0xffffn];
  });
}

const low32 = 0xffff_ffffn;

/**
 * The IPv4 address that an IPv6 one leads to: mapped (RFC 4291 2.5.5.2), compatible (2.5.5.1), through the well-known
 * NAT64 prefix (RFC 6052 2.1) or 6to4 (RFC 3056).
 */
export function embeddedIpv4({ family, value }: Address): Address | undefined {
  if (family === 4) return undefined;
  const high96 = value >> 32n;
  if (high96 === 0xffffn || high96 === 0n || high96 === 0x64_ff9b_0000_0000_0000_0000n)
    return { family: 4, value: value & low32 };
  if (value >> 112n === 0x2002n) return { family: 4, value: (value >> 80n) & low32 };
  return undefined;
}
