import { AskEvent, compileCheck, type TyrianError } from '../contracts/index.ts';
import { errorAnswer } from './error-answer.ts';
import { httpErrors } from './errors.ts';

/**
 * Pulls the first event, so that a run that can't begin is still answered with its own status; then gives that and
 * all others. Throws what the source throws before its first event.
 */
export async function begun(events: AsyncIterable<AskEvent>): Promise<AsyncIterable<AskEvent>> {
  const iterator = events[Symbol.asyncIterator]();
  const first = await iterator.next();
  return (async function* () {
    try {
      for (let step = first; step.done !== true; step = await iterator.next()) yield step.value;
    } finally {
      await iterator.return?.();
    }
  })();
}

let compiled: ReturnType<typeof compileCheck<typeof AskEvent>> | undefined;

/** Each word of an answer is an event: checked by the compiled bridge, made when the first stream needs it. */
function isAskEvent() {
  compiled ??= compileCheck(AskEvent);
  return compiled;
}

/**
 * Checks each event against the contract. A source that throws, or gives what it must not, ends in one `error` event
 * of the same run, and `failed` is told why; before the first event there is no run yet, and the error is thrown.
 */
export async function* checkedEvents(
  events: AsyncIterable<AskEvent>,
  run: { readonly traceId: string; readonly failed: (error: TyrianError) => void },
): AsyncGenerator<AskEvent> {
  let last: AskEvent | undefined;
  try {
    for await (const event of events) {
      if (!isAskEvent()(event)) {
        const why = AskEvent.safeParse(event).error?.message ?? 'the compiled check refuses it';
        throw httpErrors.make('response_invalid', `An event breaks its schema: ${why}`);
      }
      last = event;
      yield event;
    }
  } catch (thrown) {
    if (last === undefined) throw thrown;
    const { error, body } = errorAnswer(thrown, run.traceId);
    run.failed(error);
    yield { type: 'error', id: last.id + 1, run_id: last.run_id, data: body };
  }
}
