import type { Column, Table } from '../../sql/index.ts';
import { attributeColumns, events } from './events.ts';

const taken = [
  'tenant',
  'event_id',
  'time',
  'time_quality',
  'received_at',
  'source',
  'form',
  'stream',
  'mapping_version',
  'content_hash',
  'partition',
  'offset',
  'sub',
  'raw',
] as const;

/** In memory nothing is compressed. */
const plain = ({ type, comment }: Column): Column => ({ type, comment });

const columns: Readonly<Record<string, Column>> = {
  row: { type: 'UInt32', comment: 'number of the record within the batch' },
  ...Object.fromEntries(
    taken.flatMap((name) => {
      const column = events.columns[name];
      return column === undefined ? [] : [[name, plain(column)]];
    }),
  ),
  ...attributeColumns,
  ok: { type: 'UInt8', comment: '1: an event; 0: the in-process function decides' },
};

/** What normalising yields, until it is known which rows are new. Two, so that one fills while the other empties. */
export const stages: readonly Table[] = ['events_stage_0', 'events_stage_1'].map((name) => ({
  name,
  comment: 'A batch between normalising and storing',
  engine: 'Memory',
  columns,
  orderBy: [],
  schemaVersion: events.schemaVersion,
  rowKey: ['row'],
  tenantColumn: 'none',
  snapshotColumn: 'none',
}));
