import * as z from 'zod';
import type { RuleLevel } from '../contracts/index.ts';
import type { State, StateSession } from '../state/index.ts';
import { respondErrors } from './errors.ts';

/** Something that is not as it should be, until it is again. */
export interface Condition {
  readonly tenant: string;
  /** `room.what`: `ledger.mismatch`, `source.silent`, `disk.low`. */
  readonly kind: string;
  /** One condition a key: `source.silent/windows-security`. */
  readonly key: string;
  readonly severity: RuleLevel;
  readonly subject: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A condition that lasts. Times are ISO 8601. */
export interface OpenCondition extends Omit<Condition, 'tenant' | 'details'> {
  readonly raised_at: string;
  readonly times: number;
}

/** Operational notices: a condition is told when it begins, again every day while it lasts, and when it ends. */
export interface Notices {
  /** True when people are told by this call. Throws `respond.conditions_full`. */
  raise(condition: Condition): Promise<boolean>;
  /** True when the condition was there. */
  clear(condition: { readonly tenant: string; readonly key: string }): Promise<boolean>;
  /** What lasts now, oldest first. */
  open(tenant: string): Promise<readonly OpenCondition[]>;
}

/** Open conditions of one tenant. */
const maxOpen = 1_000;
const tellAgainMs = 24 * 3_600_000;

const Told = z.object({ told_at: z.iso.datetime(), raised_at: z.iso.datetime(), times: z.number() });
const Ended = z.object({
  kind: z.string(),
  severity: z.string(),
  subject: z.string(),
  details: z.record(z.string(), z.unknown()),
  raised_at: z.string(),
  times: z.number(),
});
const Open = z.object({
  kind: z.string(),
  key: z.string(),
  severity: z.enum(['informational', 'low', 'medium', 'high', 'critical']),
  subject: z.string(),
  raised_at: z.string(),
  times: z.number(),
});

/** Makes the desk for operational notices. `clock` in milliseconds since the epoch; `onTold` wakes who sends them. */
export function createNotices({
  state,
  clock,
  onTold = () => undefined,
}: {
  readonly state: State;
  readonly clock: () => number;
  readonly onTold?: () => void;
}): Notices {
  const notify = (told: boolean): boolean => {
    if (told) onTold();
    return told;
  };
  return {
    raise: async (condition) =>
      notify(await state.transaction((session) => raise(session, condition, clock()))),
    clear: async (which) => notify(await state.transaction((session) => clear(session, which, clock()))),
    open: async (tenant) => {
      const rows = await state.query(
        `SELECT kind, key, severity, subject, raised_at, times FROM conditions
         WHERE tenant = $1 AND cleared_at IS NULL ORDER BY raised_at, key LIMIT $2`,
        [tenant, maxOpen],
      );
      return rows.map((row) => Open.parse(row));
    },
  };
}

async function raise(session: StateSession, condition: Condition, now: number): Promise<boolean> {
  const { tenant, key } = condition;
  const rows = await session.query(
    `UPDATE conditions SET times = times + 1, severity = $3, subject = $4, details = $5
     WHERE tenant = $1 AND key = $2 AND cleared_at IS NULL RETURNING told_at, raised_at, times`,
    [tenant, key, condition.severity, condition.subject, condition.details],
  );
  if (rows[0] === undefined) {
    await begin(session, condition, now);
    return true;
  }
  const { told_at, raised_at, times } = Told.parse(rows[0]);
  if (now - Date.parse(told_at) < tellAgainMs) return false;
  await session.query('UPDATE conditions SET told_at = $3 WHERE tenant = $1 AND key = $2', [
    tenant,
    key,
    iso(now),
  ]);
  await post(session, condition, now, { condition: 'lasting', raised_at, times });
  return true;
}

async function begin(session: StateSession, condition: Condition, now: number): Promise<void> {
  const { tenant, key, kind, severity, subject, details } = condition;
  const [row] = await session.query(
    'SELECT count(*) AS held FROM conditions WHERE tenant = $1 AND cleared_at IS NULL',
    [tenant],
  );
  const { held } = z.object({ held: z.number() }).parse(row);
  if (held >= maxOpen)
    throw respondErrors.make(
      'conditions_full',
      `${held} conditions of '${tenant}' are open; no more are kept`,
    );
  await session.query(
    `INSERT INTO conditions (tenant, key, kind, severity, subject, details, raised_at, told_at, cleared_at, times)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7, NULL, 1)
     ON CONFLICT (tenant, key) DO UPDATE SET kind = excluded.kind, severity = excluded.severity,
       subject = excluded.subject, details = excluded.details, raised_at = excluded.raised_at,
       told_at = excluded.told_at, cleared_at = NULL, times = 1`,
    [tenant, key, kind, severity, subject, details, iso(now)],
  );
  await post(session, condition, now, { condition: 'raised', raised_at: iso(now), times: 1 });
}

/** The end is as severe as the condition was, so that it reaches whoever was told of the beginning. */
async function clear(
  session: StateSession,
  { tenant, key }: { readonly tenant: string; readonly key: string },
  now: number,
): Promise<boolean> {
  const [row] = await session.query(
    `UPDATE conditions SET cleared_at = $3 WHERE tenant = $1 AND key = $2 AND cleared_at IS NULL
     RETURNING kind, severity, subject, details, raised_at, times`,
    [tenant, key, iso(now)],
  );
  if (row === undefined) return false;
  const { raised_at, times, ...was } = Ended.parse(row);
  const ended = { ...was, tenant, key, subject: `Ended: ${was.subject}` };
  await post(session, ended, now, { condition: 'ended', raised_at, times });
  return true;
}

async function post(
  session: StateSession,
  said: Omit<Condition, 'severity'> & { readonly severity: string },
  now: number,
  stage: {
    readonly condition: 'raised' | 'lasting' | 'ended';
    readonly raised_at: string;
    readonly times: number;
  },
): Promise<void> {
  const { tenant, key, kind, severity, subject, details } = said;
  await session.query(
    'INSERT INTO outbox (tenant, at, kind, severity, subject, payload) VALUES ($1, $2, $3, $4, $5, $6)',
    [tenant, iso(now), kind, severity, subject, { key, ...stage, details }],
  );
}

const iso = (ms: number) => new Date(ms).toISOString();
