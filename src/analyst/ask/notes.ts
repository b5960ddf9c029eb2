import type { Evidence, HuntPlan, Question } from '../../contracts/index.ts';
import { orAborted } from '../abortable.ts';
import type { TenantReads } from './ports.ts';

/** What notes and catalogues hold on a question. */
export interface Notes {
  readonly passages: Evidence | undefined;
  readonly gaps: readonly string[];
}

export interface NotesInput {
  readonly question: Question;
  readonly reads: TenantReads;
  readonly onProblem: (cause: unknown) => void;
}

/** Never rejects: an answer without notes says so, and is better than none. */
export async function readNotes(
  { reads, question, onProblem }: NotesInput,
  signal: AbortSignal,
): Promise<Notes> {
  if (reads.passages === undefined) return { passages: undefined, gaps: [] };
  try {
    return { passages: await orAborted(reads.passages(question.text, signal), signal), gaps: [] };
  } catch (cause) {
    if (!signal.aborted) onProblem(cause);
    return { passages: undefined, gaps: ['Notes and catalogues could not be read.'] };
  }
}

/** What a writer gets where nothing was planned: it is never sent. */
export const noPlan: HuntPlan = {
  kind: 'search',
  window: { from: '1970-01-01T00:00:00Z', to: '1970-01-01T00:00:00Z', anchor: 'default' },
  queries: [],
  assumptions: [],
  planner: 'none',
};
