import * as z from 'zod';
import type { State, StateSession } from '../state/index.ts';
import { giveUpMs } from './backoff.ts';
import { Channel, isFor } from './channel.ts';
import { noticeOf } from './notice.ts';

/** Rows of the outbox that one transaction takes. */
const batchRows = 500;
/** Deliveries that may wait for one channel; what comes beyond is dead at once, and can be replayed. */
export const maxWaiting = 10_000;
const reader = 'respond';

const Taken = z.object({ taken: z.number() });
const Outbox = z.looseObject({ id: z.number(), payload: z.record(z.string(), z.unknown()) });
const Waiting = z.object({ tenant: z.string(), channel: z.string(), waiting: z.number() });

/**
 * Takes the next rows of the outbox and makes a delivery for every channel that a row is for, in one transaction with the
 * place up to which the outbox is taken. Rows older than a day are told to nobody. Gives how many rows were taken; one
 * writer at a time adds to the outbox, so that ids become visible in order.
 */
export async function fanOut(state: State, now: number): Promise<number> {
  return await state.transaction(async (session) => {
    const from = await takenUpTo(session);
    const ids = await session.query('SELECT id FROM outbox WHERE id > $1 ORDER BY id LIMIT $2', [
      from,
      batchRows,
    ]);
    const last = z.object({ id: z.number() }).safeParse(ids.at(-1)).data?.id;
    if (last === undefined) return 0;
    const channels = await enabledChannels(session);
    const rows = await wantedRows(session, { from, to: last, channels, now });
    if (rows.length > 0) await addDeliveries(session, rows, channels, now);
    await session.query(
      `INSERT INTO outbox_readers (reader, taken) VALUES ($1, $2)
       ON CONFLICT (reader) DO UPDATE SET taken = excluded.taken`,
      [reader, last],
    );
    return ids.length;
  });
}

async function takenUpTo(session: StateSession): Promise<number> {
  const rows = await session.query('SELECT taken FROM outbox_readers WHERE reader = $1', [reader]);
  return rows[0] === undefined ? 0 : Taken.parse(rows[0]).taken;
}

/** Of all tenants: which of them a notice is for is decided by its own tenant (`isFor`). */
async function enabledChannels(session: StateSession): Promise<readonly Channel[]> {
  const rows = await session.query('SELECT * FROM notify_channels WHERE enabled');
  return rows.map((row) => Channel.parse(row));
}

type OutboxRow = z.infer<typeof Outbox>;

async function wantedRows(
  session: StateSession,
  wanted: {
    readonly from: number;
    readonly to: number;
    readonly channels: readonly Channel[];
    readonly now: number;
  },
): Promise<readonly OutboxRow[]> {
  const tenants = [...new Set(wanted.channels.map(({ tenant }) => tenant))];
  if (tenants.length === 0) return [];
  const rows = await session.query(
    `SELECT id, tenant, at, kind, severity, subject, payload FROM outbox
     WHERE id > $1 AND id <= $2 AND tenant = ANY($3) AND at > $4 ORDER BY id`,
    [wanted.from, wanted.to, tenants, new Date(wanted.now - giveUpMs).toISOString()],
  );
  return rows.map((row) => Outbox.parse(row));
}

async function addDeliveries(
  session: StateSession,
  rows: readonly OutboxRow[],
  channels: readonly Channel[],
  now: number,
): Promise<void> {
  const waiting = await waitingByChannel(session);
  const notices: Record<string, unknown>[] = [];
  const deliveries: Record<string, unknown>[] = [];
  for (const { id: _id, ...row } of rows) {
    const notice = noticeOf(row);
    const to = channels.filter((channel) => isFor(channel, notice));
    if (to.length > 0) notices.push({ ...row, id: notice.id });
    for (const { tenant, name } of to) {
      const key = `${tenant}/${name}`;
      const ahead = waiting.get(key) ?? 0;
      waiting.set(key, ahead + 1);
      deliveries.push({ tenant, notice_id: notice.id, channel: name, full: ahead >= maxWaiting });
    }
  }
  await insert(session, notices, deliveries, new Date(now).toISOString());
}

async function waitingByChannel(session: StateSession): Promise<Map<string, number>> {
  const rows = await session.query(
    `SELECT tenant, channel, count(*) AS waiting FROM deliveries WHERE state IN ('pending', 'failed') GROUP BY tenant, channel`,
  );
  return new Map(
    rows.map((row) => {
      const { tenant, channel, waiting } = Waiting.parse(row);
      return [`${tenant}/${channel}`, waiting];
    }),
  );
}

async function insert(
  session: StateSession,
  notices: readonly Record<string, unknown>[],
  deliveries: readonly Record<string, unknown>[],
  now: string,
): Promise<void> {
  if (deliveries.length === 0) return;
  await session.query(
    `INSERT INTO notices (tenant, id, at, kind, severity, subject, payload)
     SELECT tenant, id, at, kind, severity, subject, payload FROM jsonb_to_recordset($1::jsonb)
       AS row(tenant text, id text, at timestamptz, kind text, severity text, subject text, payload jsonb)
     ON CONFLICT DO NOTHING`,
    [notices],
  );
  await session.query(
    `INSERT INTO deliveries (tenant, notice_id, channel, state, attempts, since, next_at, ended_at, last_code)
     SELECT tenant, notice_id, channel, CASE WHEN "full" THEN 'dead' ELSE 'pending' END, 0, $2, $2,
       CASE WHEN "full" THEN $2::timestamptz END, CASE WHEN "full" THEN 'respond.backlog_full' END
     FROM jsonb_to_recordset($1::jsonb) AS row(tenant text, notice_id text, channel text, "full" boolean)
     ON CONFLICT DO NOTHING`,
    [deliveries, now],
  );
}
