import type { Ledger } from '../ledger/index.ts';
import type { Log, Metrics } from '../observe/index.ts';

const everyMilliseconds = 60_000;
/** Minutes of receipt that each check looks at. */
const windowMilliseconds = 24 * 3_600_000;

/**
 * Compares rows, markers and log of every tenant once a minute. A mismatch is an error line and a metric that an operator can alert
 * on: `tyrian_ledger_unbalanced_sources`. Returns what ends it.
 */
export function watchLedger(ledger: Ledger, log: Log, metrics: Metrics, clock: () => number): () => void {
  const unbalanced = metrics.gauge({
    name: 'tyrian_ledger_unbalanced_sources',
    help: 'Sources whose records of the last day do not add up',
  })();
  const stop = new AbortController();
  const check = async () => {
    let wrong = 0;
    for (const tenant of await ledger.tenants()) {
      const [from, to] = [new Date(clock() - windowMilliseconds), new Date(clock())];
      const report = await ledger.report({ tenant, from, to, signal: stop.signal });
      for (const row of report.rows.filter(({ balanced }) => !balanced)) {
        wrong += 1;
        log.error({ tenant, ...row }, 'The ledger does not add up: rows, markers and log disagree');
      }
    }
    unbalanced.set(wrong);
  };
  const timer = setInterval(() => {
    check().catch((err: unknown) => {
      if (!stop.signal.aborted) log.warn({ err }, 'The ledger could not be checked');
    });
  }, everyMilliseconds);
  timer.unref();
  return () => {
    clearInterval(timer);
    stop.abort();
  };
}
