import { createHash } from 'node:crypto';
import type { InsertRow } from './print-insert.ts';
import type { Table } from './table.ts';

/** Tables with one column of each meaning, and rows that are apt to be confused. For this room's tests only. */
export const superseded: Table = {
  name: 'superseded',
  comment: 'batches that were replaced',
  engine: 'MergeTree',
  columns: {
    tenant: { type: 'String', comment: 'whose' },
    batch: { type: 'UInt64', comment: 'replaced batch' },
    superseded_at: { type: "DateTime64(3, 'UTC')", comment: 'from when on' },
  },
  orderBy: ['tenant', 'superseded_at'],
  schemaVersion: 1,
  rowKey: ['superseded_at', 'batch'],
  tenantColumn: 'tenant',
  snapshotColumn: 'superseded_at',
};

export const things: Table = {
  name: 'things',
  comment: "things of a tenant's",
  engine: 'MergeTree',
  columns: {
    tenant: { type: 'String', comment: 'whose' },
    id: { type: 'FixedString(16)', comment: 'id' },
    time: { type: "Nullable(DateTime64(6, 'UTC'))", comment: 'when' },
    stored: { type: "DateTime64(3, 'UTC')", comment: 'when stored' },
    batch: { type: 'UInt64', comment: 'batch' },
    name: { type: 'String', comment: 'name' },
    address: { type: 'String', comment: 'address' },
    size: { type: 'Nullable(UInt64)', comment: 'size' },
    tags: { type: 'Array(String)', comment: 'tags' },
  },
  orderBy: ['tenant', 'id'],
  schemaVersion: 1,
  rowKey: ['id'],
  tenantColumn: 'tenant',
  snapshotColumn: 'stored',
  supersession: { table: 'superseded', key: ['batch'] },
};

export const secrets: Table = { ...superseded, name: 'secrets', tenantColumn: 'none' };
export const tables: ReadonlyMap<string, Table> = new Map(
  [things, superseded, secrets].map((table) => [table.name, table]),
);

/** The moment of the tests' snapshot, in milliseconds. */
export const snapshot = 1_700_000_000_000;

export interface Thing {
  readonly tenant: string;
  readonly id: string;
  readonly time: bigint | null;
  readonly stored: number;
  readonly batch: number;
  readonly name: string;
  readonly address: string;
  readonly size: bigint | null;
  readonly tags: readonly string[];
}

const names = [
  '',
  'PowerShell.exe',
  'powershell.EXE',
  'C:\\Temp\\100%_done',
  "o'brien\n\0",
  'ÄRGER',
  'ärger',
  '*?',
  '\\',
];
const addresses = [
  '',
  '10.0.0.1',
  '10.255.0.7',
  '192.168.1.1',
  'fe80::1',
  '::ffff:10.0.0.1',
  'not-an-address',
  '::1',
];
const sizes = [null, 0n, 1n, 9_007_199_254_740_993n, 18_446_744_073_709_551_615n];
const tags = [[], ['a'], ['A', 'b%'], ['']];

const pick = <T>(values: readonly T[], index: number): T => values[index % values.length] as T;

/** 600 rows of two tenants; some stored after the snapshot, some of batches that were superseded. */
export const rows: readonly Thing[] = Array.from({ length: 600 }, (_, index) => {
  const dice = createHash('sha256').update(String(index)).digest();
  return {
    tenant: pick(['acme', 'globex'], dice.readUInt8(0)),
    id: dice.toString('hex', 0, 16),
    time:
      dice.readUInt8(1) < 32 ? null : 1_600_000_000_000_000n + BigInt(dice.readUInt32LE(2) % 50) * 1_000_000n,
    stored: snapshot + pick([-1000, -1, 0, 1, 5000], dice.readUInt8(6)),
    batch: dice.readUInt8(7) % 8,
    name: pick(names, dice.readUInt8(8)),
    address: pick(addresses, dice.readUInt8(9)),
    size: pick(sizes, dice.readUInt8(10)),
    tags: pick(tags, dice.readUInt8(11)),
  };
});

/** Batch 3 was superseded before the snapshot, batch 4 after it, batch 5 for the other tenant only. */
export const supersededRows: readonly InsertRow[] = [
  { tenant: 'acme', batch: 3, superseded_at: snapshot - 10 },
  { tenant: 'acme', batch: 4, superseded_at: snapshot + 10 },
  { tenant: 'globex', batch: 5, superseded_at: snapshot - 10 },
];

/** What a read by `acme` as of the snapshot may see. */
export const visible = rows.filter(
  (row) => row.tenant === 'acme' && row.stored <= snapshot && row.batch !== 3,
);
