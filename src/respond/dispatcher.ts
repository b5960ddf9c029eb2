import type { Log, Metrics } from '../observe/index.ts';
import type { State } from '../state/index.ts';
import { pauseAfter } from './backoff.ts';
import { destinationOf } from './channel.ts';
import type { Circuits } from './circuit.ts';
import { fanOut } from './fan-out.ts';
import { giveUpOld, tidy } from './housekeeping.ts';
import type { Notices } from './notices.ts';
import { failureOf, type Outcome } from './outcome.ts';
import { book, type Claimed, claim, giveBack, leaseMs } from './queue.ts';
import type { Send } from './send.ts';

export interface DispatcherOptions {
  readonly state: State;
  readonly send: Send;
  /** Which channels rest; shown and ended by others. */
  readonly circuits: Circuits;
  /** Told when a notice is given up, and when its channel works again. */
  readonly notices: Pick<Notices, 'raise' | 'clear'>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** From 0 to 1: spreads retries. */
  readonly random: () => number;
  /** Resolves after so many milliseconds, or rejects when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Takes what the outbox says to who is to be told. */
export interface Dispatcher {
  /** Takes new rows and sends what is due, once; resolves when what it began has ended. */
  pass(signal: AbortSignal): Promise<void>;
  /** Works until the signal aborts; what is being sent then is given back untried. */
  run(signal: AbortSignal): Promise<void>;
  /** There is something new. */
  wake(): void;
}

/** Channels that are sent to at the same time; one channel gets one notice after the other. */
const maxLanes = 8;
/** The outbox is looked at so often even if nobody wakes. */
const pollMs = 1_000;
/** A lane stops taking what it claimed, so that the lease holds for the attempt that it is in. */
const laneMs = leaseMs / 2;
const giveUpEveryMs = 60_000;
const tidyEveryMs = 3_600_000;
/** Outbox batches of one pass, so that sending isn't kept waiting by a flood. */
const maxBatches = 20;

/** Makes the dispatcher. One process runs it; a second one would only share the work. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  return new OutboxDispatcher(options);
}

class OutboxDispatcher implements Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #circuits: Circuits;
  readonly #lanes = new Map<string, Promise<void>>();
  readonly #count: (kind: string, outcome: string) => void;
  /** Channels whose last attempt went well. */
  readonly #whole = new Set<string>();
  #gaveUpAt = -Infinity;
  #tidiedAt = -Infinity;
  #awake: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#circuits = options.circuits;
    const deliveries = options.metrics.counter({
      name: 'tyrian_deliveries_total',
      help: 'Attempts to tell people of a notice, by kind of channel and how they ended.',
      labels: ['kind', 'outcome'],
    });
    this.#count = (kind, outcome) => deliveries(kind, outcome).add(1);
  }

  wake(): void {
    this.#awake.resolve();
  }

  async pass(signal: AbortSignal): Promise<void> {
    await this.#begin(signal);
    await Promise.all(this.#lanes.values());
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#awake = Promise.withResolvers();
      await this.#begin(signal).catch((error: unknown) =>
        this.#options.log.warn({ err: error }, 'notices could not be looked at; they are tried again'),
      );
      await this.#pause(signal);
    }
    await Promise.all(this.#lanes.values());
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const pause = this.#options.wait(pollMs, AbortSignal.any([signal, over.signal])).catch(() => undefined);
    await Promise.race([pause, this.#awake.promise]);
    over.abort();
  }

  async #begin(signal: AbortSignal): Promise<void> {
    const { state, clock } = this.#options;
    for (let batch = 0; batch < maxBatches && !signal.aborted; batch += 1)
      if ((await fanOut(state, clock())) === 0) break;
    await this.#keepHouse();
    const now = clock();
    const busy = [...this.#lanes.keys(), ...this.#circuits.resting(now)];
    const free = maxLanes - this.#lanes.size;
    if (free <= 0 || signal.aborted) return;
    for (const lane of await claim(state, { now, channels: free, busy })) this.#start(lane, now, signal);
  }

  async #keepHouse(): Promise<void> {
    const { state, clock } = this.#options;
    const now = clock();
    if (now - this.#gaveUpAt >= giveUpEveryMs) {
      this.#gaveUpAt = now;
      for (const { tenant, channel, last_code } of await giveUpOld(state, now))
        await this.#tellGivenUp(tenant, channel, last_code);
    }
    if (now - this.#tidiedAt < tidyEveryMs) return;
    this.#tidiedAt = now;
    await tidy(state, now);
  }

  #start(claimed: readonly Claimed[], from: number, signal: AbortSignal): void {
    const [first] = claimed;
    if (first === undefined) return;
    const key = destinationOf(first.channel);
    const lane = this.#work(key, claimed, { from, signal })
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'a delivery could not be booked'))
      .finally(() => {
        this.#lanes.delete(key);
        this.wake();
      });
    this.#lanes.set(key, lane);
  }

  /** One notice after the other, until the channel needs a rest. */
  async #work(
    key: string,
    claimed: readonly Claimed[],
    { from, signal }: { readonly from: number; readonly signal: AbortSignal },
  ): Promise<void> {
    const { state, clock } = this.#options;
    for (const [index, one] of claimed.entries()) {
      const now = clock();
      const rests = index > 0 && (this.#circuits.isResting(key, now) || this.#circuits.isOnTrial(key));
      if (signal.aborted || rests || now - from > laneMs) {
        await giveBack(state, claimed.slice(index), now);
        return;
      }
      const outcome = await this.#attempt(one, signal);
      if (outcome === undefined) {
        await giveBack(state, claimed.slice(index), now);
        return;
      }
      await this.#settle(key, one, { outcome, began: now });
    }
  }

  /** Undefined when it was stopped. */
  async #attempt({ channel, notice }: Claimed, signal: AbortSignal): Promise<Outcome | undefined> {
    try {
      return await this.#options.send(channel, notice, signal);
    } catch (error) {
      return signal.aborted ? undefined : failureOf(error);
    }
  }

  async #settle(
    key: string,
    one: Claimed,
    { outcome, began }: { readonly outcome: Outcome; readonly began: number },
  ): Promise<void> {
    const { state, clock, random, log } = this.#options;
    const now = clock();
    const retryAfter = outcome.ok ? undefined : outcome.retryAfter;
    if (outcome.ok) this.#circuits.close(key);
    else this.#circuits.failed(key, now, retryAfter);
    await this.#tellWhole(key, one, outcome.ok);
    const nextAt = now + Math.max(pauseAfter(one.attempts + 1, random), retryAfter ?? 0);
    const ended = await book(state, one, { outcome, began, now, nextAt });
    this.#count(one.channel.kind, ended);
    const { tenant, name: channel } = one.channel;
    const { code, status } = outcome;
    const why = outcome.ok ? undefined : outcome.why;
    const fields = { tenant, channel, notice_id: one.notice.id, code, status, why };
    if (outcome.ok && outcome.code === null) log.debug(fields, 'a notice was delivered');
    else log.warn(fields, outcome.ok ? 'a notice was delivered to some' : 'a notice was not delivered');
    if (ended === 'dead') await this.#tellGivenUp(tenant, channel, outcome.code ?? '');
  }

  /** After the first success that follows a failure or the start. */
  async #tellWhole(key: string, { channel: { tenant, name } }: Claimed, ok: boolean): Promise<void> {
    const wasWhole = this.#whole.has(key);
    if (ok) this.#whole.add(key);
    else this.#whole.delete(key);
    if (ok && !wasWhole) await this.#options.notices.clear({ tenant, key: givenUpKey(name) });
  }

  /** Over the other channels; once a day, or the notice that a channel is broken would breed more of its kind. */
  async #tellGivenUp(tenant: string, channel: string, code: string): Promise<void> {
    this.#options.log.warn({ tenant, channel, code }, 'a notice was given up');
    await this.#options.notices.raise({
      tenant,
      kind: 'notify.undeliverable',
      key: givenUpKey(channel),
      severity: 'high',
      subject: `Notices over the channel ${channel} are given up`,
      details: { channel, code },
    });
  }
}

const givenUpKey = (channel: string) => `notify.undeliverable/${channel}`;
