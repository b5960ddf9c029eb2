import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Detection } from '../../contracts/index.ts';
import { logicHash, parseRules } from '../../detect/index.ts';
import { trust } from '../../sql/index.ts';
import { openState, type State } from '../../state/index.ts';
import { openStore, type Store } from '../../store/index.ts';
import { correlationMigrations, createCorrelator, type JudgedPack } from '../index.ts';

const minute = 60_000;
const now = Date.UTC(2026, 10, 23, 12);
const never = new AbortController().signal;

const parsed = parseRules(
  `title: failed
id: failed
name: failed
level: low
logsource: { product: windows, service: security }
detection: { s: { EventID: 4625 }, condition: s }
---
title: brute force
id: brute
level: high
tags: [attack.t1110]
correlation:
  type: event_count
  rules: [failed]
  group-by: [user]
  timespan: 10m
  condition: { gte: 3 }
`,
  'rules.yml',
);
const pack: JudgedPack = { name: 'test', license: 'DRL-1.1', author: 'The test', ...parsed };
const logic = parsed.rules.map(logicHash)[0] ?? '';

const root = mkdtempSync(join(tmpdir(), 'tyrian-correlator-'));
let store: Store;
let state: State;
let told: Detection[] = [];
let importing = new Set<string>();
let fails = false;
let enabled = true;
let clock = now;

beforeAll(async () => {
  store = await openStore({ folder: join(root, 'store') });
  state = await openState({ folder: join(root, 'state'), migrations: correlationMigrations });
});
afterAll(async () => {
  await store.close();
  await state.close();
  rmSync(root, { recursive: true, force: true });
});
beforeEach(async () => {
  for (const table of ['rule_hits', 'events']) await store.run(trust(`TRUNCATE TABLE ${table}`));
  for (const table of ['correlation_positions', 'correlation_episodes'])
    await state.query(`DELETE FROM ${table}`);
  [told, importing, fails, enabled, clock] = [[], new Set(), false, true, now];
});

interface Hit {
  /** Minutes before or after noon. */
  readonly at: number;
  readonly user?: string;
  readonly tenant?: string;
  /** Minutes after noon at which it was written. */
  readonly written?: number;
  readonly imported?: boolean;
}

/** A UUIDv8 of the event. */
function idOf({ at, user }: Hit): Buffer {
  const id = createHash('sha256')
    .update(JSON.stringify([at, user]))
    .digest()
    .subarray(0, 16);
  id.writeUInt8(0x80, 6);
  id.writeUInt8(0x80, 8);
  return id;
}

/** Stores hits, as the pipeline does; the source is live as of the last one. */
async function take(...hits: readonly Hit[]): Promise<void> {
  for (const hit of hits) {
    const { at, user = 'bob', tenant = 'red', written = 0, imported = false } = hit;
    await store.insert('rule_hits', [
      {
        ...{
          tenant,
          rule: 'failed',
          logic,
          event_id: idOf(hit),
          source: 'windows',
          imported: Number(imported),
        },
        time: BigInt(now + at * minute) * 1_000n,
        received_at: now + written * minute,
        ingested_at: now + written * minute,
        ...{ raw_sha256: '0'.repeat(64), entity_kind: 'host', entity_value: 'dc1' },
        fields: JSON.stringify({ user }),
      },
    ]);
  }
}

const correlator = () =>
  createCorrelator({
    store: { rows: (sql, signal) => store.rows(trust(sql), { signal }) },
    ...{ state, packs: () => [pack], snapshot: () => clock, clock: () => clock },
    journal: {
      async detected(detections) {
        if (fails) throw new Error('the disk is full');
        told.push(...detections.map((detection) => Detection.parse(detection)));
      },
    },
    mask: { of: () => ({ enabled, level: null }) },
    importing: async () => importing,
    latenessMilliseconds: 5 * minute,
    keptMilliseconds: 90 * 24 * 60 * minute,
    onExceeded: (exceeded) => {
      throw new Error(JSON.stringify(exceeded));
    },
  });
const windows = () => told.flatMap(({ window }) => window ?? []);

test('hits of one group within the timespan are one detection of the correlation', async () => {
  await take({ at: -60 }, { at: -58 }, { at: -52 }, { at: -55, user: 'eve' });
  expect(await correlator().run(never)).toBe(1);
  expect(told).toMatchObject([
    {
      tenant: 'red',
      rule: {
        id: 'brute',
        level: 'high',
        title: 'brute force',
        pack: 'test',
        author: 'The test',
        license: 'DRL-1.1',
      },
      event: { time: '2026-11-23T11:08:00.000000Z', source: 'windows' },
      entity: { kind: 'host', value: 'dc1' },
      matched: [{ field: 'user', value: 'bob' }],
      window: {
        ...{ from: '2026-11-23T11:00:00.000000Z', to: '2026-11-23T11:08:00.000000Z', state: 'closed' },
        ...{ event_count: 3, group: [{ field: 'user', value: 'bob' }], cut: false },
      },
    },
  ]);
  expect(told[0]?.id).toBe(windows()[0]?.episode);
});

test('a second run, one after a restart, and hits that are stored twice tell nothing more', async () => {
  const hits = [{ at: -60 }, { at: -58 }, { at: -52 }];
  await take(...hits);
  const one = correlator();
  await one.run(never);
  await take(...hits.map((hit) => ({ ...hit, written: 1 })));
  clock = now + 2 * minute;
  await one.run(never);
  await correlator().run(never);
  expect(told).toHaveLength(1);
});

test('tenants are apart, and so are their ids', async () => {
  const hits = [{ at: -60 }, { at: -58 }, { at: -52 }];
  await take(...hits, ...hits.map((hit) => ({ ...hit, tenant: 'blue' })), { at: -51, tenant: 'green' });
  await correlator().run(never);
  expect(told.map(({ tenant }) => tenant)).toEqual(['blue', 'red']);
  expect(told[0]?.id).not.toBe(told[1]?.id);
});

test('what is above the watermark waits; growth is told once, when it is over', async () => {
  await take({ at: -15 }, { at: -14 }, { at: -12 }, { at: -9 });
  // No source is live: the watermark is ten minutes back.
  const one = correlator();
  await one.run(never);
  expect(windows()).toMatchObject([{ event_count: 3, state: 'open' }]);
  for (const minutes of [2, 4, 6, 8, 10, 14]) {
    clock = now + minutes * minute;
    await one.run(never);
  }
  expect(windows()).toMatchObject([
    { event_count: 3, state: 'open' },
    { event_count: 4, state: 'closed', episode: windows()[0]?.episode },
  ]);
  expect(told[1]?.id).not.toBe(told[0]?.id);
});

test('an import is looked at when it is over, whatever the times of its records', async () => {
  await take(...[-3, -2, -1].map((at) => ({ at, imported: true })));
  importing = new Set(['red']);
  const one = correlator();
  await one.run(never);
  expect(told).toEqual([]);
  importing = new Set();
  await one.run(never);
  expect(windows()).toMatchObject([{ event_count: 3 }]);
});

test('when the journal can not be written nothing is lost, and the ids stay', async () => {
  await take({ at: -60 }, { at: -58 }, { at: -52 });
  fails = true;
  await expect(correlator().run(never)).rejects.toThrow('the disk is full');
  fails = false;
  await correlator().run(never);
  const [first] = told;
  // State that is lost is made again from the hits.
  for (const table of ['correlation_positions', 'correlation_episodes'])
    await state.query(`DELETE FROM ${table}`);
  await correlator().run(never);
  expect(told.map(({ id }) => id)).toEqual([first?.id, first?.id]);
});

test('what comes late supersedes, with links both ways', async () => {
  await take({ at: -60 }, { at: -58 }, { at: -52 });
  await correlator().run(never);
  await take({ at: -59, written: 1 });
  clock = now + 2 * minute;
  await correlator().run(never);
  const [first, next, gone] = windows();
  expect(next).toMatchObject({ event_count: 4, supersedes: [first?.episode] });
  expect(gone).toMatchObject({ state: 'gone', episode: first?.episode, superseded_by: next?.episode });
});

test('a live source holds its rules back until it is past the lateness, an event without a time by its receipt', async () => {
  const event = (minutes: number, time: bigint | null) =>
    store.insert('events', [
      {
        ...{ tenant: 'red', source: 'windows', event_id: idOf({ at: minutes }), time },
        ...{ received_at: now + minutes * minute, ingested_at: now + minutes * minute },
      },
    ]);
  await take({ at: -60 }, { at: -58 }, { at: -52 });
  await event(-1, BigInt(now - 55 * minute) * 1_000n);
  const one = correlator();
  await one.run(never);
  expect(told).toEqual([]);
  clock = now + minute;
  await event(1, null);
  await one.run(never);
  expect(windows()).toMatchObject([{ event_count: 3 }]);
});

test('a correlation that is switched off tells nothing', async () => {
  await take({ at: -60 }, { at: -58 }, { at: -52 });
  enabled = false;
  expect(await correlator().run(never)).toBe(0);
});
