import type { ServerResponse } from 'node:http';
import type { AskEvent } from '../contracts/index.ts';

export interface StreamOptions {
  readonly response: ServerResponse;
  readonly events: AsyncIterable<AskEvent>;
  /** Aborted when the client is gone or the server stops. */
  readonly signal: AbortSignal;
  /** A comment is sent after this many milliseconds of quiet, so that nobody in between hangs up. */
  readonly heartbeatMs: number;
  /** A client that takes nothing for this long is given up. */
  readonly stallMs: number;
}

/** ended: all events are on the wire. */
export type StreamEnd = 'ended' | 'aborted' | 'stalled';

const heartbeat = ': still here\n\n';

/**
 * Writes events as server-sent events (WHATWG HTML, 9.2): `id`, `event`, `data` with the event as JSON on one line.
 * Takes the next event only when the client took the last one. Rejects with what the source throws. The response
 * is left open, the source is told to stop in any case.
 */
export async function writeEvents(options: StreamOptions): Promise<StreamEnd> {
  const { events, signal, heartbeatMs } = options;
  const iterator = events[Symbol.asyncIterator]();
  const aborted = whenAborted(signal);
  try {
    let next = iterator.next();
    for (;;) {
      const step = await orQuiet<IteratorResult<AskEvent> | 'aborted'>(heartbeatMs, [next, aborted.promise]);
      if (step === 'aborted') return 'aborted';
      if (step === 'quiet') {
        const end = await write(options, heartbeat);
        if (end !== undefined) return end;
        continue;
      }
      if (step.done === true) return 'ended';
      const end = await write(options, eventText(step.value));
      if (end !== undefined) return end;
      next = iterator.next();
    }
  } finally {
    aborted.forget();
    // Not awaited: a source that is busy stops by its signal, and must not hold the connection.
    iterator.return?.()?.then(undefined, () => undefined);
  }
}

/** One event as it stands on the wire. */
export function eventText(event: AskEvent): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Undefined when the text was taken. */
async function write(
  { response, signal, stallMs }: StreamOptions,
  text: string,
): Promise<StreamEnd | undefined> {
  if (signal.aborted) return 'aborted';
  if (response.write(text)) return undefined;
  const aborted = whenAborted(signal);
  const drained = Promise.withResolvers<undefined>();
  const onDrain = () => drained.resolve(undefined);
  response.once('drain', onDrain);
  try {
    const end = await orQuiet<'aborted' | undefined>(stallMs, [drained.promise, aborted.promise]);
    return end === 'quiet' ? 'stalled' : end;
  } finally {
    aborted.forget();
    response.off('drain', onDrain);
  }
}

/** Races promises against a timer that is always cleared. */
async function orQuiet<T>(ms: number, promises: readonly Promise<T>[]): Promise<T | 'quiet'> {
  const timer = Promise.withResolvers<'quiet'>();
  const handle = setTimeout(() => timer.resolve('quiet'), ms);
  try {
    return await Promise.race([...promises, timer.promise]);
  } finally {
    clearTimeout(handle);
  }
}

function whenAborted(signal: AbortSignal) {
  const { promise, resolve } = Promise.withResolvers<'aborted'>();
  const listener = () => resolve('aborted');
  if (signal.aborted) listener();
  signal.addEventListener('abort', listener, { once: true });
  return { promise, forget: () => signal.removeEventListener('abort', listener) };
}
