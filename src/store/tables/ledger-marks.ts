import { rowVersion } from '../../contracts/index.ts';
import type { Table } from '../../sql/index.ts';
import { durableSettings } from './settings.ts';

/** From when on the ledger still compares: rows that came in before may have expired. The newest row counts. */
export const ledgerHorizon: Table = {
  name: 'ledger_horizon',
  comment: 'Minutes of receipt before this are not compared any more',
  engine: 'MergeTree',
  columns: {
    ledger_from: { type: "DateTime64(3, 'UTC')", comment: 'a whole minute' },
  },
  orderBy: ['ledger_from'],
  settings: durableSettings,
  schemaVersion: rowVersion,
  rowKey: ['ledger_from'],
  tenantColumn: 'none',
  snapshotColumn: 'none',
};

/** Rows that were erased on request, so that markers and rows still add up. */
export const erased: Table = {
  name: 'erased',
  comment: 'How many rows were erased, by source and minute of receipt',
  engine: 'MergeTree',
  columns: {
    tenant: { type: 'String', comment: 'whose rows they were' },
    source: { type: 'String', comment: 'folder of the mapping' },
    minute: { type: 'UInt32', comment: 'whole minutes since the epoch' },
    kind: { type: 'String', comment: 'the table: events or dead_letters' },
    rows: { type: 'UInt64', comment: 'how many' },
    job: { type: 'String', comment: 'the job that erased them' },
  },
  orderBy: ['tenant', 'source', 'minute'],
  settings: durableSettings,
  schemaVersion: rowVersion,
  rowKey: ['tenant', 'source', 'minute', 'kind', 'job'],
  tenantColumn: 'tenant',
  snapshotColumn: 'none',
};
