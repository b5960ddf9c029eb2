import { AskEvent, type Route, routes, TyrianError } from '../contracts/index.ts';
import { clientErrors } from './errors.ts';
import { readEvents } from './event-stream.ts';
import { type CallOptions, type Connection, sendRequest } from './request.ts';

/** A stream that breaks this often without one new event is lost; the first pause between, doubled each time. */
const maxFailures = 6;
const firstPauseMs = 200;

/**
 * The events of a run to its `done` or `error`. A stream that breaks off is taken up where it broke; when that fails
 * for good, throws `client.stream_lost`. Leaving the loop, or the signal, closes the stream, which stops the run.
 */
export async function* followRun(
  connection: Connection,
  route: Route,
  input: object,
  options: CallOptions,
): AsyncGenerator<AskEvent> {
  let response: Response | undefined = await sendRequest(connection, route, input, options);
  let last: AskEvent | undefined;
  for (let failures = 0; failures < maxFailures; failures += 1) {
    for await (const event of eventsOf(response)) {
      last = event;
      failures = 0;
      yield event;
      if (event.type === 'done' || event.type === 'error') return;
    }
    options.signal?.throwIfAborted();
    if (last === undefined) break;
    await pause(firstPauseMs * 2 ** failures, options.signal);
    response = await resume(connection, last, options);
  }
  throw clientErrors.make('stream_lost', 'The answer broke off and could not be taken up again', {
    details: last === undefined ? {} : { run_id: last.run_id, last_event_id: last.id },
  });
}

async function* eventsOf(response: Response | undefined): AsyncGenerator<AskEvent> {
  if (!response?.body) return;
  try {
    for await (const { data } of readEvents(response.body)) yield parseEvent(data);
  } catch (cause) {
    // The connection is gone: what came so far stands, the caller takes the stream up again.
    if (!isConnectionLoss(cause)) throw cause;
  }
}

function parseEvent(data: string): AskEvent {
  const parsed = AskEvent.safeParse(JSON.parse(data));
  if (parsed.success) return parsed.data;
  throw clientErrors.make(
    'answer_invalid',
    `The server sent an event of another version: ${parsed.error.message}`,
  );
}

/** `fetch` tells a broken body by a TypeError. */
const isConnectionLoss = (cause: unknown) => cause instanceof TypeError;

/** Undefined while no server answers: one that restarts comes back. */
async function resume(connection: Connection, last: AskEvent, options: CallOptions) {
  const input = { params: { run_id: last.run_id }, headers: { 'last-event-id': last.id } };
  try {
    return await sendRequest(connection, routes.resumeAsk, input, options);
  } catch (error) {
    if (error instanceof TyrianError && error.retryable) return undefined;
    throw error;
  }
}

/** Rejects with the signal's reason. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const handle = setTimeout(resolve, ms);
  const stop = () => reject(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(handle);
    signal?.removeEventListener('abort', stop);
  }
}
