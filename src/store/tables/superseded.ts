import { rowVersion } from '../../contracts/index.ts';
import type { Table } from '../../sql/index.ts';
import { durableSettings } from './settings.ts';

/**
 * Batches that a replay replaced, per tenant: their rows are left out of reads whose snapshot lies at or after
 * `superseded_at`, which is the stamp of the replaying batch. So old and new rows change places in one moment, and
 * an older snapshot still shows the old ones.
 */
export const superseded: Table = {
  name: 'superseded',
  comment: 'Batches that were replaced by a replay, from when on',
  engine: 'MergeTree',
  columns: {
    tenant: { type: 'String', comment: 'whose rows of the batch' },
    writer_epoch: { type: 'UInt32', comment: 'epoch of the writer of the replaced batch' },
    batch: { type: 'UInt64', comment: 'number of the replaced batch' },
    superseded_at: { type: "DateTime64(3, 'UTC')", comment: 'stamp of the replaying batch' },
  },
  orderBy: ['tenant', 'superseded_at'],
  settings: durableSettings,
  schemaVersion: rowVersion,
  rowKey: ['superseded_at', 'writer_epoch', 'batch'],
  tenantColumn: 'tenant',
  snapshotColumn: 'superseded_at',
};
