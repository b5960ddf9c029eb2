import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createJobs, type Job, type JobKind, jobsMigrations } from '../jobs/index.ts';
import { type Journal, journalMigrations, openJournal } from '../journal/index.ts';
import { createLedger, createRefusals, type Ledger } from '../ledger/index.ts';
import { openLog, openTopics } from '../log/index.ts';
import { trust } from '../sql/index.ts';
import { openState, type State } from '../state/index.ts';
import { openStore, type Store } from '../store/index.ts';
import {
  createHolds,
  eraseKind,
  type Holds,
  holdsProjection,
  type RetentionStore,
  sweepKind,
} from './index.ts';

const day = 86_400_000;
const now = Date.parse('2026-11-23T12:00:00Z');
const by = { id: 'k1', name: 'ann' };
const never = new AbortController().signal;

const folder = mkdtempSync(join(tmpdir(), 'tyrian-retention-'));
const closing: (() => Promise<unknown>)[] = [];
let store: Store;
let state: State;
let journal: Journal;
let holds: Holds;
let ledger: Ledger;
beforeAll(async () => {
  store = await openStore({ folder: join(folder, 'store') });
  const topics = await openTopics({ folder: join(folder, 'topics') });
  const log = await openLog({ folder: join(folder, 'log'), partitions: 1 });
  const migrations = [...journalMigrations, ...jobsMigrations, ...holdsProjection.migrations];
  state = await openState({ folder: join(folder, 'state'), migrations });
  const onFault = (fault: unknown) => {
    throw fault;
  };
  const projections = [holdsProjection];
  journal = await openJournal({ topics, state, projections, clock: () => new Date(now), onFault });
  holds = createHolds({ state, journal });
  ledger = createLedger({
    store: { rows: (sql) => store.rows(trust(sql)) },
    ...{ log, refusals: createRefusals(), snapshot: () => now },
  });
  closing.push(
    () => store.close(),
    () => topics.close(),
    () => log.close(),
    () => state.close(),
    () => journal.close(),
  );
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

const tables = ['events', 'dead_letters', 'markers', 'erased', 'ledger_horizon'];
beforeEach(async () => {
  for (const table of tables) await store.run(trust(`TRUNCATE TABLE ${table}`));
  for (const tenant of await holds.heldTenants())
    for (const { name } of await holds.list(tenant)) await holds.release({ tenant, by, name });
});

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();

let batches = 0;
/** One batch of one tenant: its events, dead letters and marker, as the pipeline leaves them. */
async function stored(batch: {
  readonly tenant?: string;
  readonly daysAgo: number;
  readonly standard?: number;
  readonly evidence?: number;
  readonly dead?: number;
  readonly raw?: string;
}): Promise<void> {
  const { tenant = 'acme', daysAgo, standard = 0, evidence = 0, dead = 0, raw = '{"user":"bob"}' } = batch;
  batches += 1;
  const at = now - daysAgo * day;
  const came = { tenant, source: 'okta', received_at: at, ingested_at: at, writer_epoch: 1, batch: batches };
  const place = (sub: number) => ({ partition: 0, offset: batches, sub });
  const classes = [
    ...Array.from({ length: standard }, () => 'standard'),
    ...Array.from({ length: evidence }, () => 'evidence'),
  ];
  const events = classes.map((retention_class, sub) => ({
    ...{ ...came, ...place(sub), retention_class, raw, user_name: JSON.parse(raw).user ?? '' },
    event_id: `00000000-0000-8000-8000-${String(batches * 1_000 + sub).padStart(12, '0')}`,
  }));
  if (events.length > 0) await store.insert('events', events);
  const letters = Array.from({ length: dead }, (_, sub) => ({ ...came, ...place(1_000 + sub), raw }));
  if (letters.length > 0) await store.insert('dead_letters', letters);
  await store.insert('markers', [
    {
      ...{ partition: 0, from_offset: batches, to_offset: batches + 1, ingested_at: at },
      ...{ writer_epoch: 1, batch: batches, tenants: [tenant], sources: ['okta'] },
      ...{ minutes: [Math.floor(at / 60_000)], received: [classes.length + dead], stored: [classes.length] },
      ...{ dead: [dead], duplicate: [0], filtered: [0], joined: [0], conflict: [0] },
    },
  ]);
}

const background: RetentionStore = {
  run: (sql) => store.run(trust(sql), { lane: 'background' }),
  rows: (sql) => store.rows(trust(sql), { lane: 'background' }),
};
const count = async (table: string, where = '1') =>
  Number((await store.rows(trust(`SELECT count() AS n FROM ${table} WHERE ${where}`)))[0]?.n);
const report = (tenant = 'acme') => ledger.report({ tenant, from: new Date(0), to: new Date(now + day) });

async function run(kind: JobKind, parameters: Job['parameters'], tenant = 'acme'): Promise<Job> {
  let id = 0;
  const jobs = createJobs({
    ...{ state, kinds: [{ ...kind, maxAttempts: 1 }], owner: 'test', parallel: 1 },
    clock: () => new Date(now),
    newId: () => `${kind.name.replace('.', '-')}-${Date.now()}-${id++}`,
    onFault: () => {},
  });
  const { id: job } = await jobs.start({ kind: kind.name, tenant, by, parameters });
  await jobs.drain(never);
  return await jobs.get(tenant, job);
}

const sweep = () => {
  const days = { events: 30, evidence: 300, deadLetters: 10, alerts: 100 };
  return sweepKind({
    store: background,
    holds,
    days,
    clock: () => now,
    pruneAlerts: async () => 3,
    prunePassages: async () => {},
  });
};

describe('the sweep', () => {
  it('removes what is older than its class allows, by when it was ingested, and the ledger still adds up', async () => {
    await stored({ daysAgo: 400, evidence: 2 });
    await stored({ daysAgo: 100, standard: 5, evidence: 2, dead: 3 });
    await stored({ daysAgo: 20, standard: 7, dead: 4 });
    await stored({ daysAgo: 1, standard: 11, evidence: 1, dead: 1 });
    expect((await report()).total.balanced).toBe(true);
    const job = await run(sweep(), {});
    expect(job).toMatchObject({
      state: 'done',
      result: { events: 5, evidence: 2, dead_letters: 7, alerts: 3, held_tenants: 0 },
    });
    expect([await count('events'), await count('events', "retention_class = 'evidence'")]).toEqual([21, 3]);
    expect(await count('dead_letters')).toBe(1);
    expect((await report()).total).toMatchObject({ balanced: true, received: 13, stored: 12, dead: 1 });
    expect((await run(sweep(), {})).result).toMatchObject({ events: 0, evidence: 0, dead_letters: 0 });
  });

  it('waits while nothing comes, and keeps the newest marker of a partition and of a source', async () => {
    await stored({ daysAgo: 200, standard: 1 });
    await stored({ daysAgo: 190, standard: 1 });
    expect((await run(sweep(), {})).result).toEqual({ waits: expect.stringContaining('clock') });
    await stored({ tenant: 'rival', daysAgo: 1, standard: 1 });
    await run(sweep(), {});
    expect(await count('events')).toBe(1);
    const [left] = await store.rows(trust('SELECT count() AS n, max(to_offset) AS next FROM markers'));
    expect(left).toEqual({ n: '2', next: String(batches + 1) });
  });

  it('leaves it known when a source sent last, however long ago that was', async () => {
    await stored({ daysAgo: 200, standard: 1 });
    await stored({ daysAgo: 190, standard: 1 });
    await stored({ daysAgo: 180, standard: 1 });
    await stored({ tenant: 'rival', daysAgo: 1, standard: 1 });
    await run(sweep(), {});
    expect([await count('events'), await count('markers')]).toEqual([1, 2]);
    expect(await ledger.tenants()).toEqual(['acme', 'rival']);
    const window = { tenant: 'acme', from: new Date(now - day), to: new Date(now) };
    expect(await ledger.coverage(window)).toMatchObject([
      { source: 'okta', stored: 0, silent: true, newest_received_at: iso(now - 180 * day) },
    ]);
    expect((await report()).total).toMatchObject({ received: 0, balanced: true });
  });

  it('keeps everything of a tenant under hold, and nothing of others for its sake', async () => {
    await stored({ daysAgo: 100, standard: 2, dead: 1 });
    await stored({ tenant: 'rival', daysAgo: 100, standard: 4, dead: 1 });
    await stored({ tenant: 'rival', daysAgo: 1 });
    await holds.place({ tenant: 'acme', by, name: 'court', reason: 'case 7' });
    expect((await run(sweep(), {})).result).toMatchObject({ events: 4, dead_letters: 1, held_tenants: 1 });
    expect(await count('events', "tenant = 'acme'")).toBe(2);
    await holds.release({ tenant: 'acme', by, name: 'court' });
    expect((await run(sweep(), {})).result).toMatchObject({ events: 2, dead_letters: 1, held_tenants: 0 });
  });
});

const erase = () => eraseWith(background);
const eraseWith = (rows: RetentionStore) =>
  eraseKind({
    ...{ store: rows, holds, journal, clock: () => now, logRetentionMilliseconds: 72 * 3_600_000 },
    settled: async () => now - 1,
    eraseWorkflow: async () => ({ journal_detections: 1 }),
  }) as JobKind;

describe('erasing', () => {
  it('takes a person out of events and dead letters of one tenant, without case, and gives a receipt that names nobody', async () => {
    await stored({ daysAgo: 1, standard: 3, dead: 2, raw: '{"user":"Bob"}' });
    await stored({ daysAgo: 1, standard: 4, raw: '{"user":"alice"}' });
    await stored({ tenant: 'rival', daysAgo: 1, standard: 5, raw: '{"user":"bob"}' });
    const job = await run(erase(), { kind: 'person', name: 'bob' });
    expect(job).toMatchObject({
      state: 'done',
      result: {
        erased: { events: 3, dead_letters: 2, journal_detections: 1 },
        log_free_at: '2026-11-26T12:00:00.000Z',
        subject_sha256: '81b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9',
      },
    });
    expect(JSON.stringify(job.result).toLowerCase()).not.toContain('bob');
    expect([await count('events', "tenant = 'acme'"), await count('events', "tenant = 'rival'")]).toEqual([
      4, 5,
    ]);
    const { total } = await report();
    expect(total).toMatchObject({ balanced: true, received: 9, stored: 7, dead: 2, erased: 5 });
    const line = await state.query("SELECT details FROM audit_trail WHERE action = 'retention.erased'");
    expect(line).toMatchObject([{ details: { receipt: { erased: { events: 3 } } } }]);
  });

  it('takes everything of a tenant', async () => {
    await stored({ daysAgo: 1, standard: 3, dead: 2 });
    await stored({ tenant: 'rival', daysAgo: 1, standard: 5 });
    await run(erase(), { kind: 'tenant' });
    expect([await count('events'), await count('dead_letters')]).toEqual([5, 0]);
    expect((await report()).total.balanced).toBe(true);
  });

  it('is refused while the tenant is under hold', async () => {
    await stored({ daysAgo: 1, standard: 3 });
    await holds.place({ tenant: 'acme', by, name: 'court', reason: 'case 7' });
    const job = await run(erase(), { kind: 'tenant' });
    expect(job).toMatchObject({ state: 'failed', error: { code: 'retention.held' } });
    expect(await count('events')).toBe(3);
  });

  it('leaves what comes in while it works, and books once what an earlier attempt took', async () => {
    await stored({ daysAgo: 1, standard: 3 });
    let attempts = 0;
    let time = now;
    const breaking: RetentionStore = {
      ...background,
      async run(sql, signal) {
        await background.run(sql, signal);
        if (attempts > 0 || !sql.startsWith('INSERT INTO erased')) return;
        await stored({ daysAgo: 0, standard: 2 });
        attempts += 1;
        throw new Error('the process ends here');
      },
    };
    const kind = { ...eraseWith(breaking), maxAttempts: 2 };
    const jobs = createJobs({
      ...{ state, kinds: [kind], owner: 'test', parallel: 1, onFault: () => {} },
      clock: () => new Date(time),
      newId: () => `erase-again-${Date.now()}`,
    });
    const { id } = await jobs.start({ kind: kind.name, tenant: 'acme', by, parameters: { kind: 'tenant' } });
    await jobs.drain(never);
    time += 3_600_000;
    await jobs.drain(never);
    expect(await jobs.get('acme', id)).toMatchObject({
      ...{ state: 'done', attempts: 2, parameters: {}, result: { erased: { events: 3 } } },
    });
    expect([attempts, await count('events')]).toEqual([1, 2]);
    expect((await report()).total).toMatchObject({ balanced: true, received: 5, erased: 3 });
  });

  it('finds a name that JSON writes with escapes beyond ASCII', async () => {
    await stored({ daysAgo: 1, standard: 1, raw: '{"person":"J\\u00fcrgen M\\u00DCLLER"}' });
    expect((await run(erase(), { kind: 'person', name: 'Müller' })).result).toMatchObject({
      erased: { events: 1 },
    });
  });

  it('finds a name that JSON writes escaped', async () => {
    await stored({ daysAgo: 1, standard: 1, raw: '{"user":"CORP\\\\bob"}' });
    await stored({ daysAgo: 1, standard: 1, raw: '{"user":"CORP\\\\eve"}' });
    expect((await run(erase(), { kind: 'person', name: 'CORP\\bob' })).result).toMatchObject({
      erased: { events: 1 },
    });
  });
});

describe('holds', () => {
  it('are placed once under a name, and released once', async () => {
    const hold = { tenant: 'acme', by, name: 'court' };
    await holds.place({ ...hold, reason: 'case 7' });
    await expect(holds.place({ ...hold, reason: 'again' })).rejects.toMatchObject({
      code: 'retention.hold_known',
    });
    expect(await holds.list('acme')).toMatchObject([{ name: 'court', reason: 'case 7', placed_by: 'ann' }]);
    await expect(holds.release({ ...hold, tenant: 'rival' })).rejects.toMatchObject({
      code: 'retention.hold_unknown',
    });
    await holds.release(hold);
    await expect(holds.release(hold)).rejects.toMatchObject({ code: 'retention.hold_unknown' });
  });
});
