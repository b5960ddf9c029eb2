import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Actor, Detection, Entity, RuleLevel } from '../contracts/index.ts';
import { type JournalFault, journalMigrations, openJournal, recordedDetections } from '../journal/index.ts';
import { openTopics } from '../log/index.ts';
import { openState } from '../state/index.ts';
import { alertsProjection, createAlerts, createExceptions } from './index.ts';
import type { AlertLimits } from './memory.ts';

export const ann: Actor = { id: '00000000000000aa', name: 'ann' };
export const noon = Date.parse('2026-11-23T12:00:00Z');
const minute = 60_000;

export interface Hit {
  readonly tenant?: string;
  readonly rule?: string;
  readonly level?: RuleLevel;
  readonly title?: string;
  readonly logic?: string;
  readonly entity?: Entity;
  /** Which event; equal numbers are one event. */
  readonly event?: number;
  /** Minutes after noon at which it happened; received and detected a second later. */
  readonly at?: number;
  /** Minutes after noon at which it was detected, where it is not at once. */
  readonly detectedAt?: number;
  readonly matched?: string;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
export const host = (value: string): Entity => ({ kind: 'host', value });

/** A detection as the matcher makes it: its id follows from tenant, logic and event. */
export function detectionOf(hit: Hit): Detection {
  const { tenant = 'acme', rule = 'r1', level = 'medium', event = 0, at = 0, detectedAt = at } = hit;
  const logic = sha256(hit.logic ?? rule);
  const event_id = `00000000-0000-8000-8000-${String(event).padStart(12, '0')}`;
  return {
    id: sha256(JSON.stringify([tenant, logic, event_id])).slice(0, 32),
    tenant,
    rule: {
      id: rule,
      logic,
      title: hit.title ?? `Rule ${rule}`,
      level,
      tags: ['attack.t1059'],
      pack: 'own',
      author: 'us',
      license: 'Apache-2.0',
    },
    event: {
      event_id,
      time: new Date(noon + at * minute).toISOString(),
      received_at: new Date(noon + at * minute + 1_000).toISOString(),
      source: 'windows',
      raw_sha256: sha256(event_id),
    },
    entity: hit.entity ?? host('web1'),
    matched: [{ field: 'CommandLine', value: hit.matched ?? 'whoami' }],
    detected_at: new Date(noon + detectedAt * minute + 1_000).toISOString(),
  };
}

const tables = alertsProjection().tables;

/** State, topics and journal of one test file; `fresh` begins anew on the same state. */
export async function openRig(limits?: AlertLimits) {
  const folder = mkdtempSync(join(tmpdir(), 'tyrian-alerts-'));
  const projection = alertsProjection(limits);
  const migrations = [...journalMigrations, ...projection.migrations];
  const state = await openState({ folder: join(folder, 'state'), migrations });
  const rows = (table: string) => state.query(`SELECT * FROM ${table} ORDER BY ${table}::text`);
  async function fresh() {
    for (const table of [...tables, 'outbox', 'journal_positions', 'journal_faults', 'audit_trail'])
      await state.query(`TRUNCATE ${table}`);
    const topics = await openTopics({ folder: mkdtempSync(join(folder, 'topics-')) });
    const faults: JournalFault[] = [];
    let now = noon;
    const clock = () => {
      now += 1_000;
      return new Date(now);
    };
    const onFault = (fault: JournalFault) => faults.push(fault);
    const journal = await openJournal({ topics, state, projections: [projection], clock, onFault });
    let made = 0;
    const newId = () => String(++made).padStart(32, 'e');
    const exceptions = createExceptions({
      ...{ state, journal },
      recorded: (request) => recordedDetections(topics, request),
      newId,
      clock: () => new Date(now),
    });
    const alerts = createAlerts({ state, journal, people: async () => ['ann', 'ben'], newId });
    return {
      journal,
      alerts,
      exceptions,
      faults,
      async detect(...hits: readonly Hit[]) {
        await journal.detected(hits.map(detectionOf));
        await journal.settled();
      },
      /** The tenant's alerts, highest score first. */
      async all(tenant = 'acme') {
        const { alerts: found } = await alerts.list({ tenant, filter: {}, sort: 'score', limit: 1_000 });
        return found;
      },
      async close() {
        await journal.close();
        await topics.close();
      },
    };
  }
  return {
    state,
    projection,
    fresh,
    rows,
    /** Everything that a rebuild makes. */
    async dump() {
      const dumped = [];
      for (const table of tables) dumped.push([table, await rows(table)] as const);
      return Object.fromEntries(dumped);
    },
    async close() {
      await state.close();
      rmSync(folder, { recursive: true });
    },
  };
}
