import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordGroup } from '../contracts/index.ts';
import { type Log, openLog } from '../log/index.ts';
import { trust } from '../sql/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { createLedger, createRefusals, type Ledger } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-ledger-'));
const received = Date.UTC(2026, 5, 1, 10, 0, 30);
const day = { from: new Date(Date.UTC(2026, 5, 1)), to: new Date(Date.UTC(2026, 5, 2)) };
let store: Store;
let log: Log;
let snapshot = received + 60_000;
const refusals = createRefusals();
let ledger: Ledger;

const at = (milliseconds: number) => `fromUnixTimestamp64Milli(${milliseconds}, 'UTC')`;
const run = (sql: string) => store.run(trust(sql));

async function storeEvents(count: number, stamp: number, tenant = 'acme'): Promise<void> {
  await run(
    'INSERT INTO events (tenant, event_id, time, received_at, ingested_at, source) ' +
      `SELECT '${tenant}', unhex(leftPad(hex(${stamp} * 1000 + number), 32, '0')), ${at(received - 1_000)}, ${at(received)}, ${at(stamp)}, 'zeek' FROM numbers(${count})`,
  );
}

const mark = (
  to: number,
  stamp: number,
  counts: { received: number; stored: number; duplicate: number; dead: number },
) =>
  run(
    'INSERT INTO markers (partition, from_offset, to_offset, ingested_at, writer_epoch, batch, tenants, sources, minutes, received, stored, duplicate, dead, conflict, joined, filtered) ' +
      `VALUES (0, 0, ${to}, ${at(stamp)}, 1, ${to}, ['acme'], ['zeek'], [${Math.floor(received / 60_000)}], [${counts.received}], [${counts.stored}], [${counts.duplicate}], [${counts.dead}], [0], [0], [0])`,
  );

const group: RecordGroup = {
  tenant: 'acme',
  source: 'zeek',
  form: '',
  stream: 's',
  receivedAt: received,
  scheme: 'connection',
  seed: '',
  traceparent: '',
  count: 3,
  body: Buffer.from([1, 97, 1, 98, 1, 99]),
  ordinals: new Uint32Array(3),
};

beforeAll(async () => {
  store = await openStore({ folder: join(folder, 'store') });
  log = await openLog({ folder: join(folder, 'log'), partitions: 1 });
  ledger = createLedger({
    store: { rows: (sql, signal) => store.rows(trust(sql), signal ? { signal } : {}) },
    log,
    refusals,
    snapshot: () => snapshot,
  });
});
afterAll(async () => {
  await log.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const report = () => ledger.report({ tenant: 'acme', ...day });

describe('the ledger', () => {
  test('counts what is in the log and not stored yet as in flight', async () => {
    const { offset } = await log.append(group);
    const [row] = (await report()).rows;
    expect(row).toMatchObject({ source: 'zeek', received: 3, in_flight: 3, stored: 0, balanced: true });
    await storeEvents(2, received + 1_000);
    await mark(offset + 1, received + 1_000, { received: 3, stored: 2, duplicate: 1, dead: 0 });
    expect((await report()).total).toMatchObject({
      received: 3,
      stored: 2,
      duplicate: 1,
      in_flight: 0,
      balanced: true,
    });
  });

  test('does not see a batch that is not whole yet', async () => {
    snapshot = received + 1_500;
    await storeEvents(5, received + 2_000);
    expect((await report()).total).toMatchObject({ stored: 2, balanced: true });
    snapshot = received + 60_000;
  });

  test('names a source whose rows and markers disagree', async () => {
    const found = await report();
    expect(found.rows.filter(({ balanced }) => !balanced).map(({ source }) => source)).toEqual(['zeek']);
    expect(found.total.balanced).toBe(false);
    await mark(2, received + 2_000, { received: 5, stored: 5, duplicate: 0, dead: 0 });
    expect((await report()).total).toMatchObject({ received: 8, stored: 7, balanced: true });
  });

  test('shows nothing of another tenant, and refusals beside the balance', async () => {
    await storeEvents(4, received + 3_000, 'other');
    refusals.add('acme', 'zeek', received, 7);
    refusals.add('other', 'zeek', received, 9);
    expect((await report()).total).toMatchObject({ stored: 7, refused: 7, balanced: true });
    expect((await ledger.report({ tenant: 'nobody', ...day })).rows).toEqual([]);
  });

  test('says how each source covers a window of event time', async () => {
    const window = { tenant: 'acme', from: new Date(received - 5_000), to: new Date(received) };
    expect(await ledger.coverage(window)).toMatchObject([
      { source: 'zeek', stored: 7, dead: 0, in_flight: 0, silent: false },
    ]);
    const later = await ledger.coverage({ ...window, from: new Date(received), to: new Date(received + 1) });
    expect(later).toMatchObject([
      { source: 'zeek', stored: 0, silent: true, newest_received_at: '2026-06-01T10:00:00.000Z' },
    ]);
  });
});

test('refusals are forgotten oldest minute first, within a bound', () => {
  const bounded = createRefusals();
  for (let minute = 0; minute < 11_000; minute += 1) bounded.add('t', 's', minute * 60_000, 1);
  expect(bounded.between('t', 0, 11_000 * 60_000).get('s')).toBe(7 * 24 * 60);
});
