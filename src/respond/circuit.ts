import type { CircuitView } from '../contracts/notice-routes.ts';

/** Failures in a row after which a destination is left alone. */
const failuresToOpen = 5;
const firstRestMs = 60_000;
const longestRestMs = 15 * 60_000;
/** The most destinations that are remembered; the one that failed longest ago is forgotten first. */
const maxRemembered = 10_000;

interface Trouble {
  readonly failures: number;
  /** Milliseconds since the epoch; nothing is sent before. */
  readonly restsUntil: number;
}

/**
 * Which destinations rest; a destination is a channel, so that what one tenant sets wrong stops nobody else's notices. After five failures
 * in a row nothing is sent for a minute, then one delivery is tried: when it fails, the rest doubles, up to a quarter of an hour. A
 * destination that says when to come back is left alone until then. Kept in memory: a restart tries all again.
 */
export class Circuits {
  readonly #troubles = new Map<string, Trouble>();

  /** Nothing is held against the destination any more. */
  close(destination: string): void {
    this.#troubles.delete(destination);
  }

  failed(destination: string, now: number, retryAfter: number | undefined): void {
    const failures = (this.#troubles.get(destination)?.failures ?? 0) + 1;
    const beyond = failures - failuresToOpen;
    const rest = beyond < 0 ? 0 : Math.min(longestRestMs, firstRestMs * 2 ** Math.min(beyond, 10));
    this.#troubles.delete(destination);
    this.#troubles.set(destination, { failures, restsUntil: now + Math.max(rest, retryAfter ?? 0) });
    for (const oldest of this.#troubles.keys()) {
      if (this.#troubles.size <= maxRemembered) break;
      this.#troubles.delete(oldest);
    }
  }

  isResting(destination: string, now: number): boolean {
    return (this.#troubles.get(destination)?.restsUntil ?? 0) > now;
  }

  view(destination: string, now: number): CircuitView {
    const { failures, restsUntil } = this.#troubles.get(destination) ?? { failures: 0, restsUntil: 0 };
    if (restsUntil > now) return { state: 'open', failures, until: new Date(restsUntil).toISOString() };
    return { state: failures >= failuresToOpen ? 'half_open' : 'closed', failures, until: null };
  }

  /** Those that are left alone now. */
  resting(now: number): readonly string[] {
    return [...this.#troubles].flatMap(([destination, { restsUntil }]) =>
      restsUntil > now ? [destination] : [],
    );
  }

  /** True after enough failures: then one delivery is tried, not many. */
  isOnTrial(destination: string): boolean {
    return (this.#troubles.get(destination)?.failures ?? 0) >= failuresToOpen;
  }
}
