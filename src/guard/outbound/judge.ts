import { type Address, embeddedIpv4 } from './address.ts';
import { type AddressRange, covers } from './range.ts';
import { globalUnicastIpv6, specialRanges } from './special-ranges.ts';

/**
 * Why an address is not called, as words for a message; undefined when it may be. An IPv6 address that leads to an IPv4
 * one is judged as that one too, so that no spelling of an address passes where another doesn't.
 */
export function refusalOf(address: Address, allow: readonly AddressRange[]): string | undefined {
  if (allow.some((range) => covers(range, address))) return undefined;
  const inner = embeddedIpv4(address);
  if (inner !== undefined) return refusalOf(inner, allow);
  const special = specialRanges.find(({ range }) => covers(range, address));
  if (special !== undefined) return special.meaning;
  return address.family === 6 && !covers(globalUnicastIpv6, address) ? 'not given out' : undefined;
}
