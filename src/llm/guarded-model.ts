import { setTimeout as wait } from 'node:timers/promises';
import { wrapLanguageModel } from 'ai';
import { TyrianError } from '../contracts/index.ts';
import { llmErrors } from './errors.ts';
import { meaningOf, retryAfter } from './failure.ts';
import { Slots } from './slots.ts';

/** A language model of the AI SDK. */
export type Model = ReturnType<typeof wrapLanguageModel>;
type CallOptions = Parameters<Model['doStream']>[0];
type StreamResult = Awaited<ReturnType<Model['doStream']>>;
type Part = StreamResult['stream'] extends ReadableStream<infer P> ? P : never;

export interface ModelLimits {
  /** Milliseconds to the first token of an attempt, and of a whole call with its retries. */
  readonly firstTokenMs: number;
  readonly callMs: number;
  /** Calls at the same time, and how many more may wait. */
  readonly concurrent: number;
  readonly waiting: number;
  /** Attempts of one call. Retries come before the first token only: what was said is never said again. */
  readonly attempts: number;
  /** First pause before a retry, doubled each time; the longest pause, `Retry-After` too. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
}

export interface ModelParts {
  readonly limits: ModelLimits;
  /** From 0 to 1: spreads retries. */
  readonly random: () => number;
  /** Milliseconds since the epoch: reads a `Retry-After` that is a date. */
  readonly now: () => number;
}

/** The same model within limits of time, concurrency and retries. Errors are `llm.*` and carry nothing of the call. */
export function guardModel(model: Model, { limits, random, now }: ModelParts): Model {
  const slots = new Slots(limits.concurrent, limits.waiting);
  return wrapLanguageModel({
    model,
    middleware: {
      specificationVersion: 'v4',
      wrapStream: async ({ params, model: inner }) => {
        const call = await openCall(params);
        try {
          const { result, first, reader } = await withRetries(call, () => startStream(inner, params, call));
          return { ...result, stream: restOf(reader, first, call) };
        } catch (cause) {
          throw call.end(cause);
        }
      },
      wrapGenerate: async ({ params, model: inner }) => {
        const call = await openCall(params);
        try {
          const result = await withRetries(call, () =>
            inner.doGenerate({ ...params, abortSignal: call.signal }),
          );
          call.end();
          return result;
        } catch (cause) {
          throw call.end(cause);
        }
      },
    },
  });

  async function openCall(params: CallOptions): Promise<Call> {
    const release = await slots.take(params.abortSignal);
    return new Call(params.abortSignal, limits.callMs, release);
  }

  async function withRetries<T>(call: Call, attempt: () => PromiseLike<T>): Promise<T> {
    for (let tried = 1; ; tried += 1) {
      try {
        return await attempt();
      } catch (cause) {
        const meaning = meaningOf(cause);
        if (call.signal.aborted || !meaning.retryable || tried >= limits.attempts) throw cause;
        const backoff = limits.pauseMs * 2 ** (tried - 1) * (0.5 + random() / 2);
        const pause = retryAfter(cause, now()) ?? backoff;
        if (pause > limits.longestPauseMs) throw cause;
        await wait(pause, undefined, { signal: call.signal });
      }
    }
  }

  /** Reads up to the first part that says something; until then nothing has been told, and a retry is harmless. */
  async function startStream(inner: Model, params: CallOptions, call: Call) {
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(outOfTime('The first token', limits.firstTokenMs)),
      limits.firstTokenMs,
    );
    try {
      const abortSignal = AbortSignal.any([call.signal, late.signal]);
      const result = await inner.doStream({ ...params, abortSignal });
      const reader = result.stream.getReader();
      const first: Part[] = [];
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        if (value.type === 'error') throw value.error;
        first.push(value);
        if (!opening.has(value.type)) break;
      }
      return { result, first, reader };
    } catch (cause) {
      throw late.signal.aborted ? late.signal.reason : cause;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Parts that come before anything is said. */
const opening = new Set<Part['type']>([
  'stream-start',
  'response-metadata',
  'text-start',
  'reasoning-start',
  'ping',
  'raw',
]);

/** The parts read so far, then the rest; a break in the middle is one error part. Ends the call. */
function restOf(
  reader: ReadableStreamDefaultReader<Part>,
  first: readonly Part[],
  call: Call,
): ReadableStream<Part> {
  return new ReadableStream<Part>({
    start(controller) {
      for (const part of first) controller.enqueue(part);
    },
    async pull(controller) {
      try {
        const { value, done } = await reader.read();
        if (done) {
          call.end();
          controller.close();
        } else if (value.type === 'error') throw value.error;
        else controller.enqueue(value);
      } catch (cause) {
        const error = call.end(broken(cause));
        controller.enqueue({ type: 'error', error });
        controller.close();
      }
    },
    async cancel(reason) {
      call.end();
      await reader.cancel(reason);
    },
  });
}

function broken(cause: unknown): TyrianError {
  if (cause instanceof TyrianError) return cause;
  return llmErrors.make('broken', 'The model server broke off in the middle of its answer.');
}

const outOfTime = (what: string, ms: number) =>
  llmErrors.make('out_of_time', `${what} of the model took longer than ${ms / 1_000} seconds.`);

/** One call with its slot and its time. */
class Call {
  readonly signal: AbortSignal;
  readonly #asker: AbortSignal | undefined;
  readonly #late = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #release: () => void;

  constructor(asker: AbortSignal | undefined, callMs: number, release: () => void) {
    this.#asker = asker;
    this.#release = release;
    this.#timer = setTimeout(() => this.#late.abort(outOfTime('The answer', callMs)), callMs);
    this.signal = asker === undefined ? this.#late.signal : AbortSignal.any([asker, this.#late.signal]);
  }

  /** Gives slot and timer back. Returns what to throw: the asker's own reason, a time limit, or what it means. */
  end(cause?: unknown): unknown {
    clearTimeout(this.#timer);
    this.#release();
    if (this.#asker?.aborted === true) return this.#asker.reason;
    return this.#late.signal.aborted ? this.#late.signal.reason : meaningOf(cause);
  }
}
