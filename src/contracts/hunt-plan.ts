import * as z from 'zod';
import { type AttributeName, attributeNames } from './attributes.ts';

/** Columns of `events` beside the attributes that a plan may name. */
export const envelopeFields = ['time', 'received_at', 'source', 'stream', 'event_id', 'raw'] as const;
export type EventField = AttributeName | (typeof envelopeFields)[number];
const fieldNames: readonly EventField[] = [...attributeNames, ...envelopeFields];
export const EventField = z.enum(fieldNames);

/** One test of a stored event. Several conditions hold together; `fields` and `values` are alternatives. */
export const HuntCondition = z.strictObject({
  /** Any of these fields may hold the value (`raw` searches the whole record). */
  fields: z.array(EventField).min(1).max(24),
  op: z.enum(['equals', 'contains', 'starts', 'ends', 'cidr', 'at_least', 'at_most', 'present']),
  values: z.array(z.string().max(1_000)).max(100),
  negated: z.boolean(),
});
export type HuntCondition = z.infer<typeof HuntCondition>;

export const HuntMeasure = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('count') }),
  z.strictObject({ kind: z.literal('distinct'), field: EventField }),
  z.strictObject({ kind: z.literal('sum'), field: EventField }),
]);
export type HuntMeasure = z.infer<typeof HuntMeasure>;

const query = {
  id: z.string().min(1).max(20),
  purpose: z.string().max(200),
  where: z.array(HuntCondition).max(20),
};
const limit = z.int().min(1).max(1_000);

/** A query of a plan; it compiles to SQL that can't be invalid. */
export const HuntQuery = z.discriminatedUnion('kind', [
  /** Events in order of (time, event_id). */
  z.strictObject({
    ...query,
    kind: z.literal('rows'),
    columns: z.array(EventField).min(1).max(40),
    order: z.enum(['oldest', 'newest']),
    limit,
  }),
  /** The most frequent values of one or more fields. */
  z.strictObject({
    ...query,
    kind: z.literal('top'),
    group_by: z.array(EventField).min(1).max(4),
    measure: HuntMeasure,
    order: z.enum(['most', 'least']),
    limit,
  }),
  /** A measure per time bucket. */
  z.strictObject({
    ...query,
    kind: z.literal('timeline'),
    bucket_seconds: z.int().min(1),
    measure: HuntMeasure,
    limit,
  }),
  /** Count, first and last time, number of hosts and users. */
  z.strictObject({ ...query, kind: z.literal('first_last') }),
  /** Processes of one host with their parents, from the events that `where` finds, up and down to `depth`. */
  z.strictObject({ ...query, kind: z.literal('process_tree'), depth: z.int().min(1).max(10), limit }),
]);
export type HuntQuery = z.infer<typeof HuntQuery>;

/** The window that all queries of a plan read, UTC, `from` inclusive and `to` exclusive. */
export const HuntWindow = z.strictObject({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  /** stated: in the question; default: last 24 hours by the clock; newest_event: anchored at the newest event. */
  anchor: z.enum(['stated', 'default', 'newest_event']),
});
export type HuntWindow = z.infer<typeof HuntWindow>;

export const HuntKind = z.enum(['search', 'top', 'timeline', 'first_last', 'activity', 'process_tree']);
export type HuntKind = z.infer<typeof HuntKind>;

/** What will be read to answer a question; shown before it runs. */
export const HuntPlan = z.strictObject({
  kind: HuntKind,
  window: HuntWindow,
  queries: z.array(HuntQuery).min(1).max(8),
  /** What the planner took for granted: a corrected spelling, a guessed field, a default. */
  assumptions: z.array(z.string().max(300)).max(20),
  /** deterministic, or the model that made it. */
  planner: z.string().max(200),
});
export type HuntPlan = z.infer<typeof HuntPlan>;
