import {
  type Answer,
  type Evidence,
  type HuntPlan,
  type Question,
  TyrianError,
  type Usage,
} from '../../contracts/index.ts';
import type { SourceCoverage } from '../../ledger/index.ts';
import { orAborted, untilAborted } from '../abortable.ts';
import { analystErrors } from '../errors.ts';
import { foundBy, foundNothing, isOutside } from '../evidence/found.ts';
import type { PlanOutcome } from '../plan/port.ts';
import type { Triage, Triager } from '../triage/port.ts';
import type { Writer, WriterContext } from '../write/port.ts';
import { describePassages, firstSentence, gapsOf } from './first-sentence.ts';
import { internalMessage, isInternal } from './internal.ts';
import { type Notes, noPlan, readNotes } from './notes.ts';
import type { TenantReads } from './ports.ts';
import type { RunEvent } from './run-event.ts';
import { Telling } from './telling.ts';

export interface RunInput {
  readonly runId: string;
  readonly question: Question;
  readonly traceparent: string;
  readonly reads: TenantReads;
  readonly writer: Writer;
  readonly triager: Triager;
  /** Milliseconds of a clock; only differences are used. */
  readonly now: () => number;
  /** Longest that the writer may take, in milliseconds. */
  readonly writerMs: number;
  /** Told of what went wrong without ending the run. */
  readonly onProblem: (cause: unknown) => void;
}

/**
 * One question from plan to answer. Yields everything but the last event; throws what `done` or `error` is made
 * from. Each stage is left at once when the signal is aborted.
 */
export async function* run(input: RunInput, signal: AbortSignal): AsyncGenerator<RunEvent, void> {
  const times = new RunTimes(input.now);
  const notes = readNotes(input, signal);
  const outcome = await makePlan(input, signal);
  times.mark('plan');
  if (outcome.kind !== 'plan') {
    yield* tellNotesAlone(input, { refused: outcome, notes: await notes, times }, signal);
    return;
  }
  const { plan } = outcome;
  yield { type: 'plan', data: plan };
  const coverage = readCoverage(input, plan, signal);
  const evidence: Evidence[] = [];
  const failed = [...(yield* gather(input, { plan, evidence, times }, signal))];
  const { passages, gaps } = await notes;
  failed.push(...gaps);
  if (passages !== undefined) {
    evidence.push(passages);
    yield { type: 'evidence', data: passages };
  }
  // Queries run side by side: what is told follows the plan, whichever came first.
  const order = new Map(plan.queries.map(({ id }, index) => [id, index]));
  const orderOf = ({ query_id }: Evidence) => order.get(query_id) ?? plan.queries.length;
  evidence.sort((left, right) => orderOf(left) - orderOf(right));
  const findings = { plan, evidence, coverage: await coverage };
  const telling = new Telling({ evidence, plan, gaps: [...gapsOf(findings), ...failed] });
  yield* telling.engine(firstSentence(findings));
  times.mark('sentence');
  const { question, runId, traceparent } = input;
  const context: WriterContext = { question, plan, evidence, runId, traceparent };
  const events = evidence.filter(({ kind }) => kind !== 'passages');
  const triage = orAborted(input.triager.triage({ ...context, evidence: events }, signal), signal);
  triage.catch(() => undefined);
  const told = writable(evidence);
  if (told.length > 0) {
    yield* telling.write(input.writer, { ...context, evidence: told }, input.writerMs, signal);
  }
  const triaged = await triage;
  yield { type: 'answer', data: answerOf(input, telling, evidence, triaged) };
  yield { type: 'usage', data: times.usage(telling.tokens, triaged) };
}

/** Of a window that holds nothing the engine says so; a writer may tell only what lies outside it, and notes. */
const writable = (evidence: readonly Evidence[]) =>
  foundNothing(evidence)
    ? evidence.filter((each) => each.kind === 'passages' || (isOutside(each) && foundBy(each) > 0n))
    : evidence;

async function makePlan({ reads, question }: RunInput, signal: AbortSignal): Promise<PlanOutcome> {
  const context = await orAborted(reads.planContext(signal), signal);
  return await orAborted(reads.planner.plan(question, context, signal), signal);
}

/** Of a question without a plan: what notes say, and why no event was read. Throws `analyst.cannot_plan` without notes. */
async function* tellNotesAlone(
  input: RunInput,
  found: { readonly refused: Refused; readonly notes: Notes; readonly times: RunTimes },
  signal: AbortSignal,
): AsyncGenerator<RunEvent, void> {
  const { message, can } = found.refused;
  const { passages } = found.notes;
  // Who states a window asks for events of it: notes alone would answer something else.
  const { since, until } = input.question;
  if (passages === undefined || since !== undefined || until !== undefined)
    throw analystErrors.make('cannot_plan', message, { details: { can } });
  yield { type: 'evidence', data: passages };
  found.times.mark('evidence');
  const telling = new Telling({ evidence: [passages], plan: noPlan, gaps: ['No event was read.'] });
  yield* telling.engine(`No event was read. ${message} ${describePassages(passages)}`);
  found.times.mark('sentence');
  const { question, runId, traceparent } = input;
  const context: WriterContext = { question, plan: noPlan, evidence: [passages], runId, traceparent };
  yield* telling.write(input.writer, context, input.writerMs, signal);
  const triaged = await orAborted(input.triager.triage({ ...context, evidence: [] }, signal), signal);
  yield { type: 'answer', data: answerOf(input, telling, [passages], triaged) };
  yield { type: 'usage', data: found.times.usage(telling.tokens, triaged) };
}

type Refused = Extract<PlanOutcome, { readonly kind: 'cannot-plan' }>;

/** Undefined when the ledger can't be read: an answer without it says so, and is better than none. */
async function readCoverage(
  { reads, onProblem }: RunInput,
  { window }: HuntPlan,
  signal: AbortSignal,
): Promise<readonly SourceCoverage[] | undefined> {
  try {
    return await orAborted(reads.coverage(window, signal), signal);
  } catch (cause) {
    if (!signal.aborted) onProblem(cause);
    return undefined;
  }
}

/** Yields evidence as it comes. A query that fails leaves a gap, unless there is no evidence at all. */
async function* gather(
  { reads, onProblem }: RunInput,
  { plan, evidence, times }: { plan: HuntPlan; evidence: Evidence[]; times: RunTimes },
  signal: AbortSignal,
): AsyncGenerator<RunEvent, readonly string[]> {
  try {
    for await (const each of untilAborted(reads.gather(plan, signal), signal)) {
      evidence.push(each);
      times.mark('evidence');
      yield { type: 'evidence', data: each };
    }
    return [];
  } catch (cause) {
    if (signal.aborted || evidence.length === 0) throw cause;
    onProblem(cause);
    // Only words for the asker: another error's may hold what they should not see.
    const why = cause instanceof TyrianError ? `${cause.code}: ${wordsOf(cause)}` : 'the log tells why';
    return [`Reading evidence broke off: ${why}`];
  }
}

const wordsOf = (cause: TyrianError) => (isInternal(cause) ? internalMessage(cause) : cause.message);

function answerOf(
  { runId, question }: RunInput,
  telling: Telling,
  evidence: readonly Evidence[],
  { summary }: Triage,
): Answer {
  return {
    run_id: runId,
    question: question.text,
    sentences: [...telling.sentences],
    gaps: [...telling.gaps],
    evidence_ids: evidence.map(({ id }) => id),
    summary,
    writer: telling.author,
  };
}

type Moment = 'plan' | 'evidence' | 'sentence';

/** When each thing first came, in milliseconds from the start. */
class RunTimes {
  readonly #now: () => number;
  readonly #start: number;
  readonly #marks = new Map<Moment, number>();

  constructor(now: () => number) {
    this.#now = now;
    this.#start = now();
  }

  mark(moment: Moment): void {
    if (!this.#marks.has(moment)) this.#marks.set(moment, this.#now() - this.#start);
  }

  usage(written: { input: number; output: number }, triaged: Triage): Usage {
    return {
      input_tokens: written.input + triaged.input_tokens,
      output_tokens: written.output + triaged.output_tokens,
      plan_ms: this.#marks.get('plan') ?? null,
      first_evidence_ms: this.#marks.get('evidence') ?? null,
      first_sentence_ms: this.#marks.get('sentence') ?? null,
      total_ms: this.#now() - this.#start,
    };
  }
}
