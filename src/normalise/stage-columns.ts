import {
  type AttributeName,
  attributeNames,
  attributes,
  type EventAttributes,
  type TimeQuality,
} from '../contracts/index.ts';
import { columnTypeOf } from './sink-sql.ts';

const before = [
  { name: 'row', type: 'UInt32' },
  { name: 'tenant', type: 'String' },
  { name: 'event_id', type: 'FixedString(16)' },
  { name: 'time', type: "Nullable(DateTime64(6, 'UTC'))" },
  { name: 'time_quality', type: 'String' },
  { name: 'received_at', type: "DateTime64(3, 'UTC')" },
  { name: 'source', type: 'String' },
  { name: 'form', type: 'String' },
  { name: 'stream', type: 'String' },
  { name: 'mapping_version', type: 'UInt16' },
  { name: 'content_hash', type: 'UInt64' },
  { name: 'partition', type: 'UInt16' },
  { name: 'offset', type: 'UInt64' },
  { name: 'sub', type: 'UInt32' },
  { name: 'raw', type: 'String' },
] as const;

const after = [{ name: 'ok', type: 'UInt8' }] as const;

export interface StageColumn {
  readonly name: keyof EventRow;
  readonly type: string;
}

/** The columns that normalising yields, in the order of every `FormSql.select`. */
export const stageColumns: readonly StageColumn[] = [
  ...before,
  ...attributeNames.map((name: AttributeName) => ({ name, type: columnTypeOf(attributes[name]) })),
  ...after,
];

interface StageEnvelope {
  /** Number of the record within its batch; 0 for a single event. */
  readonly row: number;
  readonly tenant: string;
  /** 16 bytes, a UUIDv8. */
  readonly event_id: Buffer;
  /** Microseconds since the epoch; null when missing or out of range. */
  readonly time: bigint | null;
  readonly time_quality: TimeQuality;
  /** Milliseconds since the epoch. */
  readonly received_at: number;
  readonly source: string;
  readonly form: string;
  readonly stream: string;
  readonly mapping_version: number;
  readonly content_hash: bigint;
  readonly partition: number;
  readonly offset: number;
  readonly sub: number;
  /** The record's bytes: valid UTF-8. */
  readonly raw: Buffer;
  /** 1: this row is an event. In SQL 0 says that the row must go through the function. */
  readonly ok: 0 | 1;
}

/** A normalised event: exactly the stage columns. */
export type EventRow = StageEnvelope & EventAttributes;
