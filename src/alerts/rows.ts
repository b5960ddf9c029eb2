import * as z from 'zod';
import { AlertStatus, ScorePoint, Verdict } from '../contracts/alert.ts';
import { DetectedBy, Entity, RuleLevel } from '../contracts/index.ts';

/** An alert as its table has it, with `severity` and `level` as places in `RuleLevel`. */
export const StoredAlert = z
  .strictObject({
    tenant: z.string(),
    id: z.string(),
    rule: z.string(),
    /** The rule as its last detection had it. */
    detected_by: DetectedBy,
    /** The rule's logic while all detections had the same, else empty. */
    logic: z.string(),
    title: z.string(),
    level: z.int(),
    entity_kind: Entity.unwrap().shape.kind,
    entity_value: z.string(),
    summary: z.boolean(),
    status: AlertStatus,
    verdict: Verdict.nullable(),
    assignee: z.string().nullable(),
    severity: z.int(),
    score: z.int(),
    points: z.array(ScorePoint).readonly(),
    hits: z.int(),
    events: z.int(),
    first_seen: z.string(),
    last_seen: z.string(),
    first_received: z.string(),
    last_received: z.string(),
    opened_at: z.string(),
    changed_at: z.string(),
    closed_at: z.string().nullable(),
    previous: z.string().nullable(),
    revision: z.int(),
    history_lines: z.int(),
  })
  .readonly();
export type StoredAlert = z.infer<typeof StoredAlert>;

/** What a person's change looks at. */
export const WorkedAlert = StoredAlert.unwrap()
  .pick({ id: true, status: true, verdict: true, assignee: true, revision: true })
  .readonly();
export type WorkedAlert = z.infer<typeof WorkedAlert>;

/** What lists show of it. */
export const ListedAlert = StoredAlert.unwrap()
  .omit({
    tenant: true,
    detected_by: true,
    logic: true,
    level: true,
    points: true,
    first_received: true,
    last_received: true,
    previous: true,
    history_lines: true,
  })
  .readonly();
export type ListedAlert = z.infer<typeof ListedAlert>;

/** Where an alert stands in a list. */
export const PlacedAlert = StoredAlert.unwrap()
  .pick({ id: true, score: true, last_seen: true })
  .strip()
  .readonly();
export type PlacedAlert = z.infer<typeof PlacedAlert>;

/** Which alert takes the next detection of a rule on an entity. */
export const StoredKey = z
  .strictObject({
    tenant: z.string(),
    entity_kind: z.string(),
    entity_value: z.string(),
    rule: z.string(),
    /** The latest alert of this key, open or closed. */
    alert: z.string(),
    /** Latest event of the key, over all its alerts. */
    last_seen: z.string(),
  })
  .readonly();
export type StoredKey = z.infer<typeof StoredKey>;

/** What is known of a rule in a tenant. */
export const StoredRule = z
  .strictObject({
    tenant: z.string(),
    rule: z.string(),
    title: z.string(),
    /** In lower case, for the search by its beginning. */
    title_folded: z.string(),
    /** Detections counted, alerts opened, detections that went to a summary alert, and those that an exception covered. */
    hits: z.int(),
    alerts: z.int(),
    folded: z.int(),
    excepted: z.int(),
    /** Hour since 1970 of its newest detection, and how many alerts it opened in it. */
    hour: z.int(),
    opened_in_hour: z.int(),
  })
  .readonly();
export type StoredRule = z.infer<typeof StoredRule>;

const ranks = new Map(RuleLevel.options.map((level, rank) => [level, rank]));

export const rankOf = (level: RuleLevel): number => ranks.get(level) ?? 0;
export const levelAt = (rank: number): RuleLevel => RuleLevel.options[rank] ?? 'informational';

export const later = (one: string, other: string) => (one > other ? one : other);
export const earlier = (one: string, other: string) => (one < other ? one : other);

/** One text of several names; names hold no NUL, see `storable`. */
export const joined = (...names: readonly string[]): string => names.join('\u0000');
