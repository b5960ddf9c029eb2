import * as z from 'zod';
import { type DeliveryState, DeliveryView, maxReplayed } from '../contracts/notice-routes.ts';
import type { State, StateSession } from '../state/index.ts';

/** What became of notices, for people of a tenant. */
export interface Deliveries {
  /** Newest first. */
  list(
    tenant: string,
    wanted: {
      readonly state?: DeliveryState | undefined;
      readonly channel?: string | undefined;
      readonly limit: number;
    },
  ): Promise<{ readonly deliveries: readonly DeliveryView[]; readonly truncated: boolean }>;
  /** Makes dead deliveries begin anew, at most 1,000 at a time. */
  replay(
    tenant: string,
    wanted: { readonly channel?: string | undefined; readonly notice_id?: string | undefined },
  ): Promise<{ readonly replayed: number; readonly remaining: number }>;
}

const Count = z.object({ dead: z.number() });

/** Makes the view on deliveries. `clock` in milliseconds since the epoch. */
export function createDeliveries({
  state,
  clock,
}: {
  readonly state: State;
  readonly clock: () => number;
}): Deliveries {
  return {
    async list(tenant, { state: wanted, channel, limit }) {
      const rows = await state.query(
        `SELECT d.notice_id, d.channel, n.at, n.kind, n.severity, n.subject, d.state, d.attempts,
           CASE WHEN d.state IN ('pending', 'failed') THEN d.next_at END AS next_at,
           d.ended_at, d.last_code, d.last_status
         FROM deliveries d JOIN notices n ON n.tenant = d.tenant AND n.id = d.notice_id
         WHERE d.tenant = $1 AND ($2::text IS NULL OR d.state = $2) AND ($3::text IS NULL OR d.channel = $3)
         ORDER BY d.since DESC, d.notice_id, d.channel LIMIT $4`,
        [tenant, wanted ?? null, channel ?? null, limit + 1],
      );
      const deliveries = rows.slice(0, limit).map((row) => DeliveryView.parse(row));
      return { deliveries, truncated: rows.length > limit };
    },
    replay: (tenant, wanted) => state.transaction((session) => replay(session, tenant, wanted, clock())),
  };
}

async function replay(
  session: StateSession,
  tenant: string,
  { channel, notice_id }: Parameters<Deliveries['replay']>[1],
  now: number,
) {
  const which = `tenant = $1 AND state = 'dead' AND ($2::text IS NULL OR channel = $2) AND ($3::text IS NULL OR notice_id = $3)`;
  const parameters = [tenant, channel ?? null, notice_id ?? null];
  const rows = await session.query(
    `UPDATE deliveries SET state = 'pending', attempts = 0, since = $4, next_at = $4, ended_at = NULL
     WHERE (tenant, notice_id, channel) IN
       (SELECT tenant, notice_id, channel FROM deliveries WHERE ${which} ORDER BY since LIMIT $5)
     RETURNING notice_id`,
    [...parameters, new Date(now).toISOString(), maxReplayed],
  );
  const [left] = await session.query(`SELECT count(*) AS dead FROM deliveries WHERE ${which}`, parameters);
  return { replayed: rows.length, remaining: Count.parse(left).dead };
}
