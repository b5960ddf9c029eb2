import type { Evidence, HuntPlan, HuntWindow } from '../../contracts/index.ts';
import type { SourceCoverage } from '../../ledger/index.ts';
import type { PlanContext, Planner } from '../plan/port.ts';

/** What a question may read: made for one principal, so that the tenant is fixed before the question is looked at. */
export interface TenantReads {
  readonly planner: Planner;
  planContext(signal: AbortSignal): Promise<PlanContext>;
  /** Runs the plan's queries; yields each evidence as soon as it is there, and stops them when aborted. */
  gather(plan: HuntPlan, signal: AbortSignal): AsyncIterable<Evidence>;
  coverage(window: HuntWindow, signal: AbortSignal): Promise<readonly SourceCoverage[]>;
  /** Passages of notes and catalogues that bear on the question, as one evidence; undefined when none does. */
  passages?(question: string, signal: AbortSignal): Promise<Evidence | undefined>;
}
