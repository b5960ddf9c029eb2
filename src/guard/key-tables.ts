import * as z from 'zod';
import { type Change, KeyId, scopesOfRole } from '../contracts/index.ts';
import type { Projection, RecordedChange } from '../journal/index.ts';
import type { StateMigration, StateRow, StateSession } from '../state/index.ts';
import { KeyRecord } from './key-store.ts';

export const keyKinds = { issued: 'keys.issued', revoked: 'keys.revoked' } as const;

const guardMigrations: readonly StateMigration[] = [
  {
    room: 'guard',
    version: 1,
    sql: `
      CREATE TABLE guard_tenants (
        tenant text PRIMARY KEY,
        created_at timestamptz NOT NULL
      );
      CREATE TABLE guard_keys (
        id text PRIMARY KEY,
        tenant text NOT NULL,
        name text NOT NULL,
        scopes text[] NOT NULL,
        role text,
        hash text NOT NULL,
        created_at timestamptz NOT NULL,
        created_by text NOT NULL,
        expires_at timestamptz,
        revoked_at timestamptz,
        issued_entry bigint NOT NULL,
        changed_entry bigint NOT NULL
      );
      CREATE INDEX guard_keys_changed ON guard_keys (changed_entry);
    `,
  },
];

/** The tables of tenants and keys. A tenant is there from its first key on. */
export const guardProjection: Projection = {
  name: 'guard',
  migrations: guardMigrations,
  tables: ['guard_keys', 'guard_tenants'],
  kinds: Object.values(keyKinds),
  audited: ['id', 'name', 'scopes', 'role', 'expires_at'],
  async applyChange(session, change) {
    if (change.kind === keyKinds.issued) await applyIssued(session, change);
    else await applyRevoked(session, change);
  },
};

async function applyIssued(session: StateSession, { data, at, offset, tenant }: RecordedChange) {
  const { id, name, scopes, role, hash, created_at, created_by, expires_at, revoked_at } =
    KeyRecord.parse(data);
  await session.query(
    'INSERT INTO guard_tenants (tenant, created_at) VALUES ($1, $2) ON CONFLICT (tenant) DO NOTHING',
    [tenant, at],
  );
  await session.query(
    `INSERT INTO guard_keys (id, tenant, name, scopes, role, hash, created_at, created_by, expires_at, revoked_at,
       issued_entry, changed_entry) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)`,
    [id, tenant, name, scopes, role, hash, created_at, created_by, expires_at, revoked_at, offset],
  );
}

const Revoked = z.strictObject({ id: KeyId, name: z.string(), revoked_at: z.iso.datetime() });

async function applyRevoked(session: StateSession, { data, offset, tenant }: RecordedChange) {
  const { id, revoked_at } = Revoked.parse(data);
  await session.query(
    `UPDATE guard_keys SET revoked_at = $3, changed_entry = $4
     WHERE id = $1 AND tenant = $2 AND revoked_at IS NULL`,
    [id, tenant, revoked_at, offset],
  );
}

/** What stands in the journal of a key that is issued. */
export function issuedData(record: KeyRecord): Change['data'] {
  return { ...record, scopes: [...record.scopes] };
}

export function revokedData({ id, name }: KeyRecord, revoked_at: string): Change['data'] {
  return { id, name, revoked_at } satisfies z.infer<typeof Revoked>;
}

export const keyColumns =
  'id, tenant, name, scopes, role, hash, created_at, created_by, expires_at, revoked_at';

/** A row as a key. What a role may do is what it may do today. */
export function keyOfRow(row: StateRow): KeyRecord {
  const key = KeyRecord.parse(row);
  return key.role === null ? key : { ...key, scopes: scopesOfRole[key.role] };
}
