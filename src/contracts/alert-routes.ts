import * as z from 'zod';
import {
  AlertChange,
  AlertFilter,
  AlertId,
  AlertRow,
  AlertSort,
  AlertStatus,
  AlertView,
  maxChangeIds,
  RuleTotals,
} from './alert.ts';
import { type Entity, RuleLevel } from './detection.ts';
import type { Route } from './routes.ts';
import { RuleId } from './rule-routes.ts';

export const maxAlertsPage = 200;
const defaultAlertsPage = 50;
/** Rules and people that the facets name, those with the most open alerts first. */
export const maxFacetValues = 100;

const count = z.int().nonnegative();

/** Where a list goes on; given with the page before. */
const cursor = z.string().regex(/^[A-Za-z0-9_-]{1,400}$/, { error: 'a cursor is what the last answer gave' });

const boundedCount = (most: number, usual: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, { error: 'a whole number is wanted' })
    .transform(Number)
    .pipe(z.int().min(1).max(most))
    .prefault(String(usual));

const listOf = <E extends z.ZodType<unknown, string>>(item: E) =>
  z
    .string()
    .max(200)
    .transform((text) => text.split(','))
    .pipe(z.array(item).min(1).max(10));

const { shape } = AlertFilter.unwrap();
const wantedEntity = shape.entity.unwrap();

/** `host:dc01` → {kind: 'host', value: 'dc01'}; what kinds there are, the schema says. */
function entityOf(text: string): z.input<typeof wantedEntity> {
  const colon = text.indexOf(':');
  return { kind: text.slice(0, colon) as Entity['kind'], value: text.slice(colon + 1) };
}

/** Filters as query values: `status=new,in_progress`, `entity=host:dc01`; `assignee=` stands for nobody. */
export const AlertQuery = z.strictObject({
  status: z.exactOptional(listOf(AlertStatus)),
  severity: z.exactOptional(listOf(RuleLevel)),
  rule: shape.rule,
  entity: z.exactOptional(
    z
      .string()
      .max(540)
      .regex(/^[a-z]+:/, { error: 'an entity is kind:value, as host:dc01' })
      .transform(entityOf)
      .pipe(wantedEntity),
  ),
  assignee: z.exactOptional(z.string().max(100)),
  from: shape.from,
  to: shape.to,
  title: shape.title,
  sort: AlertSort.prefault('score'),
  limit: boundedCount(maxAlertsPage, defaultAlertsPage),
  cursor: z.exactOptional(cursor),
});
export type AlertQuery = z.infer<typeof AlertQuery>;

export const AlertList = z.strictObject({
  alerts: z.array(AlertRow).max(maxAlertsPage),
  /** Null at the end. */
  next: cursor.nullable(),
});

const byStatus = { new: count, in_progress: count, closed: count };

/** Counts that are kept with each change, never counted anew. */
export const AlertFacets = z.strictObject({
  severity: z.array(z.strictObject({ severity: RuleLevel, ...byStatus })),
  rules: z
    .array(
      z.strictObject({
        rule: z.string(),
        title: z.string(),
        ...byStatus,
        ...RuleTotals.shape,
      }),
    )
    .max(maxFacetValues),
  assignees: z.array(z.strictObject({ assignee: z.string().nullable(), ...byStatus })).max(maxFacetValues),
  /** True when there are more rules or people than are named. */
  truncated: z.boolean(),
});
export type AlertFacets = z.infer<typeof AlertFacets>;

/** Rules of one page of statistics. */
export const maxRuleStatistics = 200;

/** A rule's detections against the alerts that they became. */
export const RuleStatistics = z.strictObject({
  rule: z.string(),
  title: z.string(),
  ...RuleTotals.shape,
  /** Alerts that are open now. */
  open: count,
});
export type RuleStatistics = z.infer<typeof RuleStatistics>;

/** Budgets that a tenant may set. */
export const maxBudgets = 1_000;
const mostAlertsAnHour = 100_000;

/** How many alerts an hour a rule opens (null: all rules without a budget of their own) before its summary alert takes the rest. */
export const AlertBudget = z.strictObject({
  rule: RuleId.nullable(),
  alerts_an_hour: count,
  changed_at: z.iso.datetime(),
  changed_by: z.string(),
});
export type AlertBudget = z.infer<typeof AlertBudget>;

export const AlertBudgets = z.strictObject({
  /** Where nothing else is set. */
  usual: count,
  budgets: z.array(AlertBudget).max(maxBudgets),
});

/** `alerts_an_hour` of null takes the budget back. */
export const BudgetChange = z.strictObject({
  rule: RuleId.nullable(),
  alerts_an_hour: z.int().min(1).max(mostAlertsAnHour).nullable(),
});
export type BudgetChange = z.infer<typeof BudgetChange>;

/** What is told with an alert looks back so many days. */
export const contextDays = 30;
/** Of a rule's alerts so many are looked at for its entities. */
export const mostEntitiesLookedAt = 20_000;
/** Matched values that are counted among the stored events. */
export const maxValuesCounted = 4;

/** What became of one part of what is told with an alert. */
const outcomeOf = <S extends z.core.$ZodLooseShape>(shape: S) =>
  z.discriminatedUnion('state', [
    z.strictObject({ state: z.literal('ready'), ...shape }),
    /** `code`: the error, as `store.timeout`. */
    z.strictObject({ state: z.literal('failed'), code: z.string() }),
    z.strictObject({ state: z.literal('timeout'), after_ms: count }),
  ]);

export const RulePrevalence = z.strictObject({
  ...RuleTotals.shape,
  /** Of the 30 days those with a detection. */
  days_with_hits: count,
  /** Entities with an alert of the rule; more than that when only `mostEntitiesLookedAt` alerts were looked at. */
  entities: count,
  entities_at_least: z.boolean(),
});
export type RulePrevalence = z.infer<typeof RulePrevalence>;

/** How often a matched value is among the events of 30 days. */
export const ValuePrevalence = z.strictObject({
  field: z.string(),
  value: z.string(),
  /** The column of events that holds it. */
  column: z.string(),
  events: count,
  hosts: count,
  first_seen: z.iso.datetime().nullable(),
});
export type ValuePrevalence = z.infer<typeof ValuePrevalence>;

/** What is fetched when an alert is shown, each part by itself and within its own time. */
export const AlertContext = z.strictObject({
  /** The rule as it is in force now; failed with `rules.unknown_rule` when it is not loaded any more. */
  rule: outcomeOf({
    level: RuleLevel,
    enabled: z.boolean(),
    status: z.string(),
    /** ATT&CK tactics and techniques of its tags: `execution`, `T1059.001`. */
    attack: z.array(z.string()),
    description: z.string(),
    falsepositives: z.array(z.string()),
  }),
  prevalence: outcomeOf(RulePrevalence.shape),
  values: outcomeOf({
    values: z.array(ValuePrevalence).max(maxValuesCounted),
    /** Matched fields whose value stands in no column of its event. */
    not_counted: z.array(z.string()),
  }),
});
export type AlertContext = z.infer<typeof AlertContext>;

/** An alert as it is shown: with its context of now, and the case that it is in. */
export const ShownAlert = AlertView.extend({
  context: AlertContext,
  case: z.strictObject({ id: z.string(), title: z.string(), status: AlertStatus }).nullable(),
});
export type ShownAlert = z.infer<typeof ShownAlert>;

/** `expected`: the revision that the person saw; another one is refused (`alerts.changed`). */
export const AlertChangeRequest = z.strictObject({
  change: AlertChange,
  expected: z.exactOptional(count),
});

/** One exported file holds so many events, and about so many bytes of raw records. */
export const maxEvidenceEvents = 1_000;
export const maxEvidenceBytes = 32 * 1024 * 1024;

/** Names a change of many alerts. */
export const BulkId = z.string().regex(/^[0-9a-f]{32}$/, { error: 'a bulk id is 32 lower-case hex digits' });

/** A part with each call: `cursor` and `bulk` as the call before gave them. */
export const AlertUndoRequest = z.strictObject({
  cursor: z.exactOptional(cursor),
  bulk: z.exactOptional(BulkId),
});

export const AlertUndoResult = z.strictObject({
  undone: count,
  /** Alerts that a person changed since, or that are gone: they stay as they are. */
  refused: count,
  next: cursor.nullable(),
  /** Of the undoing, which can be undone itself. */
  bulk: BulkId,
});
export type AlertUndoResult = z.infer<typeof AlertUndoResult>;

/**
 * Many alerts by id, or by filter: then one call changes a part and gives where to go on, so that the caller
 * sees how far it is and stops by not calling again. Further calls give the `bulk` that the first one gave: by it all is undone.
 */
export const AlertBulkRequest = z
  .strictObject({
    change: AlertChange,
    ids: z.exactOptional(z.array(AlertId).min(1).max(maxChangeIds)),
    filter: z.exactOptional(AlertFilter),
    cursor: z.exactOptional(cursor),
    bulk: z.exactOptional(BulkId),
  })
  .refine(({ ids, filter }) => (ids === undefined) !== (filter === undefined), {
    error: 'either ids or a filter is wanted',
  });

export const AlertBulkResult = z.strictObject({
  /** Alerts that were changed by this call, and those that were as asked already or are not there. */
  changed: count,
  unchanged: count,
  next: cursor.nullable(),
  bulk: BulkId,
});
export type AlertBulkResult = z.infer<typeof AlertBulkResult>;

const one = z.strictObject({ id: AlertId });

export const alertRoutes = {
  alerts: {
    method: 'GET',
    path: '/v1/alerts',
    access: 'alerts:read',
    summary: 'Alerts by score or time, filtered, page by page',
    query: AlertQuery,
    answer: { kind: 'json', statuses: [200], schema: AlertList },
  },
  alertFacets: {
    method: 'GET',
    path: '/v1/alerts/facets',
    access: 'alerts:read',
    summary: 'How many alerts there are by severity, rule and assignee, in each status',
    answer: { kind: 'json', statuses: [200], schema: AlertFacets },
  },
  alertPeople: {
    method: 'GET',
    path: '/v1/alerts/people',
    access: 'alerts:read',
    summary: 'The people that an alert can be assigned to',
    answer: { kind: 'json', statuses: [200], schema: z.strictObject({ people: z.array(z.string()) }) },
  },
  alertRules: {
    method: 'GET',
    path: '/v1/alerts/rules',
    access: 'alerts:read',
    summary: 'Rules by their detections, with the alerts that these became: hits against alerts',
    query: z.strictObject({
      limit: boundedCount(maxRuleStatistics, defaultAlertsPage),
      cursor: z.exactOptional(cursor),
    }),
    answer: {
      kind: 'json',
      statuses: [200],
      schema: z.strictObject({
        rules: z.array(RuleStatistics).max(maxRuleStatistics),
        next: cursor.nullable(),
      }),
    },
  },
  alertBudgets: {
    method: 'GET',
    path: '/v1/alerts/budgets',
    access: 'alerts:read',
    summary: 'How many alerts an hour rules may open before a summary alert takes the rest',
    answer: { kind: 'json', statuses: [200], schema: AlertBudgets },
  },
  setAlertBudget: {
    method: 'POST',
    path: '/v1/alerts/budgets',
    access: 'rules:write',
    summary: 'Sets how many alerts an hour a rule, or every rule, may open; null takes it back',
    body: { kind: 'json', schema: BudgetChange },
    answer: { kind: 'json', statuses: [200], schema: AlertBudgets },
  },
  alert: {
    method: 'GET',
    path: '/v1/alerts/{id}',
    access: 'alerts:read',
    summary: 'One alert: points, detections, history, exceptions that touched it, and its context of now',
    params: one,
    answer: { kind: 'json', statuses: [200], schema: ShownAlert },
  },
  alertEvidence: {
    method: 'GET',
    path: '/v1/alerts/{id}/evidence',
    access: 'alerts:read',
    summary:
      'An alert as one file of JSON lines: detections, events with raw records, SHA-256 of each; needs events:read too',
    params: one,
    answer: { kind: 'text', mediaType: 'application/x-ndjson; charset=utf-8' },
  },
  changeAlert: {
    method: 'POST',
    path: '/v1/alerts/{id}/changes',
    access: 'alerts:write',
    summary: 'Sets the status of an alert, assigns it or comments on it',
    params: one,
    body: { kind: 'json', schema: AlertChangeRequest },
    answer: { kind: 'json', statuses: [200], schema: AlertRow },
  },
  changeAlerts: {
    method: 'POST',
    path: '/v1/alerts/changes',
    access: 'alerts:write',
    summary: 'The same change to many alerts, by id or by filter, a part with each call',
    body: { kind: 'json', schema: AlertBulkRequest },
    answer: { kind: 'json', statuses: [200], schema: AlertBulkResult },
  },
  undoAlertChanges: {
    method: 'POST',
    path: '/v1/alerts/changes/{bulk}/undo',
    access: 'alerts:write',
    summary:
      'Undoes a change of many alerts, but for those that a person changed since; a part with each call',
    params: z.strictObject({ bulk: BulkId }),
    body: { kind: 'json', schema: AlertUndoRequest },
    answer: { kind: 'json', statuses: [200], schema: AlertUndoResult },
  },
} as const satisfies Record<string, Route>;
