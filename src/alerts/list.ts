import * as z from 'zod';
import { type AlertFilter, type AlertSort, AlertStatus } from '../contracts/alert.ts';
import { RuleLevel } from '../contracts/index.ts';
import type { State, StateOptions, StateParameter, StateRow, StateSession } from '../state/index.ts';
import { type Cursor, readCursor, writeCursor } from './cursor.ts';
import { alertsErrors } from './errors.ts';
import { ListedAlert, PlacedAlert, rankOf } from './rows.ts';

/** Gathering so many costs milliseconds; finding the first few of more in an index costs less. */
const defaultGatherAtMost = 5_000;
/** Rules whose alerts are merged from the index by rule; of more, alerts in order are looked through. */
const mergedRules = 16;
/** Rules that a title's beginning may stand for. */
const maxTitleRules = 1_000;

export interface ListRequest {
  readonly tenant: string;
  readonly filter: AlertFilter;
  readonly sort: AlertSort;
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** So many matching alerts are gathered and sorted; where there are more, an index gives them in order. */
  readonly gatherAtMost?: number;
}

export type ListState = Pick<State, 'query' | 'transaction'>;

export interface AlertPage<A = ListedAlert> {
  readonly alerts: readonly A[];
  /** Null at the end. */
  readonly next: string | null;
}

/** What the statement is printed from. */
interface Search extends ListRequest {
  readonly columns: string;
  readonly rules: readonly string[] | undefined;
  readonly after: Cursor | undefined;
}

type Place = (value: StateParameter) => string;
const orders = {
  score: 'score DESC, last_seen DESC, id DESC',
  last_seen: 'last_seen DESC, id DESC',
} as const satisfies Record<AlertSort, string>;

/** One page of a tenant's alerts, by key. Throws `alerts.cursor`, `alerts.too_many_rules`. */
export async function listAlerts(
  state: ListState,
  request: ListRequest,
  options: StateOptions = {},
): Promise<AlertPage> {
  const columns = Object.keys(ListedAlert.unwrap().shape).join(', ');
  const { rows, next } = await readPage(state, request, columns, options);
  return { alerts: rows.map((row) => ListedAlert.parse(row)), next };
}

/** The same page, with no more of each alert than its place. */
export async function listPlaces(
  state: ListState,
  request: ListRequest,
  options: StateOptions = {},
): Promise<AlertPage<PlacedAlert>> {
  const columns = Object.keys(PlacedAlert.unwrap().shape).join(', ');
  const { rows, next } = await readPage(state, request, columns, options);
  return { alerts: rows.map((row) => PlacedAlert.parse(row)), next };
}

async function readPage(state: ListState, request: ListRequest, columns: string, options: StateOptions) {
  const after = request.cursor === undefined ? undefined : readCursor(request.cursor, request.sort);
  const rules = await rulesOf(state, request, options);
  if (rules?.length === 0) return { rows: [], next: null };
  const search: Search = { ...request, columns, rules, after };
  const values: StateParameter[] = [];
  const place: Place = (value) => `$${values.push(value)}`;
  const isFew = await areFew(state, search, options);
  const found = isFew
    ? await state.query(gathered(search, place), values, options)
    : await readInOrder(state, inOrder(search, place), values, options);
  const rows = found.slice(0, request.limit);
  const last = rows.at(-1);
  const isEnd = last === undefined || found.length <= request.limit;
  return { rows, next: isEnd ? null : writeCursor(request.sort, PlacedAlert.parse(last)) };
}

/**
 * Reads ranges of an index. A planner without statistics (a young table, rows that came by the thousand) takes any index and sorts
 * all that it finds; so sorting is made dear for this statement, and the one index that is in order remains.
 */
async function readInOrder(
  state: ListState,
  sql: string,
  values: readonly StateParameter[],
  options: StateOptions,
): Promise<readonly StateRow[]> {
  return await state.transaction(async (session) => {
    await session.query('SET LOCAL enable_sort = off');
    return await session.query(sql, values, options);
  }, options);
}

/** The rules that the filter names, by id or by how their title begins; undefined when it names none. */
async function rulesOf(
  session: StateSession,
  { tenant, filter: { rule, title } }: ListRequest,
  options: StateOptions,
): Promise<readonly string[] | undefined> {
  if (title === undefined || title === '') return rule === undefined ? undefined : [rule];
  const rows = await session.query(
    `SELECT rule FROM alert_rules WHERE tenant = $1 AND starts_with(title_folded, $2) LIMIT ${maxTitleRules + 1}`,
    [tenant, title.toLowerCase()],
    options,
  );
  if (rows.length > maxTitleRules)
    throw alertsErrors.make('too_many_rules', `More than ${maxTitleRules} rules have a title that begins so`);
  const found = rows.map((row) => z.object({ rule: z.string() }).parse(row).rule);
  return rule === undefined ? found : found.filter((one) => one === rule);
}

/** Whether what the filter names is little enough to be gathered; from counters, or by looking no further than that. */
async function areFew(session: StateSession, search: Search, options: StateOptions): Promise<boolean> {
  const { tenant, filter, rules, sort, gatherAtMost = defaultGatherAtMost } = search;
  if (filter.entity !== undefined) return true;
  const mergeable = sort === 'score' && (rules === undefined || rules.length <= mergedRules);
  if (rules !== undefined && !mergeable) {
    if ((await countOf(session, tenant, 'rule', rules, options)) <= gatherAtMost) return true;
  }
  if (typeof filter.assignee === 'string' && sort === 'last_seen') {
    if ((await countOf(session, tenant, 'assignee', [filter.assignee], options)) <= gatherAtMost) return true;
  }
  return (
    (filter.from ?? filter.to) !== undefined &&
    sort === 'score' &&
    (await isShort(session, { ...search, gatherAtMost }, options))
  );
}

const Total = z.object({ total: z.int() });

async function countOf(
  session: StateSession,
  tenant: string,
  facet: 'rule' | 'assignee',
  values: readonly string[],
  options: StateOptions,
): Promise<number> {
  const [row] = await session.query(
    `SELECT coalesce(sum(count), 0)::bigint AS total FROM alert_counts
     WHERE tenant = $1 AND facet = $2 AND value = ANY($3::text[])`,
    [tenant, facet, values],
    options,
  );
  return Total.parse(row).total;
}

/** Whether few alerts were last seen in the window. */
async function isShort(
  session: StateSession,
  search: Search & { readonly gatherAtMost: number },
  options: StateOptions,
): Promise<boolean> {
  const values: StateParameter[] = [];
  const place: Place = (value) => `$${values.push(value)}`;
  const { tenant, filter, gatherAtMost } = search;
  const window = [
    `tenant = ${place(tenant)}`,
    oneOf('status', statusesOf(filter), place),
    ...windowOf(filter, place),
  ];
  const [row] = await session.query(
    `SELECT count(*)::bigint AS total
     FROM (SELECT 1 FROM alerts WHERE ${window.join(' AND ')} LIMIT ${gatherAtMost + 1}) AS part`,
    values,
    options,
  );
  return Total.parse(row).total <= gatherAtMost;
}

/** All that match, sorted: for a filter that few pass. */
function gathered(search: Search, place: Place): string {
  const { tenant, filter, sort, limit, columns } = search;
  const conditions = [
    `tenant = ${place(tenant)}`,
    ...(filter.status === undefined ? [] : [oneOf('status', filter.status, place)]),
    ...(search.rules === undefined ? [] : [oneOf('rule', search.rules, place)]),
    ...severityOf(filter, place),
    ...otherConditions(search, place),
  ];
  return `WITH found AS MATERIALIZED (SELECT ${columns} FROM alerts WHERE ${conditions.join(' AND ')})
    SELECT * FROM found ORDER BY ${orders[sort]} LIMIT ${limit + 1}`;
}

/**
 * Merged from the ranges of an index that is in the list's order, one range for each value of its leading columns: each gives
 * its first rows and no more is read.
 */
function inOrder(search: Search, place: Place): string {
  const { tenant, filter, sort, limit, rules, columns } = search;
  const statuses = statusesOf(filter).map((status) => `status = ${place(status)}`);
  const byRule = sort === 'score' && rules !== undefined && rules.length <= mergedRules;
  const bySeverity = sort === 'score' && !byRule && typeof filter.assignee !== 'string';
  const shared = [
    `tenant = ${place(tenant)}`,
    ...(byRule || rules === undefined ? [] : [oneOf('rule', rules, place)]),
    ...(bySeverity ? [] : severityOf(filter, place)),
    ...otherConditions(search, place),
  ].join(' AND ');
  const second = byRule
    ? rules.map((rule) => `rule = ${place(rule)}`)
    : bySeverity
      ? (filter.severity ?? RuleLevel.options).map((one) => `severity = ${place(rankOf(one))}::smallint`)
      : ['TRUE'];
  const ranges = statuses.flatMap((status) => second.map((other) => `${shared} AND ${status} AND ${other}`));
  const order = `ORDER BY ${orders[sort]} LIMIT ${limit + 1}`;
  const parts = ranges.map((range) => `(SELECT ${columns} FROM alerts WHERE ${range} ${order})`);
  return `SELECT * FROM (${parts.join(' UNION ALL ')}) AS found ${order}`;
}

const statusesOf = (filter: AlertFilter) => filter.status ?? AlertStatus.options;

const oneOf = (column: string, values: readonly string[], place: Place) =>
  `${column} = ANY(${place(values)}::text[])`;

const severityOf = ({ severity }: AlertFilter, place: Place): readonly string[] =>
  severity === undefined ? [] : [`severity = ANY(${place(severity.map(rankOf))}::smallint[])`];

function windowOf({ from, to }: AlertFilter, place: Place): readonly string[] {
  return [
    ...(from === undefined ? [] : [`last_seen >= ${place(from)}::timestamptz`]),
    ...(to === undefined ? [] : [`last_seen < ${place(to)}::timestamptz`]),
  ];
}

/** Entity, assignee, window, and where the page before ended. */
function otherConditions({ filter, after, sort }: Search, place: Place): readonly string[] {
  const { entity, assignee } = filter;
  return [
    ...(entity === undefined
      ? []
      : [`entity_kind = ${place(entity.kind)}`, `entity_value = ${place(entity.value)}`]),
    ...(assignee === undefined
      ? []
      : [assignee === null ? 'assignee IS NULL' : `assignee = ${place(assignee)}`]),
    ...windowOf(filter, place),
    ...(after === undefined ? [] : [beyond(after, sort, place)]),
  ];
}

function beyond({ score, last_seen, id }: Cursor, sort: AlertSort, place: Place): string {
  const end = `${place(last_seen)}::timestamptz, ${place(id)}::text COLLATE "C"`;
  return sort === 'score'
    ? `(score, last_seen, id) < (${place(score)}::smallint, ${end})`
    : `(last_seen, id) < (${end})`;
}
