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
} from './alert.ts';
import { type Entity, RuleLevel } from './detection.ts';
import type { Route } from './routes.ts';

export const maxAlertsPage = 200;
const defaultAlertsPage = 50;
/** Rules and people that the facets name, those with the most open alerts first. */
export const maxFacetValues = 100;

const count = z.int().nonnegative();

/** Where a list goes on; given with the page before. */
const cursor = z.string().regex(/^[A-Za-z0-9_-]{1,400}$/, { error: 'a cursor is what the last answer gave' });

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
  limit: z
    .string()
    .regex(/^\d{1,6}$/, { error: 'a whole number is wanted' })
    .transform(Number)
    .pipe(z.int().min(1).max(maxAlertsPage))
    .prefault(String(defaultAlertsPage)),
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
        /** Detections of the rule, all told; alerts that it opened; detections that went to its summary alert. */
        hits: count,
        alerts: count,
        folded: count,
      }),
    )
    .max(maxFacetValues),
  assignees: z.array(z.strictObject({ assignee: z.string().nullable(), ...byStatus })).max(maxFacetValues),
  /** True when there are more rules or people than are named. */
  truncated: z.boolean(),
});
export type AlertFacets = z.infer<typeof AlertFacets>;

/** `expected`: the revision that the person saw; another one is refused (`alerts.changed`). */
export const AlertChangeRequest = z.strictObject({
  change: AlertChange,
  expected: z.exactOptional(count),
});

/**
 * Many alerts by id, or by filter: then one call changes a part and gives where to go on, so that the caller
 * sees how far it is and stops by not calling again.
 */
export const AlertBulkRequest = z
  .strictObject({
    change: AlertChange,
    ids: z.exactOptional(z.array(AlertId).min(1).max(maxChangeIds)),
    filter: z.exactOptional(AlertFilter),
    cursor: z.exactOptional(cursor),
  })
  .refine(({ ids, filter }) => (ids === undefined) !== (filter === undefined), {
    error: 'either ids or a filter is wanted',
  });

export const AlertBulkResult = z.strictObject({
  /** Alerts that were changed by this call, and those that were as asked already or are not there. */
  changed: count,
  unchanged: count,
  next: cursor.nullable(),
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
  alert: {
    method: 'GET',
    path: '/v1/alerts/{id}',
    access: 'alerts:read',
    summary: 'One alert with the points of its score, its detections, its history and the alert before it',
    params: one,
    answer: { kind: 'json', statuses: [200], schema: AlertView },
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
} as const satisfies Record<string, Route>;
