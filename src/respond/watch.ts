import type { Health } from './check-in.ts';
import { type Notice, noticeOf } from './notice.ts';
import type { Outcome } from './outcome.ts';

export interface WatchOptions {
  /** Asks a Tyrian elsewhere whether it takes work. May throw: that is an answer too. */
  readonly probe: (signal: AbortSignal) => Promise<Health>;
  /** Tells people. */
  readonly tell: (notice: Notice, signal: AbortSignal) => Promise<Outcome>;
  /** Tenant that the notices name. */
  readonly tenant: string;
  /** What is watched, for people: its URL without user and path. */
  readonly what: string;
  /** Milliseconds without a good answer after which people are told. */
  readonly silentMs: number;
  /** Milliseconds between two looks. */
  readonly everyMs: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Resolves after so many milliseconds, or rejects when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A line for whoever reads the terminal: when the state changes, and when people are told. */
  readonly say: (line: string) => void;
}

/** Watches another Tyrian from outside, and tells when it has not answered for too long, every day again, and when it is back. */
export interface Watch {
  look(signal: AbortSignal): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
}

const tellAgainMs = 24 * 3_600_000;

const iso = (ms: number) => new Date(ms).toISOString();

/** Makes the watch; time without an answer counts from now. */
export function createWatch(options: WatchOptions): Watch {
  const { clock, wait, everyMs, silentMs, tenant, what, say } = options;
  let answeredAt = clock();
  /** When people were told that it is silent; undefined when they know nothing, or that it is back. */
  let toldAt: number | undefined;
  /** What was said last of the state; undefined while all is well. */
  let saidWhy: string | undefined;

  async function look(signal: AbortSignal): Promise<void> {
    const health = await options.probe(signal).catch((error: unknown) => ({
      ok: false,
      why: error instanceof Error ? error.message : String(error),
    }));
    signal.throwIfAborted();
    const now = clock();
    if (health.ok) await heard(now, signal);
    else await missed(now, health.why ?? '', signal);
  }

  async function heard(now: number, signal: AbortSignal): Promise<void> {
    const silentFor = now - answeredAt;
    if (saidWhy !== undefined) say(`${iso(now)} ${what} answers well`);
    saidWhy = undefined;
    if (toldAt !== undefined) {
      const told = await said(
        'tyrian.back',
        'high',
        `Tyrian at ${what} answers again`,
        { silent_ms: silentFor },
        signal,
      );
      if (!told) return;
    }
    answeredAt = now;
    toldAt = undefined;
  }

  async function missed(now: number, why: string, signal: AbortSignal): Promise<void> {
    const silentFor = now - answeredAt;
    if (why !== saidWhy) say(`${iso(now)} no good answer: ${why}`);
    saidWhy = why;
    if (silentFor < silentMs || (toldAt !== undefined && now - toldAt < tellAgainMs)) return;
    const subject = `Tyrian at ${what} has not answered for ${Math.round(silentFor / 60_000)} minutes`;
    const since = iso(answeredAt);
    if (await said('tyrian.silent', 'critical', subject, { why, since }, signal)) toldAt = now;
  }

  /** What could not be told is told at the next look. */
  async function said(
    kind: string,
    severity: string,
    subject: string,
    payload: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const at = iso(clock());
    const notice = noticeOf({ tenant, at, kind, severity, subject, payload });
    const outcome = await options.tell(notice, signal);
    say(`${at} ${outcome.ok ? 'told' : `could not tell (${outcome.code})`}: ${notice.subject}`);
    return outcome.ok;
  }

  return {
    look,
    async run(signal) {
      while (!signal.aborted) {
        await look(signal).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
        await wait(everyMs, signal).catch(() => undefined);
      }
    },
  };
}
