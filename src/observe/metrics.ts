import { observeErrors } from './errors.ts';
import { exposition, type Family, type Sample } from './exposition.ts';

/** A number that only grows. */
export interface Counter {
  add(amount?: number): void;
}
/** A number that goes up and down. */
export interface Gauge {
  set(value: number): void;
  add(amount: number): void;
}
/** Counts observations in fixed buckets. */
export interface Histogram {
  observe(value: number): void;
}

export interface MetricOptions {
  /** Prometheus name with its unit: `tyrian_http_request_seconds`, counters end in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}
export interface HistogramOptions extends MetricOptions {
  /** Upper bounds, rising; `+Inf` is added. */
  readonly buckets: readonly number[];
}
export interface ObservedOptions extends MetricOptions {
  readonly type: 'counter' | 'gauge';
  /** Called when metrics are read: a hot path bumps its own integers and pays nothing here. */
  readonly read: () => number | Iterable<ObservedValue>;
}
export interface ObservedValue {
  readonly labels: readonly string[];
  readonly value: number;
}
/** One series per list of label values; ask once, keep the result on a hot path. */
export type Series<T> = (...labelValues: readonly string[]) => T;

/** All metrics of a process; `expose` prints them in Prometheus text format 0.0.4. */
export interface Metrics {
  counter(options: MetricOptions): Series<Counter>;
  gauge(options: MetricOptions): Series<Gauge>;
  histogram(options: HistogramOptions): Series<Histogram>;
  observe(options: ObservedOptions): void;
  expose(): string;
}

/** Series beyond this bound of one metric share the label values `other`. */
export const maxSeries = 1_000;

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelName = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Makes an empty registry. A name registered twice, or a wrong one, throws `observe.metric_invalid`. */
export function createMetrics(): Metrics {
  const families = new Map<string, Family>();
  const add = (options: MetricOptions, type: Family['type'], samples: () => Iterable<Sample>) => {
    checkNames(options, families);
    families.set(options.name, { name: options.name, help: options.help, type, samples });
  };
  return {
    counter(options) {
      const series = createSeries(options, createNumber);
      add(options, 'counter', () =>
        series.all().map(([labels, cell]) => sample(options, labels, cell.value)),
      );
      return series.get;
    },
    gauge(options) {
      const series = createSeries(options, createNumber);
      add(options, 'gauge', () => series.all().map(([labels, cell]) => sample(options, labels, cell.value)));
      return series.get;
    },
    histogram(options) {
      checkBuckets(options);
      const series = createSeries(options, () => createBuckets(options.buckets));
      add(options, 'histogram', () =>
        series.all().flatMap(([labels, cell]) => cell.samples(options, labels)),
      );
      return series.get;
    },
    observe(options) {
      add(options, options.type, () => {
        const value = options.read();
        return typeof value === 'number'
          ? [sample(options, [], value)]
          : Array.from(value, (one) => sample(options, one.labels, one.value));
      });
    },
    expose: () => exposition(families.values()),
  };
}

function checkNames(options: MetricOptions, families: ReadonlyMap<string, Family>): void {
  const wrong =
    !metricName.test(options.name) ||
    options.labels?.some((label) => !labelName.test(label)) ||
    families.has(options.name);
  if (!wrong) return;
  throw observeErrors.make(
    'metric_invalid',
    `The metric '${options.name}' is registered already, or its name or a label isn't one`,
  );
}

function checkBuckets(options: HistogramOptions): void {
  const rising = options.buckets.every(
    (bound, index) => Number.isFinite(bound) && bound > (options.buckets[index - 1] ?? -Infinity),
  );
  if (!rising)
    throw observeErrors.make('metric_invalid', `The buckets of '${options.name}' must be finite and rise`);
}

function createSeries<T>(options: MetricOptions, make: () => T) {
  const labels = options.labels ?? [];
  const cells = new Map<string, readonly [readonly string[], T]>();
  const cellOf = (values: readonly string[]): T => {
    const id = JSON.stringify(values);
    const known = cells.get(id);
    if (known !== undefined) return known[1];
    const made = make();
    cells.set(id, [values, made]);
    return made;
  };
  const other = labels.map(() => 'other');
  const get = (...values: readonly string[]): T => {
    if (values.length !== labels.length)
      throw observeErrors.make('metric_invalid', `'${options.name}' takes ${labels.length} label values`);
    const full = cells.size >= maxSeries && !cells.has(JSON.stringify(values));
    return cellOf(full ? other : values);
  };
  if (labels.length === 0) get();
  return { get, all: () => [...cells.values()] };
}

function createNumber() {
  return {
    value: 0,
    add(amount = 1) {
      this.value += amount;
    },
    set(value: number) {
      this.value = value;
    },
  };
}

function createBuckets(bounds: readonly number[]) {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  let sum = 0;
  return {
    observe(value: number) {
      let index = 0;
      while (index < bounds.length && value > (bounds[index] ?? Infinity)) index += 1;
      counts[index] = (counts[index] ?? 0) + 1;
      sum += value;
    },
    samples(options: MetricOptions, labels: readonly string[]): Sample[] {
      let below = 0;
      const buckets = [...bounds, Infinity].map((bound, index) => {
        below += counts[index] ?? 0;
        const own = sample(options, labels, below, '_bucket');
        return {
          ...own,
          labels: [...own.labels, ['le', bound === Infinity ? '+Inf' : String(bound)] as const],
        };
      });
      return [...buckets, sample(options, labels, sum, '_sum'), sample(options, labels, below, '_count')];
    },
  };
}

function sample(options: MetricOptions, values: readonly string[], value: number, suffix = ''): Sample {
  const labels = (options.labels ?? []).map((label, index) => [label, values[index] ?? ''] as const);
  return { name: `${options.name}${suffix}`, labels, value };
}
