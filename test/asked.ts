/** What a test wants to know of a run: its events, taken apart. */
import type { Answer, AskEvent, Evidence, HuntPlan, WireError } from '../src/contracts/index.ts';

export interface Asked {
  readonly types: readonly AskEvent['type'][];
  readonly plan: HuntPlan | undefined;
  readonly evidence: readonly Evidence[];
  readonly answer: Answer | undefined;
  readonly error: WireError | undefined;
}

/** Takes the events of a run apart by type. */
export function takeApart(events: readonly AskEvent[]): Asked {
  let plan: HuntPlan | undefined;
  let answer: Answer | undefined;
  let error: WireError | undefined;
  const evidence: Evidence[] = [];
  for (const event of events) {
    if (event.type === 'plan') plan = event.data;
    else if (event.type === 'answer') answer = event.data;
    else if (event.type === 'error') error = event.data;
    else if (event.type === 'evidence') evidence.push(event.data);
  }
  return { types: events.map(({ type }) => type), plan, evidence, answer, error };
}

/** Every cell of all evidence as text. */
export function cellsOf(evidence: readonly Evidence[]): readonly string[] {
  return evidence.flatMap(({ rows }) => rows.flat().flatMap((cell) => cell ?? []));
}

/** What the sentences say, in one text. */
export function wordsOf({ answer }: Asked): string {
  return (answer?.sentences ?? []).map(({ text }) => text).join('\n');
}
