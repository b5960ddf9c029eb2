import type { Principal, TyrianError } from '../contracts/index.ts';
import { hashKey, keyIdOf, sameHash } from './api-key.ts';
import { guardErrors } from './errors.ts';
import type { FailureLimit } from './failure-limit.ts';
import type { KeyStore } from './key-store.ts';
import { isValid } from './valid.ts';

export type Authentication =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly error: TyrianError };

export interface Presented {
  /** The Authorization header as it came. */
  readonly authorization: string | undefined;
  /** Address of the peer: wrong keys are counted by it. */
  readonly peer: string;
}

/** Says who is calling. Rejects only when the key store can't be trusted (503). */
export type Authenticate = (presented: Presented) => Promise<Authentication>;

/** A header longer than any key is not looked at. */
const maxHeaderLength = 200;
const bearer = /^bearer +(\S+) *$/i;
/** Compared with when there is no such key, so that the answer takes as long. */
const noHash = '0'.repeat(64);

/**
 * Bearer keys (RFC 6750) against the store. A peer that presents too many wrong keys is told to wait, but a right key
 * is always taken: strangers behind the same address can't lock anyone out, and 256 random bits need no lock.
 */
export function createAuthenticate(
  store: KeyStore,
  failures: FailureLimit,
  clock: () => Date = () => new Date(),
): Authenticate {
  return async ({ authorization, peer }) => {
    if (authorization === undefined || authorization === '')
      return refusal('credential_missing', 'Send your API key as: Authorization: Bearer ty_…');
    const key = authorization.length > maxHeaderLength ? undefined : bearer.exec(authorization)?.[1];
    const principal = key === undefined ? undefined : await principalOf(store, key, clock());
    if (principal !== undefined) return { ok: true, principal };
    const wait = failures.fail(peer);
    return wait === 0
      ? refusal('credential_invalid', 'This API key is unknown, misspelt, has expired or was revoked')
      : refusal('too_many_failures', 'Too many wrong API keys from your address', {
          retry_after_seconds: Math.ceil(wait / 1_000),
        });
  };
}

async function principalOf(store: KeyStore, key: string, now: Date): Promise<Principal | undefined> {
  const id = keyIdOf(key);
  const record = id === undefined ? undefined : await store.find(id);
  const matches = sameHash(hashKey(key), record?.hash ?? noHash);
  if (!matches || record === undefined || !isValid(record, now)) return undefined;
  return Object.freeze({
    id: record.id,
    name: record.name,
    tenant: record.tenant,
    scopes: [...record.scopes],
  });
}

function refusal(
  what: 'credential_missing' | 'credential_invalid' | 'too_many_failures',
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): Authentication {
  return { ok: false, error: guardErrors.make(what, message, { details }) };
}
