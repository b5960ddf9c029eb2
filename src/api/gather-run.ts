import { analystErrors } from '../analyst/index.ts';
import { type AskEvent, type AskResult, type ErrorCode, TyrianError } from '../contracts/index.ts';
import { apiErrors } from './errors.ts';

/** A run in one object, for callers that want no stream. Throws what its `error` event says. */
export async function gatherRun(events: AsyncIterable<AskEvent>): Promise<AskResult> {
  const run: { -readonly [K in keyof AskResult]?: AskResult[K] } = { plan: null, evidence: [] };
  for await (const event of events) {
    run.run_id = event.run_id;
    switch (event.type) {
      case 'plan':
        run.plan = event.data;
        break;
      case 'evidence':
        run.evidence?.push(event.data);
        break;
      case 'answer':
        run.answer = event.data;
        break;
      case 'usage':
        run.usage = event.data;
        break;
      case 'error':
        throw errorOf(event);
      case 'answer-delta':
      case 'sentence':
      case 'done':
        break;
    }
  }
  return complete(run);
}

function complete({ run_id, plan, evidence, answer, usage }: Partial<AskResult>): AskResult {
  if (run_id === undefined || answer === undefined || usage === undefined)
    throw apiErrors.make('run_broken', 'A run ended without an answer');
  return { run_id, plan: plan ?? null, evidence: evidence ?? [], answer, usage };
}

/** The words of the event were made for the caller; only a status is missing. */
function errorOf({ run_id, data }: AskEvent & { readonly type: 'error' }): TyrianError {
  const status = statusOf(data.code);
  return new TyrianError(data.code as ErrorCode, data.message, {
    status,
    retryable: status === 503,
    details: { ...data.details, run_id },
  });
}

/** A run breaks off with a code of the analyst, or of what it reads from: those are faults of ours. */
function statusOf(code: string): number {
  const { room, entries } = analystErrors;
  return code.startsWith(`${room}.`) ? (entries[code.slice(room.length + 1)]?.status ?? 500) : 500;
}
