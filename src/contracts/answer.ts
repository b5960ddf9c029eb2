import * as z from 'zod';
import { Evidence } from './evidence.ts';
import { HuntPlan } from './hunt-plan.ts';

/** A cell of an evidence table, by row index (from 0) and column name. */
export const CellReference = z.strictObject({ row: z.int().nonnegative(), column: z.string().max(100) });
export type CellReference = z.infer<typeof CellReference>;

/** What a sentence rests on: cells of one evidence, and the operation that makes its figures from them. */
export const Claim = z.strictObject({
  evidence_id: z.string().max(20),
  /** cell: the values stand in the cells. rows: how many rows. sum, min, max, distinct: over the cells. */
  operation: z.enum(['cell', 'rows', 'sum', 'min', 'max', 'distinct']),
  cells: z.array(CellReference).max(200),
});
export type Claim = z.infer<typeof Claim>;

export const Sentence = z.strictObject({
  id: z.int().nonnegative(),
  text: z.string(),
  /** engine: written by the program from the run itself; fact: bound to claims; assessment: marked opinion, no figures. */
  kind: z.enum(['engine', 'fact', 'assessment']),
  claims: z.array(Claim),
  verdict: z.enum(['confirmed', 'struck']),
  /** Why it was struck. */
  reason: z.exactOptional(z.string()),
});
export type Sentence = z.infer<typeof Sentence>;

export const Severity = z.enum(['unknown', 'low', 'medium', 'high', 'critical']);
export type Severity = z.infer<typeof Severity>;
export const RecommendedAction = z.enum([
  'monitor',
  'isolate-host',
  'rotate-credentials',
  'open-investigation',
]);
export type RecommendedAction = z.infer<typeof RecommendedAction>;

export const ThreatSummary = z.strictObject({
  severity: Severity,
  affected_hosts: z.array(z.string()),
  recommended_action: RecommendedAction,
  /** Each claim with its words and the cells it rests on. */
  claims: z.array(z.strictObject({ text: z.string(), claim: Claim })),
});
export type ThreatSummary = z.infer<typeof ThreatSummary>;

export const Answer = z.strictObject({
  run_id: z.uuid(),
  question: z.string(),
  sentences: z.array(Sentence),
  /** What the answer can't speak of: silent or late sources, cut results, dead letters in the window. */
  gaps: z.array(z.string()),
  evidence_ids: z.array(z.string()),
  summary: ThreatSummary,
  /** Who wrote it: `offline analyst`, or provider and model. */
  writer: z.string(),
});
export type Answer = z.infer<typeof Answer>;

export const Usage = z.strictObject({
  input_tokens: z.int().nonnegative(),
  output_tokens: z.int().nonnegative(),
  /** Milliseconds from the question to each moment; null when it did not come. */
  plan_ms: z.number().nullable(),
  first_evidence_ms: z.number().nullable(),
  first_sentence_ms: z.number().nullable(),
  total_ms: z.number(),
});
export type Usage = z.infer<typeof Usage>;

export const WireError = z.strictObject({
  code: z.string(),
  message: z.string(),
  trace_id: z.string(),
  details: z.exactOptional(z.record(z.string(), z.unknown())),
});
export type WireError = z.infer<typeof WireError>;

const event = <T extends string, S extends z.ZodType>(type: T, data: S) =>
  z.strictObject({ type: z.literal(type), id: z.int().nonnegative(), run_id: z.uuid(), data });

/** What a run streams; exactly one `done` or `error` ends it. */
export const AskEvent = z.discriminatedUnion('type', [
  event('plan', HuntPlan),
  event('evidence', Evidence),
  event('answer-delta', z.strictObject({ sentence: z.int().nonnegative(), text: z.string() })),
  event('sentence', Sentence),
  event('answer', Answer),
  event('usage', Usage),
  event('done', z.strictObject({})),
  event('error', WireError),
]);
export type AskEvent = z.infer<typeof AskEvent>;
