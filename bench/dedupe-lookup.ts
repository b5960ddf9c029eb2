/**
 * How long it takes to find out which ids of a batch are stored already, in a table whose events span 158 days.
 * `node bench/dedupe-lookup.ts [--rows N] [--batches N] [--folder PATH]`, 100 million rows by default.
 *
 * The table is the store's own `events` with its order, settings and projection `ids`, less the columns and indexes
 * that a look-up doesn't touch, so that it fills in minutes. Each insert of a million rows spans all 158 days, which is the worst order: every part has to be
 * searched for every id, until merges have made few of them.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { printCreateTable, quoteString, sql, trust } from '../src/sql/index.ts';
import { openStore, type Schema, type Store } from '../src/store/index.ts';
import { telemetrySchema } from '../src/store/schema.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000000' },
    batches: { type: 'string', default: '20' },
    folder: { type: 'string' },
  },
});
const rows = Number(values.rows);
const batches = Number(values.batches);
const batchIds = 10_000;
const idBytes = 16;
const insertRows = 1_000_000;
const spanMs = 158 * 86_400_000;
const firstMs = Date.UTC(2024, 0, 1);

const needed = new Set(['tenant', 'event_id', 'content_hash', 'retention_class', 'ingested_at']);
const slimTables = telemetrySchema.tables
  .filter((table) => table.name === 'events')
  .map((table) => ({
    ...table,
    columns: Object.fromEntries(Object.entries(table.columns).filter(([name]) => needed.has(name))),
    indexes: [],
  }));
const schema: Schema = {
  tables: slimTables,
  migrations: [
    { number: 1, name: 'slim events', phase: 'expand', statements: slimTables.map(printCreateTable) },
  ],
};

/** An id as the pipeline makes it, from a number: 48 bits of time, then bits of a hash. */
const idOf = (number: string, salt: number) =>
  trust(
    `toFixedString(concat(substring(reverse(reinterpretAsString(toUInt64(${firstMs} + sipHash64(${number}) % ${spanMs}))), -6),` +
      ` substring(reinterpretAsString(sipHash128(${number}, ${salt})), 1, 10)), ${idBytes})`,
  );

async function fill(store: Store): Promise<void> {
  for (let from = 0; from < rows; from += insertRows) {
    const count = Math.min(insertRows, rows - from);
    await store.run(
      sql`INSERT INTO events (tenant, event_id, content_hash, retention_class, ingested_at)
        SELECT 'acme', ${{ sql: idOf('number', 1) }}, sipHash64(number), 'standard', toDateTime64(1700000000, 3, 'UTC')
        FROM numbers(${from}, ${count})`,
    );
    if (from % (10 * insertRows) === 0) console.error(`filled ${from + count} of ${rows} rows`);
  }
}

async function merged(store: Store): Promise<void> {
  for (;;) {
    const [row] = await store.rows(sql`SELECT count() AS merges FROM system.merges WHERE table = 'events'`);
    if (row?.merges === '0') return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** 10,000 ids of rows that are stored (salt 1) or not (another salt), in order. */
async function scattered(store: Store, salt: number): Promise<Buffer> {
  const numbers = Array.from({ length: batchIds }, () => randomInt(rows)).join(', ');
  return await store.bytes(
    sql`SELECT ${{ sql: idOf('number', salt) }} AS id FROM (SELECT arrayJoin(CAST([${{ sql: trust(numbers) }}] AS Array(UInt64))) AS number) ORDER BY id`,
  );
}

/** 10,000 ids that follow each other in time; unknown ones differ from them in the hash alone. */
async function close(store: Store, known: boolean): Promise<Buffer> {
  const first = await scattered(store, 1);
  const from = first.subarray(0, idBytes).toString('hex');
  const ids = await store.bytes(
    sql`SELECT event_id FROM events WHERE tenant = 'acme' AND event_id >= unhex(${from})
      ORDER BY tenant, event_id LIMIT ${batchIds}`,
  );
  if (known) return ids;
  for (let at = 0; at < ids.byteLength; at += idBytes) ids.writeUInt32LE(randomInt(2 ** 32), at + 12);
  return ids;
}

const file = join(mkdtempSync(join(tmpdir(), 'tyrian-ids-')), 'ids.bin');
const sources = {
  projection: "mergeTreeProjection(currentDatabase(), 'events', 'ids')",
  table: 'events',
} as const;

function lookup(source: keyof typeof sources, ids: Buffer) {
  writeFileSync(file, ids);
  return sql`SELECT event_id, content_hash FROM ${{ sql: trust(sources[source]) }} WHERE tenant = 'acme'
    AND event_id IN (SELECT id FROM file(${file}, 'RowBinary', 'id FixedString(16)'))`;
}

interface Figures {
  readonly ms: readonly number[];
  readonly cpuMs: readonly number[];
  readonly found: number;
  readonly granules: string;
}

async function measure(
  store: Store,
  source: keyof typeof sources,
  sets: readonly Buffer[],
  chunk: number,
): Promise<Figures> {
  const ms: number[] = [];
  const cpuMs: number[] = [];
  let found = 0;
  for (const ids of sets) {
    const started = performance.now();
    const cpu = process.cpuUsage();
    for (let at = 0; at < ids.byteLength; at += chunk * idBytes) {
      const statement = lookup(source, ids.subarray(at, at + chunk * idBytes));
      found += (await store.bytes(statement, { settings: { use_query_condition_cache: 0 } })).byteLength / 24;
    }
    const used = process.cpuUsage(cpu);
    ms.push(performance.now() - started);
    cpuMs.push((used.user + used.system) / 1000);
  }
  const [first = Buffer.alloc(0)] = sets;
  return {
    ms,
    cpuMs,
    found: found / sets.length,
    granules: await granules(store, source, first.subarray(0, chunk * idBytes)),
  };
}

/** What the primary index leaves to read, from the plan of the first query. */
async function granules(store: Store, source: keyof typeof sources, ids: Buffer): Promise<string> {
  const plan = await store.rows(sql`EXPLAIN indexes = 1 ${{ sql: lookup(source, ids) }}`);
  const lines = plan.map((row) => String(row.explain).trim());
  return lines.slice(lines.indexOf('PrimaryKey')).find((line) => line.startsWith('Granules: ')) ?? '';
}

const quantile = (values: readonly number[], level: number) => {
  const sorted = values.toSorted((left, right) => left - right);
  return (sorted[Math.min(sorted.length - 1, Math.floor(level * sorted.length))] ?? 0).toFixed(0);
};

const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'tyrian-dedupe-'));
mkdirSync(folder, { recursive: true });
const store = await openStore({ folder, schema });
const [stored] = await store.rows(sql`SELECT count() AS count FROM events`);
if (Number(stored?.count) === rows) console.error(`${folder} holds the rows already`);
else {
  const started = performance.now();
  await fill(store);
  console.error(`filled in ${((performance.now() - started) / 1000).toFixed(0)} s, waiting for merges`);
  await merged(store);
  console.error(`merged after ${((performance.now() - started) / 1000).toFixed(0)} s`);
}
const [parts] = await store.rows(
  sql`SELECT count() AS parts, sum(rows) AS rows, formatReadableSize(sum(bytes_on_disk)) AS disk FROM system.parts
    WHERE table = 'events' AND active AND database = currentDatabase()`,
);
const [projection] = await store.rows(
  sql`SELECT sum(rows) AS rows, formatReadableSize(sum(bytes_on_disk)) AS disk FROM system.projection_parts
    WHERE table = 'events' AND active AND database = currentDatabase()`,
);
console.log(`events: ${parts?.rows} rows over 158 days in ${parts?.parts} parts, ${parts?.disk}`);
console.log(`projection ids: ${projection?.rows} rows, ${projection?.disk}`);
console.log(`${batches} batches of ${batchIds} ids each\n`);
console.log(
  '| ids | read from | ids a query | found | p50 ms | p95 ms | p50 CPU ms | granules of the first query |',
);
console.log('|---|---|---|---|---|---|---|---|');
const repeat = async (make: () => Promise<Buffer>) => {
  const sets: Buffer[] = [];
  for (let index = 0; index < batches; index += 1) sets.push(await make());
  return sets;
};
const kinds = {
  'known, over 158 days': await repeat(() => scattered(store, 1)),
  'unknown, over 158 days': await repeat(() => scattered(store, 2)),
  'known, close in time': await repeat(() => close(store, true)),
  'unknown, close in time': await repeat(() => close(store, false)),
};
for (const [kind, sets] of Object.entries(kinds)) {
  for (const [source, chunk] of [
    ['projection', 10_000],
    ['projection', 1_000],
    ['table', 10_000],
  ] as const) {
    const { ms, cpuMs, found, granules: read } = await measure(store, source, sets, chunk);
    const cells = [
      kind,
      source,
      chunk,
      found,
      quantile(ms, 0.5),
      quantile(ms, 0.95),
      quantile(cpuMs, 0.5),
      read,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
await store.close();
rmSync(file, { force: true });
if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
else console.error(`the data stay in ${quoteString(folder)}`);
