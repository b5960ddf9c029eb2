import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alertsProjection } from '../alerts/index.ts';
import { rowVersion } from '../contracts/index.ts';
import { compileRuleSql, parseRules, type SigmaRule } from '../detect/index.ts';
import { createJobs, type JobKind, jobsMigrations } from '../jobs/index.ts';
import {
  journalMigrations,
  openJournal,
  type RecordedDetectionsRequest,
  recordedDetections,
} from '../journal/index.ts';
import { openTopics } from '../log/index.ts';
import { fieldSql, loadCatalogue, normalise } from '../normalise/index.ts';
import { type InsertRow, trust } from '../sql/index.ts';
import { openState } from '../state/index.ts';
import { openStore } from '../store/index.ts';
import {
  backfillKind,
  createHuntHits,
  createHunts,
  huntKind,
  huntMigrations,
  openRuleMask,
  rulesProjection,
} from './index.ts';

export const noon = Date.parse('2026-11-23T12:00:00Z');
export const by = { id: 'local', name: 'ann' };

export const ruleId = '5f1c0f4e-8f8b-4a52-9d63-54b6d9c1bbbb';
/** Failed logons of one user. */
export const ruleText = (user = 'mallory', id = ruleId) => `title: Failed logon of ${user}
id: ${id}
level: high
logsource: { product: windows, service: security }
detection:
  logon: { EventID: 4625, TargetUserName: ${user} }
  condition: logon
`;

export interface Logon {
  readonly tenant?: string;
  readonly host?: string;
  readonly user?: string;
  /** Minutes after noon of 2026-11-01; null: the record has no time, and was received at noon of 2026-11-02. */
  readonly at: number | null;
  readonly code?: number;
  readonly note?: string;
}

const firstNoon = Date.parse('2026-11-01T12:00:00Z');
const minute = 60_000;

/** Store, state, journal and jobs of one test file, with hunts over them. */
export async function openHuntRig(rules: readonly string[] = [ruleText()], eventsASlice?: number) {
  const folder = mkdtempSync(join(tmpdir(), 'tyrian-hunt-'));
  const store = await openStore({ folder: join(folder, 'store') });
  const projections = [alertsProjection(), rulesProjection()];
  const state = await openState({
    folder: join(folder, 'state'),
    migrations: [
      ...[...journalMigrations, ...jobsMigrations, ...huntMigrations],
      ...projections.flatMap(({ migrations }) => migrations),
    ],
  });
  const topics = await openTopics({ folder: join(folder, 'topics') });
  const faults: unknown[] = [];
  const onFault = (fault: unknown) => faults.push(fault);
  const clock = () => new Date(noon);
  const journal = await openJournal({ topics, state, projections, clock, onFault });
  const mask = await openRuleMask({ state, journal, onChange: () => {} });
  const catalogue = loadCatalogue();
  const packs = () => [
    { name: 'own', license: 'MIT', rules: rules.flatMap((text) => [...parseRules(text, 'own.yml').rules]) },
  ];
  const hits = createHuntHits(state);
  /** Called before each statement of a hunt. */
  const hooks: { before: (sql: string) => Promise<unknown> } = { before: async () => {} };
  const huntStore = {
    rows: async (
      sql: string,
      { signal, settings = {} }: Parameters<Parameters<typeof huntKind>[0]['store']['rows']>[1],
    ) => {
      await hooks.before(sql);
      return await store.rows(trust(sql), { lane: 'background', signal, settings });
    },
  };
  const options = {
    ...{ store: huntStore, catalogue, packs, hits, mask, journal, clock },
    sqlOf: (rule: SigmaRule) => compileRuleSql(rule, fieldSql(catalogue)),
    ...{ snapshot: () => noon, alertsAnHour: 2, now: () => performance.now() },
    ...(eventsASlice === undefined ? {} : { eventsASlice }),
    recorded: (request: RecordedDetectionsRequest) => recordedDetections(topics, request),
  };
  const jobs = createJobs({
    ...{ state, clock, newId: randomUUID, owner: 'test', parallel: 1 },
    kinds: [huntKind(options) as JobKind, backfillKind(options) as JobKind],
    onFault,
  });
  let records = 0;
  return {
    ...{ store, state, journal, topics, mask, jobs, faults, hooks },
    hunts: createHunts({ ...options, jobs }),
    /** Stores logons as the pipeline would. */
    async put(...logons: readonly Logon[]) {
      const rows = logons.map((logon): InsertRow => {
        records += 1;
        const { tenant = 'acme', host = 'ws-1', user = 'mallory', at, code = 4625, note } = logon;
        const record = {
          ...{
            Channel: 'Security',
            EventID: code,
            Computer: host,
            TargetUserName: user,
            EventRecordID: records,
          },
          ...(note === undefined ? {} : { Note: note }),
          ...(at === null ? {} : { TimeCreated: new Date(firstNoon + at * minute).toISOString() }),
        };
        const recognised = catalogue.recogniseText(JSON.stringify(record));
        const outcome = normalise(catalogue, {
          ...{ tenant, source: 'windows', form: recognised?.form ?? '', stream: 's', seed: '', ordinal: 0 },
          receivedAt: firstNoon + (at ?? 1_440) * minute + 1_000,
          raw: Buffer.from(JSON.stringify(record)),
          place: { partition: 0, offset: records, sub: 0 },
        });
        if (outcome.kind === 'dead') throw new Error(outcome.message);
        const { row: _, ok: __, ...row } = outcome.row;
        return {
          ...row,
          ...{ ingested_at: noon - 1_000, schema_version: rowVersion, id_conflict: 0 },
          ...{ retention_class: 'standard', writer_epoch: 1, batch: 1 },
        };
      });
      await store.insert('events', rows);
    },
    /** Runs what is ordered to its end. */
    drain: () => jobs.drain(new AbortController().signal),
    async close() {
      await jobs.close();
      await journal.close();
      await topics.close();
      await state.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}
