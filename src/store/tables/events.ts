import { type Attribute, type AttributeType, attributes, rowVersion } from '../../contracts/index.ts';
import type { Column, ColumnType, SkipIndex, Table } from '../../sql/index.ts';
import { durableSettings } from './settings.ts';

const attributeTypes: Readonly<Record<AttributeType, ColumnType>> = {
  text: 'String',
  code: 'String',
  ip: 'String',
  int: 'Nullable(UInt64)',
  list: 'Array(String)',
};

/** One column per OCSF attribute. Plain strings under LZ4 throughout: LowCardinality and ZSTD cost the insert more
 *  than they save on disk. */
export const attributeColumns: Readonly<Record<string, Column>> = Object.fromEntries(
  Object.entries<Attribute>(attributes).map(([name, { type, path, caption }]) => [
    name,
    { type: attributeTypes[type], comment: `${path}: ${caption}` },
  ]),
);

/** The raw line as it came; the only column whose compression is worth its CPU. */
export const rawColumn: Column = { type: 'String', codec: 'ZSTD(1)', comment: 'the record as it came' };

const minmaxColumns = ['time', 'received_at', 'ingested_at', 'partition', 'offset', 'batch'];

/** Looked for by equality in whole histories: a part of the granules is skipped for values that are rare. Host and
 *  user names are compared in lower case. */
const bloomExpressions = {
  device_hostname: 'lowerUTF8(device_hostname)',
  actor_user_name: 'lowerUTF8(actor_user_name)',
  user_name: 'lowerUTF8(user_name)',
  query_hostname: 'lowerUTF8(query_hostname)',
  src_ip: 'src_ip',
  dst_ip: 'dst_ip',
  process_uid: 'process_uid',
  parent_process_uid: 'parent_process_uid',
  actor_process_uid: 'actor_process_uid',
  process_sha256: 'process_sha256',
  file_sha256: 'file_sha256',
};

/** Searched for words, by ILIKE. */
const textColumns = ['process_cmd_line', 'parent_process_cmd_line', 'script_content'];

const indexes: readonly SkipIndex[] = [
  ...minmaxColumns.map((name) => ({
    name: `${name}_range`,
    expression: name,
    type: 'minmax',
    granularity: 1,
  })),
  ...Object.entries(bloomExpressions).map(([name, expression]) => ({
    name: `${name}_bloom`,
    expression,
    type: 'bloom_filter(0.01)',
    granularity: 1,
  })),
  ...textColumns.map((name) => ({
    name: `${name}_words`,
    expression: name,
    type: `text(tokenizer = splitByNonAlpha, preprocessor = lower(${name}))`,
  })),
];

/** The projection that look-ups of ids read, by `mergeTreeProjection(currentDatabase(), 'events', 'ids')`. It has to be
 *  named there: the planner counts marks, and small granules are more marks, so that it never takes it by itself. */
const idsProjection = 'ids';

/**
 * Events. Sorted by id, which begins with the time, so that a tenant's window is one range; partitioned by when they
 * came in, so that an import of old events doesn't expire on arrival.
 */
export const events: Table = {
  name: 'events',
  comment: 'Telemetry events, OCSF attributes as columns',
  engine: 'MergeTree',
  columns: {
    tenant: { type: 'String', comment: 'whose event it is' },
    event_id: {
      type: 'FixedString(16)',
      comment: 'UUIDv8, big-endian: 48 bits of time in milliseconds, then a hash',
    },
    time: {
      type: "Nullable(DateTime64(6, 'UTC'))",
      comment: 'when it happened; null when missing or out of range',
    },
    time_quality: { type: 'String', comment: 'exact, zone_assumed, year_assumed, out_of_range or missing' },
    received_at: { type: "DateTime64(3, 'UTC')", comment: 'stamped by intake' },
    ingested_at: { type: "DateTime64(3, 'UTC')", comment: 'stamped by the writer, one value a batch' },
    source: { type: 'String', comment: 'folder of the mapping' },
    form: { type: 'String', comment: 'form of the source' },
    stream: { type: 'String', comment: 'credential and the name that the sender gave' },
    schema_version: { type: 'UInt16', comment: 'version of this row' },
    mapping_version: { type: 'UInt16', comment: 'version of the mapping' },
    content_hash: { type: 'UInt64', comment: 'hash of the fields that the mapping calls essential' },
    id_conflict: {
      type: 'UInt8',
      comment: '1: stored under a second id, as its first was taken by other content',
    },
    retention_class: { type: 'String', comment: 'stamped at write; at most four' },
    partition: { type: 'UInt16', comment: 'log partition' },
    offset: { type: 'UInt64', comment: 'offset of the frame in its partition' },
    sub: { type: 'UInt32', comment: 'index within the frame' },
    writer_epoch: { type: 'UInt32', comment: 'epoch of the writer' },
    batch: { type: 'UInt64', comment: 'number of the batch within the epoch' },
    raw: rawColumn,
    ...attributeColumns,
  },
  partitionBy: '(toYYYYMM(ingested_at), retention_class)',
  orderBy: ['tenant', 'event_id'],
  indexes,
  projections: [
    {
      name: idsProjection,
      columns: ['tenant', 'event_id', 'content_hash'],
      orderBy: ['tenant', 'event_id'],
      settings: { index_granularity: 256 },
    },
  ],
  settings: {
    ...durableSettings,
    // A batch becomes a compact part (one file instead of 110: a third less CPU), merged parts become wide ones.
    min_rows_for_wide_part: 200_000,
    // Fewer, wider merges: a row is rewritten once per level, and a rewrite costs twice an insert.
    merge_selector_base: 10,
    parts_to_delay_insert: 600,
    parts_to_throw_insert: 3_000,
  },
  schemaVersion: rowVersion,
  rowKey: ['event_id'],
  tenantColumn: 'tenant',
  snapshotColumn: 'ingested_at',
  supersession: { table: 'superseded', key: ['writer_epoch', 'batch'] },
};
