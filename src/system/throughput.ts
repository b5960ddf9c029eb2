import type { PipelineTotals } from './pipeline-metrics.ts';

const sampleMilliseconds = 5_000;
const windowMilliseconds = 60_000;

/** How fast records come through the pipeline. */
export interface Throughput {
  /** A second, over the last minute, or since the first sample when that is less. */
  rates(): { readonly records: number; readonly stored: number };
  close(): void;
}

interface Sample {
  readonly at: number;
  readonly records: number;
  readonly stored: number;
}

/** Looks at the running totals every five seconds. `now` in milliseconds, never stepping back. */
export function watchThroughput(totals: () => PipelineTotals, now: () => number): Throughput {
  const sample = (): Sample => {
    const { rows, stored } = totals();
    return { at: now(), records: rows, stored };
  };
  let samples: readonly Sample[] = [sample()];
  const timer = setInterval(() => {
    const from = now() - windowMilliseconds;
    samples = [...samples, sample()].filter(({ at }, index, all) => at >= from || index === all.length - 1);
  }, sampleMilliseconds);
  timer.unref();
  return {
    rates() {
      const last = sample();
      const first = samples[0] ?? last;
      const seconds = Math.max((last.at - first.at) / 1_000, 0.001);
      const rate = (name: 'records' | 'stored') => Math.round((last[name] - first[name]) / seconds);
      return { records: rate('records'), stored: rate('stored') };
    },
    close: () => clearInterval(timer),
  };
}
