import type { Principal, Scope } from '../contracts/index.ts';
import type { RandomBytes } from '../observe/index.ts';
import { newKey } from './api-key.ts';
import { guardErrors } from './errors.ts';
import type { KeyRecord, KeyStore } from './key-store.ts';
import { isLocal } from './principal.ts';

export interface KeyOrder {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Another tenant than the caller's: only for commands on this machine. */
  readonly tenant?: string;
}

/** Issues and revokes keys on someone's behalf. */
export interface Keys {
  /**
   * The text is given this once. Throws `guard.tenant_foreign` for another tenant than the caller's and
   * `guard.scope_missing` for a scope that the caller doesn't have: nobody hands on more than they hold.
   */
  issue(by: Principal, order: KeyOrder): Promise<{ readonly record: KeyRecord; readonly text: string }>;
  /** Keys of the caller's tenant, oldest first. */
  list(by: Principal): Promise<readonly KeyRecord[]>;
  /** Throws `guard.key_unknown` when the caller's tenant has no such key. */
  revoke(by: Principal, id: string): Promise<KeyRecord>;
}

export interface KeysOptions {
  readonly store: KeyStore;
  /** Must be cryptographic in the program. */
  readonly random: RandomBytes;
  /** Wall clock. */
  readonly clock: () => Date;
}

/** Makes the desk that issues and revokes keys in this store. */
export function createKeys({ store, random, clock }: KeysOptions): Keys {
  return {
    async issue(by, { name, scopes, tenant = by.tenant }) {
      checkOrder(by, scopes, tenant);
      const { id, text, hash } = newKey(random);
      const record: KeyRecord = {
        id,
        name,
        tenant,
        scopes: [...new Set(scopes)],
        hash,
        created_at: clock().toISOString(),
        created_by: by.id,
        revoked_at: null,
      };
      await store.add(record);
      return { record, text };
    },
    list: (by) => store.list(by.tenant),
    async revoke(by, id) {
      const record = await store.revoke({ id, tenant: by.tenant, at: clock().toISOString() });
      if (record === undefined) throw guardErrors.make('key_unknown', `There is no key '${id}'`);
      return record;
    },
  };
}

function checkOrder(by: Principal, scopes: readonly Scope[], tenant: string): void {
  if (tenant !== by.tenant && !isLocal(by))
    throw guardErrors.make('tenant_foreign', `A key of '${by.tenant}' can't issue keys for another tenant`);
  const beyond = scopes.filter((scope) => !by.scopes.includes(scope));
  if (beyond.length > 0)
    throw guardErrors.make('scope_missing', `You can't hand on what you don't have: ${beyond.join(', ')}`);
}
