import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { parseAddress } from './address.ts';
import { outboundErrors } from './errors.ts';
import { refusalOf } from './judge.ts';
import type { AddressRange } from './range.ts';

/** All addresses of a name, as text. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface CheckedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** The most addresses of one name that are taken. */
const maxAddresses = 32;

/** The system's own resolver: its hosts file and name servers. */
export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * The addresses of a name or literal, all of them checked: one that may not be called refuses the name, because a name that
 * leads inside and outside at once is how an inner address is smuggled. Throws `guard.outbound_refused`,
 * `guard.outbound_unresolved`.
 */
export async function checkedAddresses(
  host: string,
  { resolve, allow }: { readonly resolve: Resolve; readonly allow: readonly AddressRange[] },
): Promise<readonly CheckedAddress[]> {
  const found = isIP(host) === 0 ? await resolved(host, resolve) : [host];
  return found.slice(0, maxAddresses).map((text) => {
    const address = parseAddress(text);
    if (address === undefined) throw unresolved(host);
    const reason = refusalOf(address, allow);
    if (reason === undefined) return { address: text, family: address.family };
    const name = text === host ? host : `${host} (${text})`;
    throw outboundErrors.make(
      'outbound_refused',
      `${name} is not called: the address is ${reason}; put it into outbound.allow if it is meant`,
    );
  });
}

async function resolved(host: string, resolve: Resolve): Promise<readonly string[]> {
  let found: readonly string[];
  try {
    found = await resolve(host);
  } catch (cause) {
    throw unresolved(host, cause);
  }
  if (found.length === 0) throw unresolved(host);
  return found;
}

const unresolved = (host: string, cause?: unknown) =>
  outboundErrors.make('outbound_unresolved', `${host} could not be resolved to an address`, { cause });

/** A `lookup` for sockets that hands on what was checked and nothing else, so that check and connection can't differ. */
export function checkedLookup(check: (host: string) => Promise<readonly CheckedAddress[]>): LookupFunction {
  return (host, options, done) => {
    check(host).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined) done(unresolved(host), '');
        else if (options.all === true) done(null, [...addresses]);
        else done(null, first.address, first.family);
      },
      (cause: Error) => done(cause, ''),
    );
  };
}
