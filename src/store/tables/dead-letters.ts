import { rowVersion } from '../../contracts/index.ts';
import type { Table } from '../../sql/index.ts';
import { rawColumn } from './events.ts';
import { durableSettings } from './settings.ts';

/** Records that could not become events. A record has one place, which is its id here. */
export const deadLetters: Table = {
  name: 'dead_letters',
  comment: 'Records that could not become events, with the reason',
  engine: 'MergeTree',
  columns: {
    tenant: { type: 'String', comment: 'whose record it is' },
    source: { type: 'String', comment: 'folder of the mapping' },
    stream: { type: 'String', comment: 'credential and the name that the sender gave' },
    partition: { type: 'UInt16', comment: 'log partition' },
    offset: { type: 'UInt64', comment: 'offset of the frame in its partition' },
    sub: { type: 'UInt32', comment: 'index within the frame' },
    received_at: { type: "DateTime64(3, 'UTC')", comment: 'stamped by intake' },
    ingested_at: { type: "DateTime64(3, 'UTC')", comment: 'stamped by the writer, one value a batch' },
    code: { type: 'String', comment: 'what was wrong, as room.what' },
    path: { type: 'String', comment: 'the field, empty for the whole record' },
    message: { type: 'String', comment: 'what was wrong, in words' },
    raw: { ...rawColumn, comment: 'the first 64 KiB of the record as it came' },
    raw_bytes: { type: 'UInt64', comment: 'bytes of the whole record' },
    raw_sha256: { type: 'String', comment: 'SHA-256 of the whole record, hexadecimal' },
    writer_epoch: { type: 'UInt32', comment: 'epoch of the writer' },
    batch: { type: 'UInt64', comment: 'number of the batch within the epoch' },
  },
  partitionBy: 'toYYYYMM(ingested_at)',
  orderBy: ['tenant', 'received_at', 'partition', 'offset', 'sub'],
  indexes: ['ingested_at', 'partition', 'offset', 'batch'].map((name) => ({
    name: `${name}_range`,
    expression: name,
    type: 'minmax',
    granularity: 1,
  })),
  settings: durableSettings,
  schemaVersion: rowVersion,
  rowKey: ['partition', 'offset', 'sub'],
  tenantColumn: 'tenant',
  snapshotColumn: 'ingested_at',
  supersession: { table: 'replayed', key: ['partition', 'offset', 'sub'] },
};
