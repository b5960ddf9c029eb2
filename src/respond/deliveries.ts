import * as z from 'zod';
import { type DeliveryState, DeliveryView, DeliveryWhole, maxReplayed } from '../contracts/notice-routes.ts';
import type { State, StateSession } from '../state/index.ts';
import { respondErrors } from './errors.ts';

/** What became of notices, for people of a tenant. */
export interface Deliveries {
  /** Newest first, from behind `after` on. */
  list(
    tenant: string,
    wanted: {
      readonly state?: DeliveryState | undefined;
      readonly channel?: string | undefined;
      /** Id of a delivery. */
      readonly after?: string | undefined;
      readonly limit: number;
    },
  ): Promise<{ readonly deliveries: readonly DeliveryView[]; readonly next: string | null }>;
  /** With its receipts. Throws `respond.delivery_unknown`. */
  get(tenant: string, id: string): Promise<DeliveryWhole>;
  /** Makes a dead delivery begin anew. Throws `respond.delivery_unknown`, `respond.delivery_alive`, `respond.channel_gone`. */
  replayOne(tenant: string, id: string): Promise<DeliveryView>;
  /** Makes dead deliveries begin anew, at most 1,000 at a time. */
  replay(
    tenant: string,
    wanted: { readonly channel?: string | undefined; readonly notice_id?: string | undefined },
  ): Promise<{ readonly replayed: number; readonly remaining: number }>;
}

const Count = z.object({ dead: z.number() });

const columns = `d.notice_id || '.' || d.channel AS id, d.notice_id, d.channel, n.at, n.kind, n.severity, n.subject,
   d.state, d.attempts, CASE WHEN d.state IN ('pending', 'failed') THEN d.next_at END AS next_at,
   d.ended_at, d.last_code, d.last_status, d.last_error`;
const tables = 'deliveries d JOIN notices n ON n.tenant = d.tenant AND n.id = d.notice_id';

/** Makes the view on deliveries. `clock` in milliseconds since the epoch. */
export function createDeliveries({
  state,
  clock,
}: {
  readonly state: State;
  readonly clock: () => number;
}): Deliveries {
  return {
    async list(tenant, { state: wanted, channel, after, limit }) {
      const [notice, of] = after === undefined ? [null, null] : keyOf(after);
      const rows = await state.query(
        `SELECT ${columns} FROM ${tables}
         WHERE d.tenant = $1 AND ($2::text IS NULL OR d.state = $2) AND ($3::text IS NULL OR d.channel = $3)
           AND ($4::text IS NULL OR (d.since, d.notice_id, d.channel) < (
             SELECT o.since, o.notice_id, o.channel FROM deliveries o
             WHERE o.tenant = $1 AND o.notice_id = $4 AND o.channel = $5))
         ORDER BY d.since DESC, d.notice_id DESC, d.channel DESC LIMIT $6`,
        [tenant, wanted ?? null, channel ?? null, notice, of, limit + 1],
      );
      const deliveries = rows.slice(0, limit).map((row) => DeliveryView.parse(row));
      return { deliveries, next: rows.length > limit ? (deliveries.at(-1)?.id ?? null) : null };
    },
    get: (tenant, id) => one(state, tenant, id),
    replayOne: (tenant, id) =>
      state.transaction(async (session) => {
        const { state: stands } = await one(session, tenant, id);
        if (stands !== 'dead')
          throw respondErrors.make('delivery_alive', `The delivery is ${stands}, not dead`);
        const [notice_id, channel] = keyOf(id);
        await checkChannel(session, tenant, channel);
        await replay(session, tenant, { notice_id, channel }, clock());
        const { receipts: _, ...delivery } = await one(session, tenant, id);
        return delivery;
      }),
    replay: (tenant, wanted) => state.transaction((session) => replay(session, tenant, wanted, clock())),
  };
}

/** Notice and channel of a delivery's id. */
function keyOf(id: string): readonly [notice: string, channel: string] {
  const dot = id.indexOf('.');
  return [id.slice(0, dot), id.slice(dot + 1)];
}

async function one(session: StateSession, tenant: string, id: string): Promise<DeliveryWhole> {
  const [row] = await session.query(
    `SELECT ${columns}, d.receipts FROM ${tables} WHERE d.tenant = $1 AND d.notice_id = $2 AND d.channel = $3`,
    [tenant, ...keyOf(id)],
  );
  if (row === undefined) throw respondErrors.make('delivery_unknown', `There is no delivery '${id}'`);
  return DeliveryWhole.parse(row);
}

/** Without it the delivery would only be given up again. */
async function checkChannel(session: StateSession, tenant: string, channel: string): Promise<void> {
  const rows = await session.query('SELECT name FROM notify_channels WHERE tenant = $1 AND name = $2', [
    tenant,
    channel,
  ]);
  if (rows.length === 0)
    throw respondErrors.make('channel_gone', `The channel ${channel} was removed; set it again first`);
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
