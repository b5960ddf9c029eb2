import type { HuntCondition, HuntMeasure, HuntQuery, HuntWindow } from '../../../contracts/index.ts';
import type { Condition, GroupsQuery, Measure, Ordering, Query, RowsQuery } from '../../../sql/index.ts';
import { compileCondition, compileWindow } from './condition.ts';
import { typeOf } from './match.ts';

/** A query that one statement answers; process trees are read in rounds. */
export type SingleQuery = Exclude<HuntQuery, { readonly kind: 'process_tree' }>;

const events = { kind: 'table', name: 'events' } as const;

/** A query of a plan in the query language: bounded, ordered to the end, sure to print. */
export function compileQuery(query: SingleQuery, window: HuntWindow): Query {
  switch (query.kind) {
    case 'rows':
      return compileRows(query, window);
    case 'top':
      return compileTop(query, window);
    case 'timeline':
      return compileTimeline(query, window);
    case 'first_last':
      return compileFirstLast(query, window);
  }
}

type Of<K extends HuntQuery['kind']> = Extract<HuntQuery, { readonly kind: K }>;

/** The tests of a plan's query within its window; `more` is added. */
export function whereOf(
  conditions: readonly HuntCondition[],
  window: HuntWindow,
  more: readonly Condition[] = [],
  timed = false,
): { readonly where?: Condition } {
  const all = [...compileWindow(window, timed), ...conditions.map(compileCondition), ...more];
  return all.length === 0 ? {} : { where: { kind: 'and', conditions: all } };
}

function compileRows(query: Of<'rows'>, window: HuntWindow): RowsQuery {
  const direction = query.order === 'oldest' ? 'asc' : 'desc';
  return {
    kind: 'rows',
    from: events,
    columns: [...new Set(['time' as const, 'event_id' as const, ...query.columns])],
    ...whereOf(query.where, window),
    orderBy: [
      { column: 'time', direction },
      { column: 'event_id', direction },
    ],
    limit: query.limit,
  };
}

function compileTop(query: Of<'top'>, window: HuntWindow): GroupsQuery {
  const measure = compileMeasure(query.measure);
  const names = [...new Set(query.group_by)];
  const direction = query.order === 'most' ? 'desc' : 'asc';
  return {
    kind: 'groups',
    from: events,
    keys: names.map((column) => ({ kind: 'column', column, as: column })),
    measures: [measure],
    ...whereOf(query.where, window),
    orderBy: [
      { column: measure.as, direction },
      ...names.map((column): Ordering => ({ column, direction: 'asc' })),
    ],
    limit: query.limit,
  };
}

/** `events`, `distinct_<field>`, `sum_<field>`: a writer tells by it what is counted. What is no number is counted. */
function compileMeasure(measure: HuntMeasure): Measure {
  switch (measure.kind) {
    case 'count':
      return { kind: 'count', as: 'events' };
    case 'distinct':
      return { kind: 'uniq-exact', column: measure.field, as: `distinct_${measure.field}` };
    case 'sum':
      if (typeOf(measure.field) !== 'int') return { kind: 'count', as: 'events' };
      return { kind: 'sum', column: measure.field, as: `sum_${measure.field}` };
  }
}

/** A year: longer steps are cut to it. */
const longestBucket = 365 * 86_400;

/** Steps in which nothing happened have no row; events without a time stand on no line of time. */
function compileTimeline(query: Of<'timeline'>, window: HuntWindow): GroupsQuery {
  const seconds = Math.min(query.bucket_seconds, longestBucket);
  return {
    kind: 'groups',
    from: events,
    keys: [{ kind: 'bucket', column: 'time', seconds, as: 'bucket' }],
    measures: [compileMeasure(query.measure)],
    ...whereOf(query.where, window, [], true),
    orderBy: [{ column: 'bucket', direction: 'asc' }],
    limit: query.limit,
  };
}

/**
 * One row. `without_host` and `without_user` say whether the empty name is among the distinct ones: only where they
 * are 0 do `hosts` and `users` count hosts and users.
 */
function compileFirstLast(query: Of<'first_last'>, window: HuntWindow): GroupsQuery {
  const user = userColumn(query.where);
  return {
    kind: 'groups',
    from: events,
    keys: [],
    measures: [
      { kind: 'count', as: 'events' },
      { kind: 'min', column: 'time', as: 'first_time' },
      { kind: 'max', column: 'time', as: 'last_time' },
      { kind: 'uniq-exact', column: 'device_hostname', as: 'hosts' },
      { kind: 'uniq-exact', column: user, as: 'users' },
      { kind: 'count-if', where: { kind: 'is-empty', column: 'device_hostname' }, as: 'without_host' },
      { kind: 'count-if', where: { kind: 'is-empty', column: user }, as: 'without_user' },
    ],
    ...whereOf(query.where, window),
    limit: 1,
  };
}

/** OCSF classes whose user is the one acted on: account change, authentication, group management. */
const targetClasses = new Set(['3001', '3002', '3006']);

function userColumn(where: readonly HuntCondition[]): 'user_name' | 'actor_user_name' {
  const classes = where.flatMap(({ fields, values, negated }) =>
    fields[0] === 'class_uid' && !negated ? values : [],
  );
  return classes.length > 0 && classes.every((uid) => targetClasses.has(uid))
    ? 'user_name'
    : 'actor_user_name';
}
