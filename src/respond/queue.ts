import * as z from 'zod';
import { maxReceipts, type Receipt } from '../contracts/notice-routes.ts';
import type { State, StateSession } from '../state/index.ts';
import { giveUpMs, maxAttempts } from './backoff.ts';
import { Channel, destinationOf } from './channel.ts';
import { type Notice, noticeOf } from './notice.ts';
import type { Outcome } from './outcome.ts';
import { plainLine } from './plain-text.ts';

/** A delivery that is this process's to try until its lease ends. */
export interface Claimed {
  readonly channel: Channel;
  readonly notice: Notice;
  readonly attempts: number;
  /** Milliseconds since the epoch: when it was first due. */
  readonly since: number;
}

/** Milliseconds for which a claimed delivery is nobody else's; after a crash it waits that long. */
export const leaseMs = 60_000;
/** Deliveries of one channel that are claimed at once. */
const claimedOfChannel = 20;

const Row = z.object({
  tenant: z.string(),
  channel: z.string(),
  attempts: z.number(),
  since: z.iso.datetime(),
});
const Key = z.object({ tenant: z.string(), notice_id: z.string(), channel: z.string() });

/**
 * Takes what is due of up to `channels` channels, oldest first, leaving out those in `busy` (`tenant/channel`). At least
 * once: what was sent but not booked is sent again after the lease.
 */
export async function claim(
  state: State,
  {
    now,
    channels,
    busy,
  }: { readonly now: number; readonly channels: number; readonly busy: readonly string[] },
): Promise<readonly (readonly Claimed[])[]> {
  return await state.transaction(async (session) => {
    const keys = await session.query(
      `WITH due AS (
         SELECT d.tenant, d.notice_id, d.channel, d.next_at,
           row_number() OVER (PARTITION BY d.tenant, d.channel ORDER BY d.next_at, d.notice_id) AS place,
           min(d.next_at) OVER (PARTITION BY d.tenant, d.channel) AS first
         FROM deliveries d JOIN notify_channels c ON c.tenant = d.tenant AND c.name = d.channel AND c.enabled
         WHERE d.state IN ('pending', 'failed') AND d.next_at <= $1
           AND (d.leased_until IS NULL OR d.leased_until <= $1)
           AND NOT (d.tenant || '/' || d.channel = ANY($2))
       ), lanes AS (SELECT tenant, channel FROM due WHERE place = 1 ORDER BY first LIMIT $3)
       UPDATE deliveries d SET leased_until = $4
       FROM due JOIN lanes USING (tenant, channel)
       WHERE due.place <= $5
         AND d.tenant = due.tenant AND d.notice_id = due.notice_id AND d.channel = due.channel
       RETURNING d.tenant, d.notice_id, d.channel`,
      [iso(now), [...busy], channels, iso(now + leaseMs), claimedOfChannel],
    );
    const claimed = await Promise.all(keys.map((key) => load(session, Key.parse(key))));
    return [...Map.groupBy(claimed, ({ channel }) => destinationOf(channel)).values()].map((lane) =>
      lane.toSorted((left, right) => left.since - right.since),
    );
  });
}

async function load(
  session: StateSession,
  { tenant, notice_id, channel }: z.infer<typeof Key>,
): Promise<Claimed> {
  const own = [tenant, notice_id, channel];
  const [delivery] = await session.query(
    'SELECT tenant, channel, attempts, since FROM deliveries WHERE tenant = $1 AND notice_id = $2 AND channel = $3',
    own,
  );
  const [notice] = await session.query(
    'SELECT * FROM notices WHERE tenant = $1 AND id = $2',
    own.slice(0, 2),
  );
  const [way] = await session.query('SELECT * FROM notify_channels WHERE tenant = $1 AND name = $2', [
    tenant,
    channel,
  ]);
  const { attempts, since } = Row.parse(delivery);
  const said = { ...noticeOf(notice), id: notice_id };
  return { channel: Channel.parse(way), notice: said, attempts, since: Date.parse(since) };
}

const maxErrorText = 500;

/** Of an attempt that began and ended at these milliseconds since the epoch. */
function receiptOf(outcome: Outcome, began: number, now: number): Receipt {
  const { ok, status, code } = outcome;
  const error = outcome.ok || outcome.why === undefined ? null : plainLine(outcome.why, maxErrorText);
  return { at: iso(began), milliseconds: Math.max(0, Math.round(now - began)), ok, status, code, error };
}

/** Books how an attempt ended, with its receipt. `nextAt` says when a failed one is tried again, unless it is given up. */
export async function book(
  state: StateSession,
  { channel, notice, attempts, since }: Claimed,
  ended: {
    readonly outcome: Outcome;
    readonly began: number;
    readonly now: number;
    readonly nextAt: number;
  },
): Promise<'sent' | 'failed' | 'dead'> {
  const { outcome, began, now, nextAt } = ended;
  const receipt = receiptOf(outcome, began, now);
  const givenUp = attempts + 1 >= maxAttempts || now - since >= giveUpMs;
  const next = outcome.ok ? 'sent' : givenUp ? 'dead' : 'failed';
  await state.query(
    `UPDATE deliveries SET state = $4, attempts = attempts + 1, next_at = $5, ended_at = $6, leased_until = NULL,
       last_code = $7, last_status = $8, last_error = $9,
       receipts = CASE WHEN jsonb_array_length(receipts) >= $10 THEN receipts - 0 ELSE receipts END || $11::jsonb
     WHERE tenant = $1 AND notice_id = $2 AND channel = $3 AND state IN ('pending', 'failed')`,
    [
      channel.tenant,
      notice.id,
      channel.name,
      next,
      iso(next === 'failed' ? nextAt : now),
      next === 'failed' ? null : iso(now),
      outcome.code,
      outcome.status,
      receipt.error,
      maxReceipts,
      [receipt],
    ],
  );
  return next;
}

/** Gives claimed deliveries back untried, due again at `at`. */
export async function giveBack(state: StateSession, claimed: readonly Claimed[], at: number): Promise<void> {
  if (claimed.length === 0) return;
  await state.query(
    `UPDATE deliveries d SET leased_until = NULL, next_at = greatest(d.next_at, $2)
     FROM jsonb_to_recordset($1::jsonb) AS row(tenant text, notice_id text, channel text)
     WHERE d.tenant = row.tenant AND d.notice_id = row.notice_id AND d.channel = row.channel
       AND d.state IN ('pending', 'failed')`,
    [
      claimed.map(({ channel, notice }) => ({
        tenant: channel.tenant,
        notice_id: notice.id,
        channel: channel.name,
      })),
      iso(at),
    ],
  );
}

const iso = (ms: number) => new Date(ms).toISOString();
