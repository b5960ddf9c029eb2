import type { AlertView } from '../contracts/alert.ts';
import { contextDays, maxValuesCounted, type ValuePrevalence } from '../contracts/alert-routes.ts';
import { type AttributeName, attributes, type Principal } from '../contracts/index.ts';
import { readScopeOf } from '../guard/index.ts';
import type { Condition, Query, ReadScope } from '../sql/index.ts';
import type { Store } from '../store/index.ts';
import { rowsOf, textOf } from './stored-rows.ts';

export interface EventReads {
  readonly store: Pick<Store, 'read'>;
  /** Rows ingested up to it are read; milliseconds. */
  readonly snapshot: () => number;
}

interface ValuesRequest {
  readonly principal: Principal;
  readonly alert: AlertView;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** Values that a rule matched, each with the column of its event that holds it. */
interface Placed {
  readonly field: string;
  readonly value: string;
  readonly column: AttributeName;
}

const dayMs = 24 * 3_600_000;
const maxSeconds = 2;
/** Compared in any case, as their indexes are. */
const namesOfThings: ReadonlySet<string> = new Set([
  'device_hostname',
  'actor_user_name',
  'user_name',
  'query_hostname',
]);
/** Columns that hold one text; what the record says of itself (its code, its channel) is usual by nature. */
const textColumns = Object.entries(attributes)
  .filter(([name, { type }]) => type !== 'int' && type !== 'list' && !name.startsWith('metadata_'))
  .map(([name]) => name as AttributeName);

/**
 * How often the values of the alert's last detection are among the events of 30 days. A matched field is the source's own; what is
 * counted is the column of the stored event that holds the same value.
 */
export async function readValues(
  { store, snapshot }: EventReads,
  { principal, alert, now, signal }: ValuesRequest,
): Promise<{ values: ValuePrevalence[]; not_counted: string[] }> {
  const scope = readScopeOf(principal, 'events:read', snapshot());
  const last = alert.detections.at(-1)?.detection;
  if (last === undefined) return { values: [], not_counted: [] };
  const options = { signal, maxSeconds };
  const [event] = rowsOf(await store.read(scope, eventQuery(last.event.event_id), options));
  const columnOf = (value: string) =>
    textColumns.find((name) => textOf(event?.[name]).toLowerCase() === value.toLowerCase());
  const matched = last.matched.filter(({ value }) => value !== '');
  const placed = matched.flatMap(({ field, value }): Placed[] => {
    const column = columnOf(value);
    return column === undefined ? [] : [{ field, value, column }];
  });
  const counted = distinctValues(placed).slice(0, maxValuesCounted);
  const since = new Date(now.getTime() - contextDays * dayMs).toISOString();
  const values = await Promise.all(counted.map((one) => countValue(store, scope, { ...one, since, signal })));
  const named = new Set(counted.map(({ field }) => field));
  return {
    values,
    not_counted: [...new Set(matched.map(({ field }) => field))].filter((field) => !named.has(field)),
  };
}

const distinctValues = (placed: readonly Placed[]) => [
  ...new Map(placed.map((each) => [`${each.column} ${each.value}`, each])).values(),
];

const eventQuery = (eventId: string): Query => ({
  kind: 'rows',
  from: { kind: 'table', name: 'events' },
  columns: textColumns,
  where: { kind: 'eq', column: 'event_id', value: eventId },
  limit: 1,
});

async function countValue(
  store: EventReads['store'],
  scope: ReadScope,
  { field, value, column, since, signal }: Placed & { readonly since: string; readonly signal: AbortSignal },
): Promise<ValuePrevalence> {
  const holds: Condition = {
    ...{ kind: 'eq', column, value },
    ...(namesOfThings.has(column) ? { ignoreCase: true } : {}),
  };
  const query: Query = {
    kind: 'groups',
    from: { kind: 'table', name: 'events' },
    keys: [],
    measures: [
      { kind: 'count', as: 'events' },
      { kind: 'uniq-exact', column: 'device_hostname', as: 'hosts' },
      { kind: 'min', column: 'time', as: 'first_seen' },
    ],
    where: { kind: 'and', conditions: [{ kind: 'gte', column: 'time', value: since }, holds] },
    limit: 1,
  };
  const [row] = rowsOf(await store.read(scope, query, { signal, maxSeconds }));
  const events = Number(row?.events ?? 0);
  const first = textOf(row?.first_seen);
  return {
    ...{ field, value, column, events },
    hosts: Number(row?.hosts ?? 0),
    first_seen: events === 0 || first === '' ? null : first,
  };
}
