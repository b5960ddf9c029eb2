import * as z from 'zod';
import { AlertId, AlertRow, AlertStatus, Note, PersonName } from './alert.ts';
import { Actor } from './change.ts';
import { Entity, RuleLevel } from './detection.ts';
import type { Route } from './routes.ts';

/** Alerts of one case; the next one begins another case. */
export const maxCaseAlerts = 500;
/** Alerts on one entity belong together when they open within so many hours of each other. */
export const caseHours = 24;
/** Cases that are merged into another one with one change. */
export const maxMerged = 20;
export const maxCaseHistory = 200;
export const maxCasesPage = 200;
const defaultCasesPage = 50;

const count = z.int().nonnegative();
const utc = z.iso.datetime();

/** 32 hex digits: a hash of tenant and the first two alerts, or made for a split. */
export const CaseId = z.string().regex(/^[0-9a-f]{32}$/, { error: 'a case id is 32 lower-case hex digits' });

/** Why an alert is in its case. */
export const MergeReason = z
  .discriminatedUnion('kind', [
    /** It is what the case began with. */
    z.strictObject({ kind: z.literal('first'), entity: Entity }),
    /** The entity had an alert of the case, of the same rule or another, at most `caseHours` before or after. */
    z.strictObject({
      kind: z.enum(['same_rule', 'other_rule']),
      entity: Entity,
      with: AlertId,
      with_rule: z.string(),
      minutes_apart: count,
    }),
    /** A person put it there. */
    z.strictObject({ kind: z.enum(['split', 'merged']), by: z.string(), from: CaseId, note: z.string() }),
  ])
  .readonly();
export type MergeReason = z.infer<typeof MergeReason>;

export const CaseRow = z.strictObject({
  id: CaseId,
  title: z.string(),
  status: AlertStatus,
  assignee: z.string().nullable(),
  /** The highest of its alerts now. */
  severity: RuleLevel,
  alerts: count,
  created_at: utc,
  changed_at: utc,
  /** When the newest of its alerts was seen first. */
  last_at: utc,
  /** The case that it was merged into; it has no alerts of its own then. */
  merged_into: CaseId.nullable(),
  /** Rises with each change by a person. */
  revision: count,
});
export type CaseRow = z.infer<typeof CaseRow>;

export const CaseHistoryLine = z.strictObject({
  at: utc,
  by: Actor,
  kind: z.enum(['opened', 'joined', 'split', 'merged', 'status', 'assigned', 'commented']),
  details: z.record(z.string(), z.json()),
  note: z.string(),
});
export type CaseHistoryLine = z.infer<typeof CaseHistoryLine>;

export const CaseView = CaseRow.extend({
  entities: z.array(Entity).max(maxCaseAlerts),
  members: z
    .array(
      z.strictObject({
        alert: AlertRow,
        reason: MergeReason,
        /** The reason in words, with its values. */
        why: z.string(),
      }),
    )
    .max(maxCaseAlerts),
  /** Newest first. */
  history: z.array(CaseHistoryLine).max(maxCaseHistory),
  history_lines: count,
});
export type CaseView = z.infer<typeof CaseView>;

const cursor = z.string().regex(/^[A-Za-z0-9_-]{1,400}$/, { error: 'a cursor is what the last answer gave' });

export const CaseQuery = z.strictObject({
  status: z.exactOptional(AlertStatus),
  /** `assignee=` stands for nobody. */
  assignee: z.exactOptional(z.string().max(100)),
  limit: z
    .string()
    .regex(/^\d{1,6}$/, { error: 'a whole number is wanted' })
    .transform(Number)
    .pipe(z.int().min(1).max(maxCasesPage))
    .prefault(String(defaultCasesPage)),
  cursor: z.exactOptional(cursor),
});
export type CaseQuery = z.infer<typeof CaseQuery>;

/** Those with the newest alerts first. */
export const CaseList = z.strictObject({
  cases: z.array(CaseRow).max(maxCasesPage),
  next: cursor.nullable(),
});

/** What a person does to a case. */
export const CaseChange = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('status'), status: AlertStatus, note: z.exactOptional(Note) }),
    z.strictObject({ kind: z.literal('assigned'), assignee: PersonName.nullable() }),
    z.strictObject({ kind: z.literal('commented'), note: Note.min(1) }),
    /** Those alerts leave for a case of their own. */
    z.strictObject({
      kind: z.literal('split'),
      alerts: z.array(AlertId).min(1).max(maxCaseAlerts),
      note: Note.min(1),
    }),
    /** The alerts of other cases come into this one. */
    z.strictObject({
      kind: z.literal('merged'),
      cases: z.array(CaseId).min(1).max(maxMerged),
      note: Note.min(1),
    }),
  ])
  .readonly();
export type CaseChange = z.infer<typeof CaseChange>;

/** `expected`: the revision that the person saw; another one is refused (`cases.changed`). */
export const CaseChangeRequest = z.strictObject({ change: CaseChange, expected: z.exactOptional(count) });

export const CaseChanged = z.strictObject({
  case: CaseRow,
  /** After a split the new one. */
  other: CaseRow.nullable(),
});
export type CaseChanged = z.infer<typeof CaseChanged>;

const one = z.strictObject({ id: CaseId });

export const caseRoutes = {
  cases: {
    method: 'GET',
    path: '/v1/cases',
    access: 'alerts:read',
    summary: 'Cases: alerts that belong together, those with the newest alerts first',
    query: CaseQuery,
    answer: { kind: 'json', statuses: [200], schema: CaseList },
  },
  case: {
    method: 'GET',
    path: '/v1/cases/{id}',
    access: 'alerts:read',
    summary: 'One case with its alerts, why each is in it, and its history',
    params: one,
    answer: { kind: 'json', statuses: [200], schema: CaseView },
  },
  changeCase: {
    method: 'POST',
    path: '/v1/cases/{id}/changes',
    access: 'alerts:write',
    summary: 'Sets the status of a case, assigns, comments, splits or merges it',
    params: one,
    body: { kind: 'json', schema: CaseChangeRequest },
    answer: { kind: 'json', statuses: [200], schema: CaseChanged },
  },
} as const satisfies Record<string, Route>;
