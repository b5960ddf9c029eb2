import type { HuntPlan, Question } from '../../contracts/index.ts';

/** What a planner may know beside the question. Lists are bounded by the caller; names as stored. */
export interface PlanContext {
  readonly now: Date;
  /** Time of the tenant's newest event, never one later than its `received_at` + 5 minutes; null without events. */
  readonly newestEvent: Date | null;
  readonly knownHosts?: readonly string[];
  readonly knownUsers?: readonly string[];
}

export type PlanOutcome =
  | { readonly kind: 'plan'; readonly plan: HuntPlan }
  /** `can` lists questions that would be understood. */
  | { readonly kind: 'cannot-plan'; readonly message: string; readonly can: readonly string[] };

/** Turns a question into queries. Rejects only when `signal` is aborted; every other failure is an outcome. */
export interface Planner {
  plan(question: Question, context: PlanContext, signal: AbortSignal): Promise<PlanOutcome>;
}
