import { rowVersion } from '../../contracts/index.ts';
import type { Table } from '../../sql/index.ts';
import { durableSettings } from './settings.ts';

/**
 * Hits of rules that correlations stand on, with the fields that these group and measure by. Written before the events of their batch,
 * and once more when a batch is written again: who reads takes each rule and event once.
 */
export const ruleHits: Table = {
  name: 'rule_hits',
  comment: 'Hits of rules that correlations stand on',
  engine: 'MergeTree',
  columns: {
    tenant: { type: 'String', comment: 'whose event it is' },
    rule: { type: 'LowCardinality(String)', comment: 'id of the rule' },
    logic: { type: 'LowCardinality(String)', comment: 'hash of its logic' },
    event_id: { type: 'FixedString(16)', comment: 'of the event' },
    time: {
      type: "DateTime64(6, 'UTC')",
      comment: 'when it happened, no later than its receipt; its receipt where that is not known',
    },
    received_at: { type: "DateTime64(3, 'UTC')", comment: 'stamped by intake' },
    ingested_at: { type: "DateTime64(3, 'UTC')", comment: 'stamped by the writer, one value a batch' },
    source: { type: 'LowCardinality(String)', comment: 'folder of the mapping' },
    imported: { type: 'UInt8', comment: '1: a file brought it' },
    raw_sha256: { type: 'String', comment: 'of the raw record, hexadecimal' },
    entity_kind: { type: 'LowCardinality(String)', comment: 'what the hit is about' },
    entity_value: { type: 'String', comment: 'its name' },
    fields: { type: 'String', codec: 'ZSTD(1)', comment: 'fields by name, as JSON' },
  },
  partitionBy: 'toYYYYMM(ingested_at)',
  orderBy: ['tenant', 'rule', 'time', 'event_id'],
  indexes: [{ name: 'ingested_at_range', expression: 'ingested_at', type: 'minmax', granularity: 1 }],
  settings: durableSettings,
  schemaVersion: rowVersion,
  rowKey: ['rule', 'event_id'],
  tenantColumn: 'tenant',
  snapshotColumn: 'ingested_at',
};
