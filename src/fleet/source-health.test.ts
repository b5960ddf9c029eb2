import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trust } from '../sql/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { measureDrift, measureSources, type SourceHealthOptions } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-health-'));
const now = Date.parse('2026-11-23T12:00:00Z');
let store: Store;
let options: SourceHealthOptions;
beforeAll(async () => {
  store = await openStore({ folder });
  options = {
    store: { rows: (sql) => store.rows(trust(sql)) },
    clock: () => now,
    snapshot: () => now,
    silentMilliseconds: 60 * 60_000,
  };
  await fill({ source: 'zeek', count: 300, minutesAgo: 30, host: 'sensor' });
  await fill({ source: 'zeek', count: 300, minutesAgo: 3 * 24 * 60, host: '' });
  await fill({ source: 'okta', count: 10, minutesAgo: 120, host: '' });
  await fill({ source: 'old', count: 10, minutesAgo: 10 * 24 * 60, host: '' });
  await fill({ source: 'zeek', tenant: 'rival', count: 7, minutesAgo: 1, host: '' });
  await store.run(
    trust(
      "INSERT INTO dead_letters (tenant, source, received_at, ingested_at) SELECT 'acme', 'zeek', " +
        `${at(30)}, ${at(29)} FROM numbers(100)`,
    ),
  );
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (minutesAgo: number) => `fromUnixTimestamp64Milli(${now - minutesAgo * 60_000}, 'UTC')`;
const fill = (rows: {
  readonly source: string;
  readonly tenant?: string;
  readonly count: number;
  readonly minutesAgo: number;
  readonly host: string;
}) =>
  store.run(
    trust(
      'INSERT INTO events (tenant, event_id, source, time, received_at, ingested_at, retention_class, device_hostname) ' +
        `SELECT '${rows.tenant ?? 'acme'}', unhex(leftPad(hex(number), 32, '0')), '${rows.source}', ` +
        `subtractSeconds(${at(rows.minutesAgo)}, number), ${at(rows.minutesAgo)}, addSeconds(${at(rows.minutesAgo)}, 2), ` +
        `'standard', '${rows.host}' FROM numbers(${rows.count})`,
    ),
  );

describe('the health of sources', () => {
  it('says who is silent, how far behind and what share is dead, of one tenant', async () => {
    const sources = await measureSources(options, 'acme');
    expect(sources.map(({ source, silent }) => [source, silent])).toEqual([
      ['okta', true],
      ['zeek', false],
    ]);
    expect(sources[1]).toMatchObject({
      ...{ events: 300, dead: 100, dead_share: 0.25, last_received_at: '2026-11-23T11:30:00.000Z' },
      ingest_lag: { p50: 2, p95: 2, p99: 2 },
    });
    const lag = sources[1]?.delivery_lag;
    expect(lag?.p50).toBeCloseTo(149.5, 0);
    expect(lag?.p99).toBeGreaterThan(lag?.p95 ?? Number.NaN);
    expect(sources[0]).toMatchObject({ events: 0, dead_share: null, delivery_lag: null, ingest_lag: null });
  });

  it('says which fields came or went', async () => {
    expect(await measureDrift(options, 'acme', 'zeek')).toEqual([
      { attribute: 'device_hostname', before: 0, now: 1 },
    ]);
    expect(await measureDrift(options, 'acme', 'okta')).toEqual([]);
  });
});
