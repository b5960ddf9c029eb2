import { rowVersion } from '../../contracts/index.ts';
import type { Table } from '../../sql/index.ts';
import { durableSettings } from './settings.ts';

/**
 * Dead letters that were received again after what was wrong with them was mended: by their place. They are left out of reads whose snapshot
 * lies at or after `superseded_at`, and the ledger counts such a record once, by what became of it the last time.
 */
export const replayed: Table = {
  name: 'replayed',
  comment: 'Dead letters that were received again, from when on',
  engine: 'MergeTree',
  columns: {
    tenant: { type: 'String', comment: 'whose record it is' },
    source: { type: 'String', comment: 'folder of the mapping' },
    partition: { type: 'UInt16', comment: 'log partition of the dead letter' },
    offset: { type: 'UInt64', comment: 'offset of its frame' },
    sub: { type: 'UInt32', comment: 'index within the frame' },
    received_at: { type: "DateTime64(3, 'UTC')", comment: 'stamped by intake' },
    job: { type: 'String', comment: 'the job that replayed it' },
    superseded_at: { type: "DateTime64(3, 'UTC')", comment: 'when it was durably received again' },
  },
  partitionBy: 'toYYYYMM(superseded_at)',
  orderBy: ['tenant', 'received_at', 'partition', 'offset', 'sub'],
  settings: durableSettings,
  schemaVersion: rowVersion,
  rowKey: ['partition', 'offset', 'sub'],
  tenantColumn: 'tenant',
  snapshotColumn: 'superseded_at',
};
