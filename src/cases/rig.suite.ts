import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alertsProjection, createAlerts, defaultLimits } from '../alerts/index.ts';
import type { Actor, Detection, Entity, RuleLevel } from '../contracts/index.ts';
import { type JournalFault, journalMigrations, openJournal } from '../journal/index.ts';
import { openTopics } from '../log/index.ts';
import { openState } from '../state/index.ts';
import { casesProjection, createCases, followOpenings } from './index.ts';

export const ann: Actor = { id: '00000000000000aa', name: 'ann' };
const noon = Date.parse('2026-11-23T12:00:00Z');
const minute = 60_000;

export interface Hit {
  readonly tenant?: string;
  readonly rule?: string;
  readonly level?: RuleLevel;
  readonly entity?: Entity;
  /** Minutes after noon at which it happened and was detected. */
  readonly at?: number;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
export const host = (value: string): Entity => ({ kind: 'host', value });

export function detectionOf(hit: Hit): Detection {
  const { tenant = 'acme', rule = 'r1', level = 'medium', entity = host('web1'), at = 0 } = hit;
  const id = sha256(JSON.stringify([tenant, rule, entity, at]));
  const time = new Date(noon + at * minute).toISOString();
  return {
    id: id.slice(0, 32),
    tenant,
    rule: {
      ...{ id: rule, logic: sha256(rule), title: `Rule ${rule}`, level, tags: [] },
      ...{ pack: 'own', author: 'us', license: 'Apache-2.0' },
    },
    event: {
      ...{ event_id: '00000000-0000-8000-8000-000000000000', time, received_at: time },
      ...{ source: 'windows', raw_sha256: id },
    },
    entity,
    matched: [],
    detected_at: time,
  };
}

/** State, topics and journal with alerts and their cases; `fresh` begins anew on the same state. */
export async function openRig() {
  const folder = mkdtempSync(join(tmpdir(), 'tyrian-cases-'));
  const projections = [alertsProjection(defaultLimits, followOpenings), casesProjection()];
  const tables = projections.flatMap((projection) => projection.tables);
  const migrations = [...journalMigrations, ...projections.flatMap((projection) => projection.migrations)];
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
    const journal = await openJournal({ topics, state, projections, clock, onFault });
    let made = 0;
    const newId = () => String(++made).padStart(32, 'e');
    const shared = { state, journal, newId, people: async () => ['ann', 'ben'] };
    const cases = createCases(shared);
    return {
      journal,
      cases,
      alerts: createAlerts(shared),
      faults,
      async detect(...hits: readonly Hit[]) {
        await journal.detected(hits.map(detectionOf));
        await journal.settled();
      },
      async all(tenant = 'acme') {
        return (await cases.list({ tenant, limit: 200 })).cases;
      },
      async close() {
        await journal.close();
        await topics.close();
      },
    };
  }
  return {
    state,
    projections,
    fresh,
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
