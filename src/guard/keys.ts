import { type Principal, type Role, type Scope, scopesOfRole } from '../contracts/index.ts';
import type { RandomBytes } from '../observe/index.ts';
import { newKey } from './api-key.ts';
import { guardErrors } from './errors.ts';
import type { KeyRecord, KeyStore } from './key-store.ts';
import { type Person, peopleOf } from './people.ts';
import { actorOf, isLocal } from './principal.ts';
import { isValid } from './valid.ts';

export interface KeyOrder {
  readonly name: string;
  /** Either these or a role. */
  readonly scopes?: readonly Scope[] | undefined;
  readonly role?: Role | undefined;
  /** When it ends (ISO 8601, UTC); never unless said. */
  readonly expires_at?: string | undefined;
  /** Another tenant than the caller's: only for commands on this machine. */
  readonly tenant?: string | undefined;
}

/** Issues and revokes keys on someone's behalf. */
export interface Keys {
  /**
   * The text is given this once. Throws `guard.tenant_foreign` for another tenant than the caller's,
   * `guard.scope_missing` for a scope that the caller doesn't have (nobody hands on more than they hold), and
   * `guard.key_order` for an order with neither or both of scopes and role, or one that has ended.
   */
  issue(by: Principal, order: KeyOrder): Promise<{ readonly record: KeyRecord; readonly text: string }>;
  /** Keys of the caller's tenant, oldest first. */
  list(by: Principal): Promise<readonly KeyRecord[]>;
  /** Throws `guard.key_unknown` when the caller's tenant has no such key. */
  revoke(by: Principal, id: string): Promise<KeyRecord>;
  /** Who holds a valid key of the caller's tenant, by name. */
  people(by: Principal): Promise<readonly Person[]>;
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
    async issue(by, order) {
      const { name, role, expires_at, tenant = by.tenant } = order;
      const scopes = scopesOf(order);
      checkTenant(by, tenant);
      checkScopes(by, scopes);
      const now = clock();
      if (expires_at !== undefined && !(Date.parse(expires_at) > now.getTime()))
        throw guardErrors.make('key_order', `A key that ends at ${expires_at} would never be taken`);
      const { id, text, hash } = newKey(random);
      const record: KeyRecord = {
        id,
        name,
        tenant,
        scopes,
        role: role ?? null,
        hash,
        created_at: now.toISOString(),
        created_by: by.id,
        expires_at: expires_at ?? null,
        revoked_at: null,
      };
      await store.add(record, actorOf(by));
      return { record, text };
    },
    list: (by) => store.list(by.tenant),
    async revoke(by, id) {
      const at = clock().toISOString();
      const record = await store.revoke({ id, tenant: by.tenant, at, by: actorOf(by) });
      if (record === undefined) throw guardErrors.make('key_unknown', `There is no key '${id}'`);
      return record;
    },
    async people(by) {
      const now = clock();
      return peopleOf((await store.list(by.tenant)).filter((key) => isValid(key, now)));
    },
  };
}

function scopesOf({ scopes, role }: KeyOrder): readonly Scope[] {
  if ((scopes === undefined) === (role === undefined))
    throw guardErrors.make('key_order', 'A key is issued with scopes or with a role: say one of the two');
  return role === undefined ? [...new Set(scopes)] : scopesOfRole[role];
}

function checkTenant(by: Principal, tenant: string): void {
  if (tenant !== by.tenant && !isLocal(by))
    throw guardErrors.make('tenant_foreign', `A key of '${by.tenant}' can't issue keys for another tenant`);
}

function checkScopes(by: Principal, scopes: readonly Scope[]): void {
  const beyond = scopes.filter((scope) => !by.scopes.includes(scope));
  if (beyond.length > 0)
    throw guardErrors.make('scope_missing', `You can't hand on what you don't have: ${beyond.join(', ')}`);
}
