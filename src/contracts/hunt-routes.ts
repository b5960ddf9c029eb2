import * as z from 'zod';
import { Actor } from './change.ts';
import { Entity, maxMatchedFields, RuleLevel } from './detection.ts';
import { JobId } from './job-routes.ts';
import type { Route } from './routes.ts';
import { RuleId } from './rule-routes.ts';

/** Characters of a rule that is sent to be hunted with. */
export const maxHuntRuleLength = 64 * 1024;
/** Hits that a hunt keeps; further ones are counted. */
export const maxHuntHits = 10_000;
export const usualHuntHits = 1_000;
/** Hits of one page. */
export const maxHuntPage = 200;
/** Of days with hits so many are told one by one, the first ones. */
export const maxHuntDays = 1_000;
export const maxHuntEntities = 20;
/** Hunts that are listed, newest first. */
export const maxHuntsListed = 50;
const maxDiagnostics = 100;

const count = z.int().nonnegative();
const utc = z.iso.datetime();
/** `30d`, `24h`, `90m` before now, or an ISO time. */
const Moment = z.string().min(1).max(40);

/** A rule that is loaded, by its id (in force or not), or the text of a rule file with one rule. */
export const HuntRule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('id'), id: RuleId }),
  z.strictObject({
    kind: z.literal('text'),
    text: z.string().min(1).max(maxHuntRuleLength),
    /** What diagnostics call it. */
    file: z.string().min(1).max(200),
  }),
]);
export type HuntRule = z.infer<typeof HuntRule>;

/** From when to when events happened (`until` is now unless said); those without a usable time count by their receipt. */
const asked = { since: Moment, until: z.exactOptional(Moment) };

export const HuntOrder = z.strictObject({
  rule: HuntRule,
  ...asked,
  /** Hits that are kept, the earliest first. */
  limit: z.exactOptional(count.max(maxHuntHits)),
});
export type HuntOrder = z.infer<typeof HuntOrder>;

export const BackfillOrder = z.strictObject({
  /** One rule that is in force; all of them when not said. */
  rule: z.exactOptional(RuleId),
  ...asked,
});
export type BackfillOrder = z.infer<typeof BackfillOrder>;

/** `anchored`: the tenant has no event in the window that was asked for, so it ends at the newest one that it has. */
export const HuntedWindow = z.strictObject({ from: utc, to: utc, anchored: z.boolean() });
export type HuntedWindow = z.infer<typeof HuntedWindow>;

export const HuntedRule = z.strictObject({ id: RuleId, title: z.string(), level: RuleLevel });
export type HuntedRule = z.infer<typeof HuntedRule>;

const read = {
  /** Events of the window. */
  events: count,
  /** Of these so many were judged one by one: SQL alone could not tell. */
  judged: count,
  /** Events that could not be read as their source writes them; they are no hits. */
  unreadable: count,
  /** Uncompressed, by the mean size of each column that was read. */
  bytes: count,
  seconds: z.number().nonnegative(),
};

/** What alerts the rule would have made. */
export const HuntPrediction = z.strictObject({
  /** Days of the window that hold events of the tenant: what is "a day" below is over these. */
  days: count,
  hits_a_day: z.number().nonnegative(),
  /** One alert a day, rule and entity, and one more for all entities past the bound of an hour. */
  alerts_a_day: z.number().nonnegative(),
  hits_per_100000: z.number().nonnegative(),
  /** More than one hit in 100,000 events: such a rule is off by default. Null: too few events to tell. */
  noisy: z.boolean().nullable(),
  verdict: z.string(),
});
export type HuntPrediction = z.infer<typeof HuntPrediction>;

export const HuntOutcome = z.strictObject({
  ...read,
  hits: count,
  kept: count,
  days: z.array(z.strictObject({ day: z.iso.date(), hits: count, alerts: count })).max(maxHuntDays),
  days_total: count,
  entities: z.array(z.strictObject({ entity: Entity, hits: count })).max(maxHuntEntities),
  entities_total: count,
  /** False: there were more entities than are told apart; those that came later are not counted by name. */
  entities_complete: z.boolean(),
  prediction: HuntPrediction,
});
export type HuntOutcome = z.infer<typeof HuntOutcome>;

export const BackfillOutcome = z.strictObject({
  ...read,
  hits: count,
  /** Detections that were made now; the other hits are known already. */
  detections: count,
  known: count,
});
export type BackfillOutcome = z.infer<typeof BackfillOutcome>;

export const HuntView = z.strictObject({
  id: JobId,
  purpose: z.enum(['hunt', 'backtest', 'backfill']),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']),
  by: Actor,
  created_at: utc,
  started_at: utc.nullable(),
  ended_at: utc.nullable(),
  /** Null: all rules that are in force. */
  rule: HuntedRule.nullable(),
  window: HuntedWindow,
  /** Events of the window that are done, of all; the note has the time that was reached and the hits so far. */
  progress: z.strictObject({ done: count, total: count.nullable(), note: z.string() }),
  /** Null until it is done, and for the other purpose. */
  found: HuntOutcome.nullable(),
  filled: BackfillOutcome.nullable(),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
});
export type HuntView = z.infer<typeof HuntView>;

export const HuntList = z.strictObject({ hunts: z.array(HuntView).max(maxHuntsListed) });

export const HuntHit = z.strictObject({
  event_id: z.uuid(),
  time: utc.nullable(),
  received_at: utc,
  source: z.string(),
  entity: Entity,
  matched: z.array(z.strictObject({ field: z.string(), value: z.string() })).max(maxMatchedFields),
});
export type HuntHit = z.infer<typeof HuntHit>;

/** In the order of their events; `next` asks for the rest, also while the hunt still runs. */
export const HuntHitList = z.strictObject({
  hits: z.array(HuntHit).max(maxHuntPage),
  next: count.nullable(),
});
export type HuntHitList = z.infer<typeof HuntHitList>;

/** What a hunt would ask the store, and what that would cost; nothing of it has run but a count. */
export const HuntEstimate = z.strictObject({
  rule: HuntedRule,
  window: HuntedWindow,
  /** Condition over the columns of `events`. */
  where: z.string(),
  /** SQL alone tells the hits; else rows of the condition are judged one by one. */
  exact: z.boolean(),
  /** No raw record need be read to find the rows. */
  columns_only: z.boolean(),
  events: count,
  /** Uncompressed. */
  bytes: count,
  diagnostics: z
    .array(
      z.strictObject({
        code: z.string(),
        severity: z.enum(['error', 'warning']),
        line: z.int(),
        column: z.int(),
        message: z.string(),
      }),
    )
    .max(maxDiagnostics),
});
export type HuntEstimate = z.infer<typeof HuntEstimate>;

const one = z.strictObject({ id: JobId });
const ordered = { kind: 'json', statuses: [202], schema: HuntView } as const;

export const huntRoutes = {
  startHunt: {
    method: 'POST',
    path: '/v1/hunts',
    access: 'events:read',
    summary: "Hunts through the caller's stored events with a rule: a job whose hits are kept",
    body: { kind: 'json', schema: HuntOrder },
    answer: ordered,
  },
  explainHunt: {
    method: 'POST',
    path: '/v1/hunts/explain',
    access: 'events:read',
    summary: 'What a hunt would ask the store and how much that would read, without running it',
    body: { kind: 'json', schema: HuntOrder },
    answer: { kind: 'json', statuses: [200], schema: HuntEstimate },
  },
  hunts: {
    method: 'GET',
    path: '/v1/hunts',
    access: 'events:read',
    summary: "The newest hunts, back-tests and back-fills of the caller's tenant",
    answer: { kind: 'json', statuses: [200], schema: HuntList },
  },
  hunt: {
    method: 'GET',
    path: '/v1/hunts/{id}',
    access: 'events:read',
    summary: 'How far a hunt, back-test or back-fill is, and what it came to',
    params: one,
    answer: { kind: 'json', statuses: [200], schema: HuntView },
  },
  huntHits: {
    method: 'GET',
    path: '/v1/hunts/{id}/hits',
    access: 'events:read',
    summary: 'The hits that a hunt kept, by the time of their events',
    params: one,
    query: z.strictObject({
      after: z.exactOptional(
        z
          .string()
          .regex(/^\d{1,9}$/)
          .transform(Number),
      ),
    }),
    answer: { kind: 'json', statuses: [200], schema: HuntHitList },
  },
  cancelHunt: {
    method: 'DELETE',
    path: '/v1/hunts/{id}',
    access: 'events:read',
    summary: 'Ends a hunt or back-test; a back-fill needs the scope rules:write. Hits that are kept stay',
    params: one,
    answer: { kind: 'json', statuses: [200], schema: HuntView },
  },
  backtestRule: {
    method: 'POST',
    path: '/v1/rules/backtest',
    access: 'events:read',
    summary: 'What alerts a rule would have made of the stored events: a job, before the rule is enabled',
    body: { kind: 'json', schema: HuntOrder },
    answer: ordered,
  },
  backfillRules: {
    method: 'POST',
    path: '/v1/rules/backfill',
    access: 'rules:write',
    summary: 'Judges stored events by the rules in force and makes the detections that are missing: a job',
    body: { kind: 'json', schema: BackfillOrder },
    answer: ordered,
  },
} as const satisfies Record<string, Route>;
