import type { Config } from '../contracts/index.ts';
import type { Log, Metrics } from '../observe/index.ts';
import { createCorrelator } from '../rules/index.ts';
import { trust } from '../sql/index.ts';
import type { Tyrian } from './tyrian.ts';

/** Pauses between two runs: an episode is told so much later at most, beside the lateness. */
const everyMilliseconds = 2_000;
/** A statement over hits. */
const maxSeconds = 120;
const day = 24 * 3_600_000;

export interface CorrelateInput {
  readonly tyrian: Pick<Tyrian, 'store' | 'workflow' | 'snapshot'>;
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Runs correlation rules over what is stored, until the signal aborts. No job: it runs every few seconds, and a list of jobs would show
 * nothing else.
 */
export async function correlate(input: CorrelateInput, signal: AbortSignal): Promise<void> {
  const { log, metrics, pause } = input;
  const detections = metrics.counter({
    name: 'tyrian_correlation_detections_total',
    help: 'Detections that correlation rules made',
  })();
  const correlator = correlatorOf(input);
  while (!signal.aborted) {
    try {
      detections.add(await correlator.run(signal));
    } catch (err) {
      if (signal.aborted) return;
      log.warn({ err }, 'Correlation rules could not be run; they go on where they were');
    }
    await pause(everyMilliseconds, signal).catch(() => {});
  }
}

function correlatorOf({ tyrian, config, log, metrics }: CorrelateInput) {
  const { state, journal, mask, rules } = tyrian.workflow;
  const exceeded = metrics.counter({
    name: 'tyrian_correlation_bounds_exceeded_total',
    help: 'Runs of correlation rules in which not all groups or hits could be looked at',
    labels: ['bound'],
  });
  return createCorrelator({
    ...{ state, journal, mask, clock: Date.now },
    store: {
      rows: (sql, signal) => tyrian.store.rows(trust(sql), { lane: 'background', signal, maxSeconds }),
    },
    packs: () => rules.packs(),
    snapshot: () => tyrian.snapshot(),
    async importing() {
      const rows = await state.query(
        "SELECT DISTINCT tenant FROM jobs WHERE kind = 'imports.run' AND state IN ('waiting', 'running')",
      );
      return new Set(rows.map(({ tenant }) => String(tenant)));
    },
    latenessMilliseconds: config.rules.lateness_seconds * 1_000,
    keptMilliseconds: config.retention.events_days * day,
    onExceeded(bound) {
      exceeded(bound.bound).add();
      log.warn({ ...bound }, 'A correlation rule met more than it looks at; it may have missed something');
    },
  });
}
