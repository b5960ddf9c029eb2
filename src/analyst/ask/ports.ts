import type { Evidence, HuntPlan, HuntWindow } from '../../contracts/index.ts';
import type { PlanContext, Planner } from '../plan/port.ts';

/** How far one source can be relied on in a window. */
export interface SourceCoverage {
  readonly source: string;
  /** Events whose time lies in the window. */
  readonly stored: number;
  /** Dead letters received in the window. */
  readonly dead: number;
  /** Records received but not stored yet: what the answer can't know of. */
  readonly in_flight: number;
  /** ISO 8601 in UTC; null when nothing was ever received. */
  readonly newest_received_at: string | null;
  /** Nothing of the window is stored. */
  readonly silent: boolean;
}

/** What a question may read: made for one principal, so that the tenant is fixed before the question is looked at. */
export interface TenantReads {
  readonly planner: Planner;
  planContext(signal: AbortSignal): Promise<PlanContext>;
  /** Runs the plan's queries; yields each evidence as soon as it is there, and stops them when aborted. */
  gather(plan: HuntPlan, signal: AbortSignal): AsyncIterable<Evidence>;
  coverage(window: HuntWindow, signal: AbortSignal): Promise<readonly SourceCoverage[]>;
}
