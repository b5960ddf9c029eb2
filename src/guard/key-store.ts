import * as z from 'zod';
import { KeyId, KeyName, Scope, TenantName } from '../contracts/index.ts';

/** A key as it is kept: everything but its text. */
export const KeyRecord = z
  .strictObject({
    id: KeyId,
    name: KeyName,
    tenant: TenantName,
    scopes: z.array(Scope).readonly(),
    /** Lower-case hex SHA-256 of the key's text. */
    hash: z.string().regex(/^[0-9a-f]{64}$/),
    created_at: z.iso.datetime(),
    /** Id of the key that issued it, or `local`. */
    created_by: z.string().min(1).max(200),
    revoked_at: z.iso.datetime().nullable(),
  })
  .readonly();
export type KeyRecord = z.infer<typeof KeyRecord>;

/** The most keys that a store takes, revoked ones too. */
export const maxKeys = 10_000;

/**
 * Where keys are kept. A change by another process is seen within a second. All verbs throw `guard.keys_exposed` or
 * `guard.keys_unreadable` while the store can't be trusted.
 */
export interface KeyStore {
  /** Looks one up by id, without going through the others. */
  find(id: string): Promise<KeyRecord | undefined>;
  /** Keys of a tenant, or all, oldest first. */
  list(tenant?: string): Promise<readonly KeyRecord[]>;
  /** Durable when it resolves. Throws `guard.keys_full`. */
  add(record: KeyRecord): Promise<void>;
  /** Durable when it resolves; a key that is revoked already keeps its time. Undefined when the tenant has no such key. */
  revoke(key: {
    readonly id: string;
    readonly tenant: string;
    readonly at: string;
  }): Promise<KeyRecord | undefined>;
  close(): Promise<void>;
}
