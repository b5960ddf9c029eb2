import { outboundErrors } from './errors.ts';
import { type AddressRange, parseRange } from './range.ts';

/** The most entries of `outbound.allow`. */
const maxEntries = 256;

/** Reads `outbound.allow`: addresses and ranges, comma-separated; empty allows nothing. Throws `guard.outbound_allow`. */
export function parseAllow(text: string): readonly AddressRange[] {
  const entries = text.split(',', maxEntries + 1).flatMap((entry) => entry.trim() || []);
  if (entries.length > maxEntries)
    throw outboundErrors.make('outbound_allow', `outbound.allow has more than ${maxEntries} entries`);
  return entries.map((entry) => {
    const range = parseRange(entry);
    if (range !== undefined) return range;
    throw outboundErrors.make(
      'outbound_allow',
      `outbound.allow: '${entry.slice(0, 100)}' is neither an address nor a range whose bits beyond the prefix are zero, like 10.1.2.0/24`,
    );
  });
}
