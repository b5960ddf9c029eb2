import { rowVersion } from '../../contracts/index.ts';
import type { Column, Table } from '../../sql/index.ts';
import { durableSettings } from './settings.ts';

const count = (comment: string): Column => ({ type: 'Array(UInt64)', comment });

/** That a batch is whole: one row per partition and batch, written last. Holds all tenants, so no query reads it. */
export const markers: Table = {
  name: 'markers',
  comment: 'Batches that are stored whole, with what became of their records',
  engine: 'MergeTree',
  columns: {
    partition: { type: 'UInt16', comment: 'log partition' },
    from_offset: { type: 'UInt64', comment: 'first offset of the batch' },
    to_offset: { type: 'UInt64', comment: 'offset behind its last' },
    ingested_at: { type: "DateTime64(3, 'UTC')", comment: "the batch's stamp" },
    writer_epoch: { type: 'UInt32', comment: 'epoch of the writer' },
    batch: { type: 'UInt64', comment: 'number of the batch within the epoch' },
    tenants: { type: 'Array(String)', comment: 'per count: the tenant' },
    sources: { type: 'Array(String)', comment: 'per count: the source' },
    minutes: { type: 'Array(UInt32)', comment: 'per count: minute of receipt, since the epoch' },
    received: count('records'),
    stored: count('records that became events'),
    duplicate: count('records that were stored already'),
    filtered: count('records that were left out on purpose'),
    joined: count('records that became part of another event'),
    dead: count('records that became dead letters'),
    conflict: count('stored records whose id was taken by other content'),
  },
  partitionBy: 'toYYYYMM(ingested_at)',
  orderBy: ['partition', 'from_offset'],
  indexes: [{ name: 'ingested_at_range', expression: 'ingested_at', type: 'minmax', granularity: 1 }],
  settings: durableSettings,
  schemaVersion: rowVersion,
  rowKey: ['partition', 'from_offset', 'writer_epoch', 'batch'],
  tenantColumn: 'none',
  snapshotColumn: 'ingested_at',
};
