import * as z from 'zod';
import { Actor } from './change.ts';
import { DetectedBy, Detection, Entity, RuleLevel } from './detection.ts';

/** `new` and `in_progress` are open: they take further detections. Leaving `closed` is reopening. */
export const AlertStatus = z.enum(['new', 'in_progress', 'closed']);
export type AlertStatus = z.infer<typeof AlertStatus>;

/** What a closed alert turned out to be; `duplicate` says nothing about its rule. */
export const Verdict = z.enum(['true_positive', 'false_positive', 'benign', 'duplicate']);
export type Verdict = z.infer<typeof Verdict>;

export const maxNoteLength = 4_000;
export const maxPersonLength = 100;
/** Of an alert's detections the first and the last ones are kept; all are counted. */
export const keptFirst = 50;
export const keptLast = 10;
/** Lines of an alert's history that are shown, newest first. */
export const maxHistoryShown = 200;
/** Of the exceptions that touched an alert so many are named. */
export const maxTouchingExceptions = 50;
/** A summary alert counts so many entities apart, and shows so many of them. */
export const countedEntities = 1_000;
export const maxTopEntities = 20;
/** One change of many alerts is recorded in entries of at most this many. */
export const maxChangeIds = 1_000;

/** 32 hex digits: a hash of tenant, rule, entity and the first detection. */
export const AlertId = z
  .string()
  .regex(/^[0-9a-f]{32}$/, { error: 'an alert id is 32 lower-case hex digits' });

const count = z.int().nonnegative();
const utc = z.iso.datetime();

/** Text that a person writes: well-formed, without NUL, which a state table cannot hold. */
const written = (most: number) =>
  z
    .string()
    .max(most)
    .refine((text) => text.isWellFormed() && !text.includes('\u0000'), {
      error: 'text without NUL and lone surrogates is wanted',
    });
export const Note = written(maxNoteLength);
export const PersonName = written(maxPersonLength).min(1);

/** One reason of a score; the points of all reasons sum to it. */
export const ScorePoint = z.strictObject({ reason: z.string(), points: z.int() }).readonly();
export type ScorePoint = z.infer<typeof ScorePoint>;

/** An alert as lists show it. Times are UTC with milliseconds. */
export const AlertRow = z.strictObject({
  id: AlertId,
  rule: z.string(),
  title: z.string(),
  entity: Entity,
  /** True when it stands for all entities of a rule that opened too many alerts within the hour (`source` `*`). */
  summary: z.boolean(),
  status: AlertStatus,
  /** Null unless closed. */
  verdict: Verdict.nullable(),
  assignee: z.string().nullable(),
  /** Its rule's level or above. */
  severity: RuleLevel,
  /** 0 to 100. */
  score: z.int().min(0).max(100),
  /** Detections counted, each once. */
  hits: count,
  /** Distinct events among them. */
  events: count,
  /** By the events' own time; an event without one counts by its receipt. */
  first_seen: utc,
  last_seen: utc,
  opened_at: utc,
  changed_at: utc,
  closed_at: utc.nullable(),
  /** Rises with each change by a person, not with detections. */
  revision: count,
});
export type AlertRow = z.infer<typeof AlertRow>;

/**
 * Of a rule in a tenant: detections counted; alerts that it opened; detections that went to its summary alert; detections
 * that an exception covered, so that they went to none.
 */
export const RuleTotals = z.strictObject({ hits: count, alerts: count, folded: count, excepted: count });
export type RuleTotals = z.infer<typeof RuleTotals>;

/** One line of an alert's history: who, when, before and after. */
export const AlertHistoryLine = z.strictObject({
  at: utc,
  by: Actor,
  kind: z.enum(['raised', 'status', 'assigned', 'commented']),
  before: z.record(z.string(), z.json()),
  after: z.record(z.string(), z.json()),
  note: z.string(),
});
export type AlertHistoryLine = z.infer<typeof AlertHistoryLine>;

/** An alert with all that is kept of it. */
export const AlertView = AlertRow.extend({
  detected_by: DetectedBy,
  points: z.array(ScorePoint),
  first_received: utc,
  last_received: utc,
  /** The closed alert of the same rule and entity before it; its status is null when it is no longer kept. */
  previous: z
    .strictObject({ id: AlertId, status: AlertStatus.nullable(), verdict: Verdict.nullable() })
    .nullable(),
  /** Of the rule in this tenant: every detection, against the alerts that it became. */
  rule_totals: RuleTotals,
  /** Exceptions that kept detections from this alert, those with the most first. */
  exceptions: z
    .array(
      z.strictObject({
        id: z.string(),
        owner: z.string(),
        reason: z.string(),
        /** Detections of this alert's rule and entity that it covered. */
        hits: count,
        first_seen: utc,
        last_seen: utc,
      }),
    )
    .max(maxTouchingExceptions),
  /** Of a summary alert the entities with the most detections; `other_hits` are those of entities beyond `countedEntities`. */
  entities: z
    .array(z.strictObject({ entity: Entity, hits: count, first_seen: utc, last_seen: utc }))
    .max(maxTopEntities),
  other_hits: count,
  /** The first `keptFirst` and the last `keptLast`, with their place among all, from 1. */
  detections: z
    .array(z.strictObject({ ordinal: z.int().positive(), detection: Detection }))
    .max(keptFirst + keptLast),
  /** Newest first. */
  history: z.array(AlertHistoryLine).max(maxHistoryShown),
  history_lines: count,
});
export type AlertView = z.infer<typeof AlertView>;

/** Which alerts; what isn't said doesn't matter. */
export const AlertFilter = z
  .strictObject({
    status: z.exactOptional(z.array(AlertStatus).min(1).max(AlertStatus.options.length)),
    severity: z.exactOptional(z.array(RuleLevel).min(1).max(RuleLevel.options.length)),
    rule: z.exactOptional(written(100)),
    entity: z.exactOptional(
      z.strictObject({ kind: Entity.unwrap().shape.kind, value: written(512) }).readonly(),
    ),
    /** Null: those that nobody has. */
    assignee: z.exactOptional(PersonName.nullable()),
    /** Last seen from (inclusive) and to (exclusive). */
    from: z.exactOptional(utc),
    to: z.exactOptional(utc),
    /** How the title begins, in any case. */
    title: z.exactOptional(written(256)),
  })
  .readonly();
export type AlertFilter = z.infer<typeof AlertFilter>;

/** `score`: highest first, then last seen; `last_seen`: newest first. */
export const AlertSort = z.enum(['score', 'last_seen']);
export type AlertSort = z.infer<typeof AlertSort>;

const statusChange = z.strictObject({
  kind: z.literal('status'),
  status: AlertStatus,
  /** With `closed`, and only then. */
  verdict: z.exactOptional(Verdict),
  note: z.exactOptional(Note),
});

/** What a person does to an alert. */
export const AlertChange = z
  .discriminatedUnion('kind', [
    statusChange.refine(({ status, verdict }) => (status === 'closed') === (verdict !== undefined), {
      error: 'an alert is closed with a verdict, and only then has one',
    }),
    z.strictObject({ kind: z.literal('assigned'), assignee: PersonName.nullable() }),
    z.strictObject({ kind: z.literal('commented'), note: Note.min(1) }),
  ])
  .readonly();
export type AlertChange = z.infer<typeof AlertChange>;
