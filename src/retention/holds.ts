import * as z from 'zod';
import { type Actor, UtcTime } from '../contracts/index.ts';
import type { Journal, Projection } from '../journal/index.ts';
import type { State, StateSession } from '../state/index.ts';
import { retentionErrors } from './errors.ts';

const kinds = { placed: 'holds.placed', released: 'holds.released' } as const;

const Placed = z.object({ name: z.string(), reason: z.string() });
const Released = z.object({ name: z.string() });

/** A legal hold: while a tenant has one, nothing of it expires or is erased. */
export const Hold = z
  .object({
    name: z.string(),
    reason: z.string(),
    placed_at: UtcTime,
    placed_by: z.string(),
  })
  .readonly();
export type Hold = z.infer<typeof Hold>;

/** The table of holds that are in force. */
export const holdsProjection: Projection = {
  name: 'holds',
  migrations: [
    {
      room: 'retention',
      version: 1,
      sql: `
        CREATE TABLE holds (
          tenant text NOT NULL,
          name text NOT NULL,
          reason text NOT NULL,
          placed_at timestamptz NOT NULL,
          placed_by text NOT NULL,
          PRIMARY KEY (tenant, name)
        );
      `,
    },
  ],
  tables: ['holds'],
  kinds: [...Object.values(kinds), 'retention.erased'],
  audited: ['name', 'reason', 'receipt'],
  async applyChange(session, { kind, tenant, by, at, data }) {
    if (kind === kinds.placed) {
      const { name, reason } = Placed.parse(data);
      await session.query(
        'INSERT INTO holds (tenant, name, reason, placed_at, placed_by) VALUES ($1, $2, $3, $4, $5)',
        [tenant, name, reason, at, by.name],
      );
    }
    if (kind === kinds.released)
      await session.query('DELETE FROM holds WHERE tenant = $1 AND name = $2', [
        tenant,
        Released.parse(data).name,
      ]);
  },
};

/** Where holds are placed, released and looked at. */
export interface Holds {
  /** Throws `retention.hold_known`. */
  place(request: {
    readonly tenant: string;
    readonly by: Actor;
    readonly name: string;
    readonly reason: string;
  }): Promise<Hold>;
  /** Throws `retention.hold_unknown`. */
  release(request: { readonly tenant: string; readonly by: Actor; readonly name: string }): Promise<void>;
  list(tenant: string): Promise<readonly Hold[]>;
  /** Throws `retention.held` while the tenant has a hold. */
  refuseHeld(tenant: string): Promise<void>;
  /** Tenants of which nothing may be removed. */
  heldTenants(): Promise<readonly string[]>;
}

export function createHolds({ state, journal }: { readonly state: State; readonly journal: Journal }): Holds {
  const read = (session: StateSession, tenant: string) =>
    session.query('SELECT name, reason, placed_at, placed_by FROM holds WHERE tenant = $1 ORDER BY name', [
      tenant,
    ]);
  const list = async (tenant: string) => (await read(state, tenant)).map((row) => Hold.parse(row));
  return {
    list,
    async place({ tenant, by, name, reason }) {
      await journal.change({ kind: kinds.placed, tenant, by }, async (session) => {
        if ((await read(session, tenant)).some((row) => row.name === name))
          throw retentionErrors.make('hold_known', `There is a hold '${name}' already`);
        return { name, reason };
      });
      const placed = (await list(tenant)).find((hold) => hold.name === name);
      if (placed === undefined) throw unknown(name);
      return placed;
    },
    async release({ tenant, by, name }) {
      await journal.change({ kind: kinds.released, tenant, by }, async (session) => {
        if (!(await read(session, tenant)).some((row) => row.name === name)) throw unknown(name);
        return { name };
      });
    },
    async refuseHeld(tenant) {
      if ((await list(tenant)).length > 0)
        throw retentionErrors.make('held', `The tenant '${tenant}' is under legal hold`);
    },
    async heldTenants() {
      const rows = await state.query('SELECT DISTINCT tenant FROM holds ORDER BY tenant');
      return rows.map(({ tenant }) => String(tenant));
    },
  };
}

const unknown = (name: string) => retentionErrors.make('hold_unknown', `There is no hold '${name}'`);
