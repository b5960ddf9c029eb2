import { hash } from 'node:crypto';
import type { Config } from '../contracts/index.ts';
import type { JobKind, Schedule } from '../jobs/index.ts';
import { redactTopics } from '../journal/index.ts';
import {
  createHolds,
  type EraseSubject,
  eraseKind,
  type Holds,
  type RetentionDays,
  type RetentionStore,
  sweepKind,
} from '../retention/index.ts';
import { trust } from '../sql/index.ts';
import type { Tyrian } from './tyrian.ts';
import type { Workflow } from './workflow.ts';

/** A statement that rewrites large parts takes its time. */
const maxSeconds = 6 * 3_600;
const hour = 3_600_000;

/** Retention over the engines of an open Tyrian. */
export function composeRetention(
  tyrian: Tyrian,
  config: Config,
): {
  readonly holds: Holds;
  readonly days: RetentionDays;
  readonly kinds: readonly JobKind[];
  readonly schedules: readonly Schedule[];
} {
  const { workflow } = tyrian;
  const holds = createHolds(workflow);
  const store: RetentionStore = {
    run: (sql, signal) => tyrian.store.run(trust(sql), { lane: 'background', signal, maxSeconds }),
    rows: (sql, signal) => tyrian.store.rows(trust(sql), { lane: 'background', signal, maxSeconds }),
  };
  const { retention } = config;
  const days: RetentionDays = {
    events: retention.events_days,
    evidence: retention.evidence_days,
    deadLetters: retention.dead_letters_days,
    alerts: retention.alerts_days,
  };
  const sweep = sweepKind({
    ...{ store, holds, days, clock: Date.now },
    pruneAlerts: (before, held, signal) => pruneAlerts(tyrian, before, held, signal),
    prunePassages: (before, signal) => tyrian.intel.prune(before, signal),
  });
  const erase = eraseKind({
    ...{ store, holds, clock: Date.now },
    journal: workflow.journal,
    async settled(signal) {
      await tyrian.settled(signal);
      return tyrian.snapshot();
    },
    logRetentionMilliseconds: config.log.retention_hours * hour,
    eraseWorkflow: (tenant, subject, signal) => eraseWorkflow(workflow, tenant, subject, signal),
  });
  const schedules = [
    {
      name: 'retention',
      kind: sweep.name,
      everyMilliseconds: 24 * hour,
      tenant: config.tenant,
      parameters: {},
    },
  ];
  return { holds, days, kinds: [sweep, erase as JobKind], schedules };
}

async function pruneAlerts(
  { workflow }: Tyrian,
  before: Date,
  held: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const rows = await workflow.state.query('SELECT DISTINCT tenant FROM alerts');
  let pruned = 0;
  for (const tenant of rows.map((row) => String(row.tenant)).filter((name) => !held.includes(name)))
    pruned += await workflow.alerts.prune({ tenant, before, signal });
  return pruned;
}

/** Blanks out journal and audit trail and makes their tables again; what is in no journal is deleted. */
async function eraseWorkflow(
  { topics, state, journal, audit, agents }: Workflow,
  tenant: string,
  subject: EraseSubject,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  const redact = subject.kind === 'tenant' ? markOf : blanking(subject.name);
  const changed = await redactTopics(topics, { tenant, redact, signal });
  const wanted = subject.kind === 'tenant' ? null : subject.name.toLowerCase();
  const told = (payload: string) =>
    `tenant = $1 AND ($2::text IS NULL OR position($2 in lower(subject || ${payload}::text)) > 0)`;
  // A delivery without its notice could not be sent, nor told of.
  await state.query(
    `DELETE FROM deliveries WHERE tenant = $1 AND notice_id IN (SELECT id FROM notices WHERE ${told('payload')})`,
    [tenant, wanted],
  );
  for (const table of ['outbox', 'notices'])
    await state.query(`DELETE FROM ${table} WHERE ${told('payload')}`, [tenant, wanted]);
  await state.query(
    'DELETE FROM hunt_hits WHERE tenant = $1 AND ($2::text IS NULL OR position($2 in lower(hit::text)) > 0)',
    [tenant, wanted],
  );
  await state.query(`DELETE FROM conditions WHERE ${told('details')}`, [tenant, wanted]);
  await state.query(
    'DELETE FROM correlation_episodes WHERE tenant = $1 AND ($2::text IS NULL OR position($2 in lower(group_key || head::text)) > 0)',
    [tenant, wanted],
  );
  await state.query(
    `DELETE FROM jobs WHERE tenant = $1 AND state IN ('done', 'failed', 'cancelled') AND
       ($2::text IS NULL OR position($2 in lower(parameters::text || coalesce(result, '{}')::text || coalesce(checkpoint, '{}')::text)) > 0)`,
    [tenant, wanted],
  );
  if (subject.kind === 'tenant') await agents.forget(tenant);
  await journal.rebuild();
  await audit.rebuild();
  return Object.fromEntries(Object.entries(changed).map(([topic, entries]) => [`journal_${topic}`, entries]));
}

/** Says nothing of a text but that it is the same one as elsewhere: two people must not become one. */
const markOf = (text: string) => `(erased ${hash('sha256', text.toLowerCase(), 'hex').slice(0, 12)})`;

/** Every occurrence, without case. */
function blanking(name: string): (text: string) => string {
  const wanted = name.toLowerCase();
  const erasedText = markOf(name);
  return (text) => {
    const lower = text.toLowerCase();
    // Lower case may be longer (İ): then the whole text goes rather than the wrong part of it.
    if (lower.length !== text.length) return lower.includes(wanted) ? erasedText : text;
    let result = '';
    let from = 0;
    for (let found = lower.indexOf(wanted); found >= 0; found = lower.indexOf(wanted, from)) {
      result += text.slice(from, found) + erasedText;
      from = found + wanted.length;
    }
    return result + text.slice(from);
  };
}
