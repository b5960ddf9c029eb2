import { timeSql } from '../sql/index.ts';
import type { BatchStore } from './batch-store.ts';
import { idBytes } from './dedupe.ts';
import type { IdFilter } from './id-filter.ts';

/** Ids read at once when the filter is filled: 16 MB. */
const idsPerRead = 1_000_000;

/** What a writer finds at its start: where to go on, and what lies beyond the last marker. */
export interface Recovered {
  /** Offset to read next, per partition that has a marker. */
  readonly positions: Map<number, number>;
  readonly writerEpoch: number;
  /** Stamps in milliseconds, 0 in an empty store. */
  readonly lastStamp: number;
  readonly lastMarkerStamp: number;
  readonly stored: Places;
  readonly dead: Places;
}

/** Places of records: partition → offset → subs. */
export interface Places {
  has(partition: number, offset: number, sub: number): boolean;
  readonly size: number;
  /** Per partition the offset behind the last place. */
  readonly ends: ReadonlyMap<number, number>;
}

/** Reads markers and what is stored beyond them: the store is authoritative on what a crash left behind. */
export async function recover(store: BatchStore): Promise<Recovered> {
  const markers = await store.rows(
    'SELECT partition, max(to_offset) AS next, max(writer_epoch) AS epoch, ' +
      'toUnixTimestamp64Milli(max(ingested_at)) AS stamp FROM markers GROUP BY partition ORDER BY partition',
  );
  const positions = new Map(markers.map((row) => [Number(row.partition), Number(row.next)]));
  const lastMarkerStamp = Math.max(0, ...markers.map((row) => Number(row.stamp)));
  const stored = await placesBeyond(store, 'events', positions, lastMarkerStamp);
  const dead = await placesBeyond(store, 'dead_letters', positions, lastMarkerStamp);
  return {
    positions,
    writerEpoch: Math.max(0, stored.epoch, dead.epoch, ...markers.map((row) => Number(row.epoch))) + 1,
    lastStamp: Math.max(lastMarkerStamp, stored.stamp, dead.stamp),
    lastMarkerStamp,
    stored,
    dead,
  };
}

/**
 * Places in a table that no marker covers. A batch's rows carry its stamp, and stamps rise, so that only rows from the
 * last marker's stamp on are looked at (minmax index), not the whole table.
 */
async function placesBeyond(
  store: BatchStore,
  table: 'events' | 'dead_letters',
  positions: ReadonlyMap<number, number>,
  since: number,
): Promise<Places & { readonly stamp: number; readonly epoch: number }> {
  const rows = await store.bytes(
    'SELECT partition, offset, sub, toUnixTimestamp64Milli(ingested_at) AS stamp, writer_epoch ' +
      `FROM ${table} WHERE ingested_at >= ${timeSql(since)} AND ${beyond(positions)}`,
  );
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  const rowBytes = 2 + 8 + 4 + 8 + 4;
  const places = new Map<number, Map<number, Set<number>>>();
  const ends = new Map<number, number>();
  let stamp = 0;
  let epoch = 0;
  for (let at = 0; at < rows.byteLength; at += rowBytes) {
    const partition = view.getUint16(at, true);
    const offset = Number(view.getBigUint64(at + 2, true));
    const offsets = places.get(partition) ?? new Map<number, Set<number>>();
    places.set(partition, offsets);
    const subs = offsets.get(offset) ?? new Set<number>();
    offsets.set(offset, subs);
    subs.add(view.getUint32(at + 10, true));
    ends.set(partition, Math.max(ends.get(partition) ?? 0, offset + 1));
    stamp = Math.max(stamp, Number(view.getBigInt64(at + 14, true)));
    epoch = Math.max(epoch, view.getUint32(at + 22, true));
  }
  return {
    has: (partition, offset, sub) => places.get(partition)?.get(offset)?.has(sub) ?? false,
    size: rows.byteLength / rowBytes,
    ends,
    stamp,
    epoch,
  };
}

function beyond(positions: ReadonlyMap<number, number>): string {
  if (positions.size === 0) return '1';
  const known = [...positions].map(([partition, next]) => `(partition = ${partition} AND offset >= ${next})`);
  return `(${known.join(' OR ')} OR partition NOT IN (${[...positions.keys()].join(', ')}))`;
}

/** Puts every stored id into the filter, in order of (tenant, event_id), a bounded piece at a time. */
export async function fillFilter(store: BatchStore, filter: IdFilter, signal: AbortSignal): Promise<void> {
  const tenants = await store.rows(
    'SELECT DISTINCT tenant AS tenant, hex(tenant) AS name FROM events ORDER BY tenant',
  );
  for (const { name } of tenants) {
    let after = '';
    while (!signal.aborted && !filter.full) {
      const beyondLast = after === '' ? '' : ` AND event_id > unhex('${after}')`;
      const ids = await store.bytes(
        `SELECT event_id FROM events WHERE tenant = unhex('${String(name)}')${beyondLast} ` +
          `ORDER BY tenant, event_id LIMIT ${idsPerRead}`,
      );
      for (let at = 0; at < ids.byteLength; at += idBytes) filter.add(ids, at);
      if (ids.byteLength < idsPerRead * idBytes) break;
      after = Buffer.from(ids.subarray(ids.byteLength - idBytes)).toString('hex');
    }
  }
}
