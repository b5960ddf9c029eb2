import * as z from 'zod';
import { type Actor, KeyId, KeyName, Role, Scope, TenantName } from '../contracts/index.ts';

/** A key as it is kept: everything but its text. */
export const KeyRecord = z
  .strictObject({
    id: KeyId,
    name: KeyName,
    tenant: TenantName,
    /** What it may do: its role's scopes where it has one. */
    scopes: z.array(Scope).readonly(),
    /** The role that it was issued by; null when it was issued by scopes. */
    role: Role.nullable().prefault(null),
    /** Lower-case hex SHA-256 of the key's text. */
    hash: z.string().regex(/^[0-9a-f]{64}$/),
    created_at: z.iso.datetime(),
    /** Id of the key that issued it, or `local`. */
    created_by: z.string().min(1).max(200),
    /** From then on it is not taken any more. */
    expires_at: z.iso.datetime().nullable().prefault(null),
    revoked_at: z.iso.datetime().nullable(),
  })
  .readonly();
export type KeyRecord = z.infer<typeof KeyRecord>;

/** The most keys that a store takes, revoked ones too. */
export const maxKeys = 10_000;

/** Where keys are kept. A look-up never waits for a change or a statement. */
export interface KeyStore {
  /** Looks one up by id, without going through the others. */
  find(id: string): Promise<KeyRecord | undefined>;
  /** Keys of a tenant, or all, oldest first. */
  list(tenant?: string): Promise<readonly KeyRecord[]>;
  /** Durable, and found, when it resolves. Throws `guard.keys_full`, `guard.key_known`. */
  add(record: KeyRecord, by: Actor): Promise<void>;
  /**
   * Durable, and found revoked, when it resolves; a key that is revoked already keeps its time. Undefined when the tenant
   * has no such key.
   */
  revoke(key: {
    readonly id: string;
    readonly tenant: string;
    readonly at: string;
    readonly by: Actor;
  }): Promise<KeyRecord | undefined>;
  close(): Promise<void>;
}
