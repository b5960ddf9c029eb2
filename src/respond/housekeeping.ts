import * as z from 'zod';
import type { StateSession } from '../state/index.ts';
import { giveUpMs } from './backoff.ts';

const dayMs = 24 * 3_600_000;
/** How long ended deliveries, their notices and ended conditions stay. */
const keptMs = 30 * dayMs;
/** How long rows of the outbox stay after they were taken. */
const keptTakenMs = 7 * dayMs;
/** Rows that one statement removes. */
const maxRows = 10_000;

const Expired = z.object({ tenant: z.string(), channel: z.string(), last_code: z.string() });
export type Expired = z.infer<typeof Expired>;

/** Gives up what is a day old or has lost its channel; the first 1,000 of them are told. */
export async function giveUpOld(state: StateSession, now: number): Promise<readonly Expired[]> {
  const rows = await state.query(
    `UPDATE deliveries d SET state = 'dead', ended_at = $1, leased_until = NULL,
       last_code = CASE WHEN g.gone THEN 'respond.channel_gone' ELSE coalesce(d.last_code, 'respond.expired') END
     FROM (
       SELECT o.tenant, o.notice_id, o.channel, c.name IS NULL AS gone
       FROM deliveries o LEFT JOIN notify_channels c ON c.tenant = o.tenant AND c.name = o.channel
       WHERE o.state IN ('pending', 'failed') AND (o.leased_until IS NULL OR o.leased_until <= $1)
         AND (c.name IS NULL OR o.since <= $2)
       LIMIT 1000
     ) g
     WHERE d.tenant = g.tenant AND d.notice_id = g.notice_id AND d.channel = g.channel
     RETURNING d.tenant, d.channel, d.last_code`,
    [iso(now), iso(now - giveUpMs)],
  );
  return rows.map((row) => Expired.parse(row));
}

/** Removes what nobody needs any more, a bounded number of rows at a time. */
export async function tidy(state: StateSession, now: number): Promise<void> {
  const old = iso(now - keptMs);
  await state.query(
    `DELETE FROM deliveries WHERE ctid IN (SELECT ctid FROM deliveries WHERE ended_at < $1 LIMIT $2)`,
    [old, maxRows],
  );
  await state.query(
    `DELETE FROM notices WHERE ctid IN (
       SELECT n.ctid FROM notices n WHERE n.at < $1 AND NOT EXISTS
         (SELECT FROM deliveries d WHERE d.tenant = n.tenant AND d.notice_id = n.id) LIMIT $2)`,
    [old, maxRows],
  );
  await state.query(
    `DELETE FROM conditions WHERE ctid IN (SELECT ctid FROM conditions WHERE cleared_at < $1 LIMIT $2)`,
    [old, maxRows],
  );
  await state.query(
    `DELETE FROM outbox WHERE ctid IN (
       SELECT o.ctid FROM outbox o, outbox_readers r
       WHERE r.reader = 'respond' AND o.id <= r.taken AND o.at < $1 ORDER BY o.id LIMIT $2)`,
    [iso(now - keptTakenMs), maxRows],
  );
}

const iso = (ms: number) => new Date(ms).toISOString();
