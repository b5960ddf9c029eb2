import type { AskEvent, Principal, Question } from '../../contracts/index.ts';
import { TyrianError, type WireError } from '../../contracts/index.ts';
import { untilAborted } from '../abortable.ts';
import { analystErrors } from '../errors.ts';
import type { Triager } from '../triage/port.ts';
import type { Writer } from '../write/port.ts';
import { internalMessage, isInternal } from './internal.ts';
import type { TenantReads } from './ports.ts';
import { type RunRecord, RunRecords } from './record.ts';
import { run } from './run.ts';
import type { RunEvent } from './run-event.ts';

export interface AskLimits {
  /** Questions worked on at once; above it `analyst.busy`. */
  readonly maxRuns: number;
  /** A whole run, and the writer within it, in milliseconds. */
  readonly runMs: number;
  readonly writerMs: number;
  /** Events of one run, about, as bytes of JSON; above it the run ends with `analyst.too_large`. */
  readonly maxRunBytes: number;
  /** Ended runs that are kept for streams that resume: how many, and their bytes. */
  readonly keptRuns: number;
  readonly keptBytes: number;
}

const mebibyte = 1024 * 1024;
export const defaultAskLimits: AskLimits = {
  maxRuns: 16,
  runMs: 120_000,
  writerMs: 60_000,
  maxRunBytes: 32 * mebibyte,
  keptRuns: 64,
  keptBytes: 64 * mebibyte,
};

export interface AnalystParts {
  /** The principal's tenant is fixed here, once, for all that a run reads. */
  readonly readsFor: (principal: Principal) => TenantReads;
  readonly writer: Writer;
  readonly triager: Triager;
  /** Milliseconds; only differences are used. */
  readonly now: () => number;
  /** A UUID; fences around evidence rely on nobody being able to guess it. */
  readonly newRunId: () => string;
  readonly limits?: Partial<AskLimits>;
  /** Told of what went wrong inside the program: a broken run (the asker sees `analyst.failed`), or a part of one. */
  readonly onFailure?: (failure: {
    readonly run_id: string;
    readonly trace_id: string;
    readonly cause: unknown;
  }) => void;
}

export interface Ask {
  readonly question: Question;
  readonly principal: Principal;
  /** Aborted: model and SQL stop, and the run ends with `analyst.stopped`. */
  readonly signal: AbortSignal;
  /** W3C trace context of the request; '' when none. */
  readonly traceparent?: string;
}

export interface Analyst {
  /**
   * Answers a question. Each event has a rising id (from 0) and the run id; the last is `done` or `error`, exactly
   * one. Never throws for what goes wrong in a run. Leaving the loop early stops the run.
   */
  ask(ask: Ask): AsyncIterable<AskEvent>;
  /**
   * Events of a run after id `since` (-1: all), kept or still to come; leaving it doesn't stop the run.
   * Throws `analyst.no_such_run`, for other tenants' runs too.
   */
  resume(input: {
    runId: string;
    since: number;
    principal: Principal;
    signal: AbortSignal;
  }): AsyncIterable<AskEvent>;
  /** Stops all runs and waits for their ends. */
  close(): Promise<void>;
}

export function createAnalyst(parts: AnalystParts): Analyst {
  const limits = { ...defaultAskLimits, ...parts.limits };
  const records = new RunRecords({ maxRuns: limits.keptRuns, maxBytes: limits.keptBytes });
  const live = new Map<AbortController, Promise<void>>();
  return {
    ask: (ask) => startOnRead(() => start(ask)),
    resume({ runId, since, principal, signal }) {
      const record = records.find(runId, principal.tenant);
      if (record === undefined) throw analystErrors.make('no_such_run', `No run ${runId} is kept.`);
      return record.follow(since, signal);
    },
    async close() {
      for (const stop of live.keys()) stop.abort(stopped());
      await Promise.all(live.values());
    },
  };

  function start(ask: Ask): Started {
    const runId = parts.newRunId();
    const record = records.open(runId, ask.principal.tenant);
    const stop = new AbortController();
    const pump = pumpRun({ ask, runId, record, stop }).finally(() => {
      live.delete(stop);
      record.end();
      records.trim();
    });
    live.set(stop, pump);
    return { events: record.follow(-1, new AbortController().signal), stop };
  }

  interface Pump {
    readonly ask: Ask;
    readonly runId: string;
    readonly record: RunRecord;
    readonly stop: AbortController;
  }

  async function pumpRun({ ask, runId, record, stop }: Pump): Promise<void> {
    let id = 0;
    const add = (event: RunEvent) => {
      record.append({ ...event, id, run_id: runId } as AskEvent);
      id += 1;
    };
    const traceId = traceIdOf(ask.traceparent ?? '', runId);
    const onProblem = (cause: unknown) => parts.onFailure?.({ run_id: runId, trace_id: traceId, cause });
    const release = relay(ask.signal, stop);
    const late = setTimeout(() => stop.abort(outOfTime(limits.runMs)), limits.runMs);
    try {
      if (live.size >= limits.maxRuns) throw busy(limits.maxRuns);
      const { question, principal, traceparent = '' } = ask;
      const { writer, triager, now } = parts;
      const reads = parts.readsFor(principal);
      const input = {
        runId,
        question,
        traceparent,
        reads,
        writer,
        triager,
        now,
        writerMs: limits.writerMs,
        onProblem,
      };
      for await (const event of untilAborted(run(input, stop.signal), stop.signal)) {
        add(event);
        if (record.bytes > limits.maxRunBytes) throw tooLarge(limits.maxRunBytes);
      }
      add({ type: 'done', data: {} });
    } catch (cause) {
      const error = stop.signal.aborted ? stop.signal.reason : cause;
      if (!(error instanceof TyrianError) || isInternal(error)) onProblem(error);
      add({ type: 'error', data: wireError(error, traceId) });
    } finally {
      clearTimeout(late);
      release();
      stop.abort(stopped());
    }
  }
}

interface Started {
  readonly events: AsyncGenerator<AskEvent, void>;
  readonly stop: AbortController;
}

/** Starts with the first read; leaving early stops the run at once, also while a read waits. */
function startOnRead(start: () => Started): AsyncIterable<AskEvent> {
  return {
    [Symbol.asyncIterator]() {
      let started: Started | undefined;
      return {
        next: () => {
          started ??= start();
          return started.events.next();
        },
        return: async () => {
          started?.stop.abort(stopped());
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** Hands an asker's abort on; the returned function lets go of the signal. */
function relay(signal: AbortSignal, stop: AbortController): () => void {
  const abort = () => stop.abort(stopped());
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return () => signal.removeEventListener('abort', abort);
}

const stopped = () => analystErrors.make('stopped', 'The run was stopped before it was done.');
const outOfTime = (ms: number) =>
  analystErrors.make(
    'out_of_time',
    `The run took longer than ${ms / 1_000} seconds; ask for a narrower window.`,
  );
const busy = (runs: number) =>
  analystErrors.make('busy', `${runs} questions are being worked on; ask again in a moment.`);
const tooLarge = (bytes: number) =>
  analystErrors.make('too_large', `The run produced more than ${bytes} bytes of events; ask for fewer rows.`);

/** The trace id of W3C trace context, else the run id's digits: always 32 hex digits. */
function traceIdOf(traceparent: string, runId: string): string {
  return /^[\da-f]{2}-([\da-f]{32})-/.exec(traceparent)?.[1] ?? runId.replaceAll('-', '');
}

function wireError(error: unknown, traceId: string): WireError {
  if (!(error instanceof TyrianError)) {
    const { code } = analystErrors.make('failed', '');
    return { code, message: 'The question could not be answered; the log tells why.', trace_id: traceId };
  }
  const { code, message, details } = error;
  if (isInternal(error)) return { code, message: internalMessage(error), trace_id: traceId };
  const wire = { code, message, trace_id: traceId };
  return Object.keys(details).length === 0 ? wire : { ...wire, details: { ...details } };
}
