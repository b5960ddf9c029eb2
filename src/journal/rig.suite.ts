import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { Actor, Detection } from '../contracts/index.ts';
import { openTopics, type Topics } from '../log/index.ts';
import { openState, type State, type StateSession } from '../state/index.ts';
import { type JournalFault, journalMigrations, openJournal, type Projection } from './index.ts';

export const ann: Actor = { id: 'k1', name: 'ann' };

/** A detection that says in its rule's title what the toy is to do: `add 3`, `fail`. */
export function detectionOf(title: string, tenant = 'acme'): Detection {
  const at = '2026-11-23T12:00:00.000Z';
  const rule = {
    id: 'r',
    logic: 'a'.repeat(64),
    level: 'low',
    tags: [],
    pack: 'own',
    author: '',
    license: '',
  };
  return {
    id: 'b'.repeat(32),
    tenant,
    rule: { ...rule, title, level: 'low' },
    event: {
      event_id: '00000000-0000-8000-8000-000000000000',
      time: null,
      received_at: at,
      source: 'linux',
      raw_sha256: 'c'.repeat(64),
    },
    entity: { kind: 'host', value: 'web1' },
    matched: [],
    detected_at: at,
  };
}

export const Total = z.object({ total: z.number() });

/**
 * A total per tenant that depends on order: a detection adds to it, a change multiplies it. `told` counts who would have
 * been told, which is not done for what is replayed.
 */
export const toy: Projection = {
  name: 'toy',
  migrations: [
    {
      room: 'toy',
      version: 1,
      sql: `CREATE TABLE toy_totals (tenant text PRIMARY KEY, total int8 NOT NULL);
        CREATE TABLE toy_told (tenant text NOT NULL)`,
    },
  ],
  tables: ['toy_totals'],
  kinds: ['toy.times', 'toy.fails'],
  audited: ['factor'],
  async applyChange(session, { kind, tenant, data }, { replaying }) {
    if (kind === 'toy.fails') await session.query('SELECT no_such_column FROM toy_totals');
    await setTotal(session, tenant, ((await totalOf(session, tenant)) * Number(data.factor)) % 1_000_003);
    if (!replaying) await session.query('INSERT INTO toy_told (tenant) VALUES ($1)', [tenant]);
  },
  async applyDetections(session, detections) {
    for (const { tenant, rule } of detections) {
      if (rule.title === 'fail') throw new Error('this one can not be applied');
      await setTotal(session, tenant, (await totalOf(session, tenant)) + Number(rule.title.slice(4)));
    }
  },
};

export async function totalOf(session: StateSession, tenant = 'acme'): Promise<number> {
  const [row] = await session.query('SELECT total FROM toy_totals WHERE tenant = $1', [tenant]);
  return row === undefined ? 1 : Total.parse(row).total;
}

async function setTotal(session: StateSession, tenant: string, total: number): Promise<void> {
  await session.query(
    `INSERT INTO toy_totals (tenant, total) VALUES ($1, $2)
     ON CONFLICT (tenant) DO UPDATE SET total = excluded.total`,
    [tenant, total],
  );
}

/** A state for one test file; each test takes topics of its own, and what is ahead of them is made again. */
export async function openRig(projections: readonly Projection[] = [toy]) {
  const folder = mkdtempSync(join(tmpdir(), 'tyrian-journal-'));
  const migrations = [...journalMigrations, ...projections.flatMap((projection) => projection.migrations)];
  const state = await openState({ folder: join(folder, 'state'), migrations });
  const faults: JournalFault[] = [];
  const newTopicsFolder = () => mkdtempSync(join(folder, 'topics-'));
  return {
    state,
    faults,
    newTopicsFolder,
    openTopics: (at = newTopicsFolder()) => openTopics({ folder: at }),
    openJournal: (topics: Topics, over: State = state) =>
      openJournal({
        topics,
        state: over,
        projections,
        clock: () => new Date('2026-11-23T12:34:56Z'),
        onFault: (fault) => faults.push(fault),
      }),
    /** As if the state had been made for these topics. */
    async forget() {
      faults.length = 0;
      for (const table of [
        'journal_positions',
        'journal_faults',
        'audit_trail',
        ...projections.flatMap((p) => p.tables),
      ])
        await state.query(`DELETE FROM ${table}`);
    },
    async close() {
      await state.close();
      rmSync(folder, { recursive: true });
    },
  };
}
