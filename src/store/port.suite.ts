/** What every twin of the store keeps. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantReadScope, type InsertRow, type Query, sql, trust } from '../sql/index.ts';
import type { Store } from './port.ts';

const stamp = Date.UTC(2024, 4, 1, 12);
const hour = 3_600_000;
const scope = grantReadScope('acme', stamp);
const events = { kind: 'table', name: 'events' } as const;

const idOf = (index: number) => `018f3b62-7c00-8000-8000-${index.toString(16).padStart(12, '0')}`;

function event(index: number, more: InsertRow = {}): InsertRow {
  return {
    tenant: 'acme',
    event_id: idOf(index),
    time: BigInt(stamp - hour) * 1000n + BigInt(index),
    time_quality: 'exact',
    received_at: stamp - 1000,
    ingested_at: stamp,
    source: 'windows',
    content_hash: 18_446_744_073_709_551_615n,
    retention_class: 'standard',
    partition: 3,
    offset: 7n,
    sub: index,
    writer_epoch: 1,
    batch: 1n,
    raw: Buffer.from([0x7b, 0x00, 0xff, 0x27, 0x5c, 0x7d]),
    device_hostname: `HOST-${index % 3}`,
    process_pid: index === 0 ? null : 4096n,
    answers: ["it's", 'b'],
    ...more,
  };
}

/** Endless for all that a test waits. */
const endless = sql`SELECT count() AS n FROM numbers(1000000000000) WHERE sipHash64(number) = 1`;

/** Runs the suite; `open` opens a store on new, empty data. */
export function storeSuite(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    let store: Store;
    beforeAll(async () => {
      store = await open();
      const others = [event(100, { tenant: 'globex' }), event(101, { ingested_at: stamp + 1 })];
      await store.insert('events', [...Array.from({ length: 10 }, (_, index) => event(index)), ...others]);
    });
    afterAll(() => store.close());

    const ids: Query = { kind: 'rows', from: events, columns: ['event_id'], limit: 100 };

    it('gives a stored row back, every value as text, to its own tenant', async () => {
      const columns = [
        'event_id',
        'time',
        'received_at',
        'content_hash',
        'process_pid',
        'answers',
        'sub',
        'tls_sni',
      ];
      const result = await store.read(scope, { ...ids, columns, limit: 1 });
      expect(result.columns.map((column) => column.name)).toEqual(columns);
      expect(result.rows).toEqual([
        [
          idOf(0),
          '2024-05-01T11:00:00.000000Z',
          '2024-05-01T11:59:59.000Z',
          '18446744073709551615',
          null,
          ["it's", 'b'],
          '0',
          '',
        ],
      ]);
      const [raw] = await store.rows(sql`SELECT hex(raw) AS raw FROM events LIMIT 1`);
      expect(raw).toEqual({ raw: '7B00FF275C7D' });
    });

    it('shows a scope nothing of another tenant, and nothing later than its snapshot', async () => {
      const seen = await store.read(scope, ids);
      expect(seen.rows.flat()).toEqual(Array.from({ length: 10 }, (_, index) => idOf(index)));
      const later = await store.read(grantReadScope('acme', stamp + 1), ids);
      expect(later.rows.flat()).toEqual([...seen.rows.flat(), idOf(101)]);
      const other = await store.read(grantReadScope('globex', stamp), ids);
      expect(other.rows.flat()).toEqual([idOf(100)]);
    });

    it('leaves superseded batches out from the stamp of what replaced them', async () => {
      await store.insert('events', [event(500, { batch: 2n, ingested_at: stamp + 2 })]);
      await store.insert('superseded', [
        { tenant: 'acme', writer_epoch: 1, batch: 1n, superseded_at: stamp + 2 },
      ]);
      const before = await store.read(grantReadScope('acme', stamp + 1), ids);
      const after = await store.read(grantReadScope('acme', stamp + 2), ids);
      expect(before.rows.length).toBe(11);
      expect(after.rows.flat()).toEqual([idOf(500)]);
    });

    it('says that a result was cut short, and only then', async () => {
      const cut = await store.read(scope, { ...ids, limit: 9 });
      expect([cut.rows.length, cut.truncated]).toEqual([9, true]);
      const whole = await store.read(scope, { ...ids, limit: 10 });
      expect([whole.rows.length, whole.truncated]).toEqual([10, false]);
      const fewer = await store.read(scope, ids, { maxRows: 4 });
      expect([fewer.rows.length, fewer.truncated]).toEqual([4, true]);
    });

    it('names SQL that gives the same rows when it is run again', async () => {
      const query: Query = {
        kind: 'groups',
        from: events,
        keys: [{ kind: 'column', column: 'device_hostname', as: 'host' }],
        measures: [{ kind: 'count', as: 'n' }],
        orderBy: [{ column: 'n', direction: 'desc' }],
        limit: 2,
      };
      const result = await store.read(scope, query);
      const [statement = '', settings = ''] = result.sql.split(' SETTINGS ');
      expect(settings).toContain('max_execution_time = 10');
      const again = await store.rows(trust(statement));
      expect(again.map((row) => [row.host, row.n])).toEqual(result.rows);
      expect(result.rows).toEqual([
        ['HOST-0', '4'],
        ['HOST-1', '3'],
      ]);
    });

    it('refuses a result that is larger than its bound, and a query that takes longer', async () => {
      const wide = { ...ids, columns: ['event_id', 'raw', 'time', 'source'] };
      await expect(store.read(scope, wide, { maxBytes: 20 })).rejects.toMatchObject({
        code: 'store.too_large',
      });
      await expect(store.rows(endless, { maxSeconds: 1 })).rejects.toMatchObject({ code: 'store.timeout' });
    });

    it('keeps settings to the statement that they were given with', async () => {
      const setting = sql`SELECT getSetting('max_execution_time') AS seconds`;
      const [given] = await store.rows(setting, { maxSeconds: 77 });
      expect(given).toEqual({ seconds: '77' });
      const all = await Promise.all(Array.from({ length: 12 }, () => store.rows(setting)));
      expect(all.flat()).toEqual(Array.from({ length: 12 }, () => ({ seconds: '0' })));
    });

    it('gives the next result nothing of what a failed statement had put out', async () => {
      const failing = sql`SELECT number, throwIf(number = 300000) AS n FROM numbers(400000)`;
      for (let round = 0; round < 3; round += 1) {
        await expect(store.bytes(failing, { lane: 'background' })).rejects.toMatchObject({
          code: 'store.query',
        });
        expect(await store.bytes(sql`SELECT toUInt8(7) AS seven`, { lane: 'background' })).toEqual(
          Buffer.from([7]),
        );
        await expect(store.rows(failing, { lane: 'background' })).rejects.toMatchObject({
          code: 'store.query',
        });
        expect(await store.rows(sql`SELECT 7 AS seven`, { lane: 'background' })).toEqual([{ seven: '7' }]);
      }
    });

    it('stores all rows of an insert or none', async () => {
      const good = {
        partition: 1,
        from_offset: 0n,
        to_offset: 5n,
        ingested_at: stamp,
        writer_epoch: 9,
        batch: 1n,
      };
      await expect(
        store.insert('markers', [good, { ...good, batch: 'no number' }, good]),
      ).rejects.toMatchObject({ code: 'sql.value' });
      await expect(store.insert('markers', [good, { ...good, minutes: [1] }])).rejects.toMatchObject({
        code: 'sql.column',
      });
      const bad = sql`INSERT INTO markers (partition, writer_epoch) VALUES (1, 9), ('x', 9)`;
      await expect(store.run(bad)).rejects.toMatchObject({ code: 'store.query' });
      const count = sql`SELECT count() AS n FROM markers WHERE writer_epoch = 9`;
      expect(await store.rows(count)).toEqual([{ n: '0' }]);
      await store.insert('markers', [{ ...good, tenants: ['acme'], minutes: [28_000_000], received: [5n] }]);
      expect(await store.rows(count)).toEqual([{ n: '1' }]);
    });

    it('rejects at once when aborted, and kills the query within a second', async () => {
      const stop = new AbortController();
      const running = store.rows(endless, { signal: stop.signal, lane: 'background' });
      const list = sql`SELECT query AS query FROM system.processes WHERE query LIKE '%numbers(1000000000000)%'
        AND query NOT LIKE '%system.processes%'`;
      await expect.poll(async () => (await store.rows(list)).length).toBe(1);
      stop.abort(new Error('no longer wanted'));
      await expect(running).rejects.toThrow('no longer wanted');
      await expect.poll(async () => (await store.rows(list)).length, { timeout: 1000, interval: 20 }).toBe(0);
      expect(await store.rows(sql`SELECT 1 AS one`, { lane: 'background' })).toEqual([{ one: '1' }]);
    });

    it('answers in one lane while another is taken', async () => {
      const stop = new AbortController();
      const slow = store.rows(endless, { signal: stop.signal, lane: 'background' });
      expect((await store.read(scope, ids)).rows.length).toBe(10);
      stop.abort(new Error('enough'));
      await expect(slow).rejects.toThrow('enough');
    });

    it('closes while queries run and wait: they are refused, and so is what comes after', async () => {
      const other = store;
      const running = Array.from({ length: 5 }, () => other.rows(endless, { lane: 'background' }));
      const ends = Promise.allSettled(running);
      await other.close();
      for (const end of await ends) expect(end).toMatchObject({ reason: { code: 'store.closed' } });
      await expect(other.rows(sql`SELECT 1 AS one`)).rejects.toMatchObject({ code: 'store.closed' });
    });
  });
}
