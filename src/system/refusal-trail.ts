import { actorOf, type KeyRecord, type KeyStore } from '../guard/index.ts';
import type { Refused } from '../http/index.ts';
import type { Audit } from '../journal/index.ts';
import type { Log, Metrics } from '../observe/index.ts';

const minute = 60_000;
/** Lines a minute: of one caller or, where nobody was recognised, one address; of one tenant's quota; of all together. */
const linesPerMinute = { caller: 10, quota: 1, all: 200 } as const;
/** Callers whose lines are counted; the one that was quiet longest is forgotten first. */
const maxCallers = 10_000;
/** The id in a key's text `ty_<id>_<secret>`; headers that are longer than any key are not looked at. */
const keyId = /\bty_([0-9a-f]{16})_/;
const maxHeaderLength = 200;

type Line = Parameters<Audit['record']>[0];

export interface RefusalTrailOptions {
  readonly audit: Pick<Audit, 'record'>;
  readonly keys: Pick<KeyStore, 'find'>;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Wall clock. */
  readonly clock: () => Date;
}

/** Brings refusals into the audit trail. */
export interface RefusalTrail {
  readonly onRefused: (refused: Refused) => void;
  /** Resolves when all lines that were begun are on disk. */
  settled(): Promise<void>;
}

/**
 * Writes down whom the API refused: what a caller may not do, wrong keys that have a known key's id, tenants beyond their quota. Keys
 * that nobody ever had are noise, and not written down. Lines are bounded; what is beyond the bound is counted by a metric, and
 * the next line of the same caller says how many were left out before it.
 */
export function createRefusalTrail(options: RefusalTrailOptions): RefusalTrail {
  const { audit, keys, metrics, log, clock } = options;
  const mayWrite = createLineLimit(() => clock().getTime());
  const unwritten = metrics.counter({
    name: 'tyrian_refusals_unrecorded_total',
    help: 'Refusals that the audit trail does not hold because there were too many, by code.',
    labels: ['reason'],
  });
  const begun = new Set<Promise<void>>();

  const write = async (refused: Refused) => {
    const line = await lineOf(refused, keys, clock());
    if (line === undefined) return;
    const leftOut = mayWrite(callerOf(refused, line), limitOf(refused));
    if (leftOut === undefined) {
      unwritten(refused.code).add();
      return;
    }
    const details = leftOut === 0 ? line.details : { ...line.details, left_out_before: leftOut };
    await audit.record({ ...line, details });
  };
  return {
    onRefused(refused) {
      const writing = write(refused)
        .catch((err: unknown) => log.warn({ err, code: refused.code }, 'A refusal is not in the audit trail'))
        .finally(() => begun.delete(writing));
      begun.add(writing);
    },
    async settled() {
      await Promise.all(begun);
    },
  };
}

const isQuota = ({ code }: Refused) => code === 'intake.quota';
const limitOf = (refused: Refused) => (isQuota(refused) ? linesPerMinute.quota : linesPerMinute.caller);

function callerOf({ code, principal, presented }: Refused, { tenant, by }: Line): string {
  if (code === 'intake.quota') return `quota ${tenant}`;
  return principal === undefined ? `peer ${presented?.peer}` : `key ${by.id}`;
}

/** The line that a refusal becomes; undefined for what has no place in the trail. */
async function lineOf(
  { code, status, route, traceId, principal, presented }: Refused,
  keys: Pick<KeyStore, 'find'>,
  now: Date,
): Promise<Line | undefined> {
  const refused = { action: 'guard.refused', outcome: 'refused', trace_id: traceId } as const;
  if (principal !== undefined) {
    if (status !== 403 && code !== 'intake.quota') return undefined;
    return { ...refused, tenant: principal.tenant, by: actorOf(principal), details: { code, route } };
  }
  const key = await keyOf(presented?.authorization, keys);
  if (key === undefined) return undefined;
  const details = { code, route, peer: presented?.peer ?? '', why: whyRefused(key, now) };
  return { ...refused, tenant: key.tenant, by: { id: key.id, name: key.name }, details };
}

async function keyOf(authorization = '', keys: Pick<KeyStore, 'find'>): Promise<KeyRecord | undefined> {
  const id = authorization.length > maxHeaderLength ? undefined : keyId.exec(authorization)?.[1];
  return id === undefined ? undefined : await keys.find(id);
}

/** With a wrong secret, whoever presents it need not be who the key was issued to. */
function whyRefused({ revoked_at, expires_at }: KeyRecord, now: Date): string {
  if (revoked_at !== null) return 'revoked';
  return expires_at !== null && Date.parse(expires_at) <= now.getTime() ? 'expired' : 'wrong secret';
}

interface Counted {
  readonly since: number;
  readonly lines: number;
  readonly leftOut: number;
}

/** Says how many were left out since the last line when there may be another one, undefined when this one is left out too. */
function createLineLimit(now: () => number) {
  const callers = new Map<string, Counted>();
  let all = { since: now(), lines: 0 };
  return (name: string, limit: number): number | undefined => {
    const at = now();
    if (at - all.since >= minute) all = { since: at, lines: 0 };
    const known = callers.get(name);
    const counted =
      known === undefined || at - known.since >= minute
        ? { since: at, lines: 0, leftOut: known?.leftOut ?? 0 }
        : known;
    const may = counted.lines < limit && all.lines < linesPerMinute.all;
    callers.delete(name);
    callers.set(
      name,
      may
        ? { ...counted, lines: counted.lines + 1, leftOut: 0 }
        : { ...counted, leftOut: counted.leftOut + 1 },
    );
    for (const oldest of callers.keys()) {
      if (callers.size <= maxCallers) break;
      callers.delete(oldest);
    }
    if (!may) return undefined;
    all.lines += 1;
    return counted.leftOut;
  };
}
