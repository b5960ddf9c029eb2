import type { Outbound } from '../guard/index.ts';
import type { Log } from '../observe/index.ts';

/** Whether all is well, and if not, why, in a few words. */
export interface Health {
  readonly ok: boolean;
  readonly why?: string;
}

export interface CheckInOptions {
  /** The setting `health.check_in_url`. Its path often is a secret, so it is never logged. */
  readonly url: string;
  /** Milliseconds between two calls; a minute unless said. */
  readonly everyMs?: number;
  readonly outbound: Pick<Outbound, 'request'>;
  readonly healthy: (signal: AbortSignal) => Promise<Health>;
  /** Resolves after so many milliseconds, or rejects when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly log: Log;
}

/** called: the other side knows that all is well. Anything else it learns by not being called. */
export type CheckedIn = 'called' | 'unhealthy' | 'failed';

/**
 * The dead man's switch: as long as all is well someone outside is called once a minute. When Tyrian stops, hangs or is not
 * well, the calls stop, and whoever waits for them tells people.
 */
export interface CheckIn {
  beat(signal: AbortSignal): Promise<CheckedIn>;
  run(signal: AbortSignal): Promise<void>;
}

const minuteMs = 60_000;
/** A look at the health that takes longer is an answer too. */
const healthMs = 20_000;
const limits = { headersMs: 10_000, wholeMs: 15_000, maxAnswerBytes: 64 * 1024 };

export function createCheckIn(options: CheckInOptions): CheckIn {
  const { everyMs = minuteMs, wait, log } = options;
  let last: CheckedIn = 'called';

  async function beat(signal: AbortSignal): Promise<CheckedIn> {
    const health = await lookAt(options, signal);
    if (!health.ok) return tell('unhealthy', health.why ?? 'it does not say why');
    try {
      const { status } = await options.outbound.request({ url: options.url, limits, signal });
      return status >= 200 && status < 300 ? tell('called', '') : tell('failed', `it answered ${status}`);
    } catch (error) {
      signal.throwIfAborted();
      return tell('failed', error instanceof Error ? error.message : String(error));
    }
  }

  /** Changes are told, not every minute of a state that lasts. */
  function tell(now: CheckedIn, why: string): CheckedIn {
    if (now !== last) {
      if (now === 'called') log.info({}, 'health.check_in_url is called again');
      else if (now === 'unhealthy') log.warn({ why }, 'health.check_in_url is not called: not all is well');
      else log.warn({ why }, 'health.check_in_url could not be called');
    }
    last = now;
    return now;
  }

  return {
    beat,
    async run(signal) {
      while (!signal.aborted) {
        await beat(signal).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
        await wait(everyMs, signal).catch(() => undefined);
      }
    },
  };
}

async function lookAt({ healthy, wait }: CheckInOptions, signal: AbortSignal): Promise<Health> {
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  const late = wait(healthMs, both).then(
    () => ({ ok: false, why: `no answer within ${healthMs / 1_000} seconds` }),
    () => ({ ok: false, why: 'stopped' }),
  );
  const seen = healthy(both).catch((error: unknown) => ({
    ok: false,
    why: error instanceof Error ? error.message : String(error),
  }));
  try {
    return await Promise.race([seen, late]);
  } finally {
    over.abort();
  }
}
