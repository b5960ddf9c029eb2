import {
  type AttributeName,
  attributeNames,
  type EventView,
  type Routes,
  TimeQuality,
} from '../contracts/index.ts';
import { readScopeOf } from '../guard/index.ts';
import type { RouteHandler } from '../http/index.ts';
import type { Query } from '../sql/index.ts';
import type { ApiDependencies } from './dependencies.ts';
import { apiErrors } from './errors.ts';
import { rowsOf, type StoredRow, textOf } from './stored-rows.ts';

const envelope = [
  'event_id',
  'time',
  'time_quality',
  'received_at',
  'ingested_at',
  'source',
  'form',
  'stream',
  'mapping_version',
  'id_conflict',
  'raw',
];

/** One event of the caller's tenant. Throws `api.event_unknown`. */
export function eventHandler({
  store,
  snapshot,
}: Pick<ApiDependencies, 'store' | 'snapshot'>): RouteHandler<Routes['event']> {
  return async ({ params, principal, signal }) => {
    const scope = readScopeOf(principal, 'events:read', snapshot());
    const [row] = rowsOf(await store.read(scope, eventsQuery([params.event_id]), { signal }));
    if (row === undefined) throw apiErrors.make('event_unknown', `There is no event '${params.event_id}'`);
    return { body: eventView(row) };
  };
}

/** Events by id, whole. */
export function eventsQuery(eventIds: readonly string[]): Query {
  return {
    kind: 'rows',
    from: { kind: 'table', name: 'events' },
    columns: [...envelope, ...attributeNames],
    where: { kind: 'in', column: 'event_id', values: eventIds },
    limit: eventIds.length,
  };
}

/** A stored event as the contract has it. */
export function eventView(row: StoredRow): EventView {
  return {
    event_id: textOf(row.event_id),
    time: row.time === null ? null : textOf(row.time),
    time_quality: TimeQuality.parse(row.time_quality),
    received_at: textOf(row.received_at),
    ingested_at: textOf(row.ingested_at),
    source: textOf(row.source),
    form: textOf(row.form),
    stream: textOf(row.stream),
    mapping_version: Number(row.mapping_version),
    id_conflict: row.id_conflict === '1',
    attributes: attributesOf(row),
    raw: textOf(row.raw),
  };
}

function attributesOf(row: StoredRow): EventView['attributes'] {
  const attributes: Partial<Record<AttributeName, string | string[]>> = {};
  for (const name of attributeNames) {
    const value = row[name];
    if (Array.isArray(value)) {
      if (value.length > 0) attributes[name] = value.map(String);
    } else if (textOf(value) !== '') attributes[name] = textOf(value);
  }
  return attributes;
}
