import type { ThreatSummary } from '../../contracts/index.ts';
import type { WriterContext } from '../write/port.ts';

/** What a triager reads is what the writer reads. */
export type TriageContext = WriterContext;

export interface Triage {
  readonly summary: ThreatSummary;
  readonly input_tokens: number;
  readonly output_tokens: number;
}

/** Sums up evidence for what to do next. Rejects only when `signal` is aborted. */
export interface Triager {
  triage(context: TriageContext, signal: AbortSignal): Promise<Triage>;
}
