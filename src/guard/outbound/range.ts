import { type Address, parseAddress } from './address.ts';

/** All addresses of a family that share the bits above `shift`. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly base: bigint;
  readonly shift: bigint;
}

const bits = { 4: 32, 6: 128 } as const;

/** `10.1.2.0/24`, `fd00::/8` or one address; undefined when it is neither or bits beyond the prefix are set. */
export function parseRange(text: string): AddressRange | undefined {
  const [, address = '', prefix] = /^([^/]{1,64})(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const parsed = address.includes('%') ? undefined : parseAddress(address);
  if (parsed === undefined) return undefined;
  const width = bits[parsed.family];
  const kept = prefix === undefined ? width : Number(prefix);
  if (kept > width) return undefined;
  const shift = BigInt(width - kept);
  if ((parsed.value >> shift) << shift !== parsed.value) return undefined;
  return { family: parsed.family, base: parsed.value >> shift, shift };
}

export function covers({ family, base, shift }: AddressRange, address: Address): boolean {
  return family === address.family && address.value >> shift === base;
}
