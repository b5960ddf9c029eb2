import type { Config, SourceHealth } from '../contracts/index.ts';
import { measureDrift, measureSources, type SourceHealthOptions } from '../fleet/index.ts';
import type { Metrics } from '../observe/index.ts';
import { trust } from '../sql/index.ts';
import type { Tyrian } from './tyrian.ts';

/** Measured again by a question for it after so long. */
const freshMilliseconds = 30_000;
/** Drift is a question over days and reads a lot. */
const driftFreshMilliseconds = 3_600_000;
const minute = 60_000;

/** Health of the sources of tenants, measured at most so often. */
export interface SourceWatch {
  health(
    tenant: string,
    signal?: AbortSignal,
  ): Promise<{ readonly measured_at: string; readonly sources: readonly SourceHealth[] }>;
}

interface Measured {
  readonly at: number;
  readonly sources: readonly SourceHealth[];
}

/** Tenants whose last measurement is kept. */
const maxTenants = 1_000;

export function createSourceWatch({
  tyrian,
  config,
  metrics,
  clock,
}: {
  readonly tyrian: { readonly store: Pick<Tyrian['store'], 'rows'>; readonly snapshot: () => number };
  readonly config: Pick<Config, 'health'>;
  readonly metrics: Metrics;
  readonly clock: () => number;
}): SourceWatch {
  const options: SourceHealthOptions = {
    store: {
      rows: (sql, signal) =>
        tyrian.store.rows(trust(sql), { lane: 'background', ...(signal === undefined ? {} : { signal }) }),
    },
    clock,
    snapshot: () => tyrian.snapshot(),
    silentMilliseconds: config.health.silent_minutes * minute,
  };
  const measured = new Map<string, Measured>();
  /** Measurements under way, with the signal of who asked first. */
  const measuring = new Map<
    string,
    { readonly result: Promise<Measured>; readonly by: AbortSignal | undefined }
  >();
  const drifts = new Map<string, { readonly at: number; readonly drift: SourceHealth['drift'] }>();
  showMetrics(metrics, measured);

  const driftOf = async (tenant: string, source: string, signal?: AbortSignal) => {
    const key = `${tenant} ${source}`;
    const known = drifts.get(key);
    if (known !== undefined && clock() - known.at < driftFreshMilliseconds) return known.drift;
    const drift = await measureDrift(options, tenant, source, signal);
    drifts.set(key, { at: clock(), drift });
    return drift;
  };
  const measure = async (tenant: string, signal?: AbortSignal): Promise<Measured> => {
    const at = clock();
    const sources: SourceHealth[] = [];
    for (const source of await measureSources(options, tenant, signal))
      sources.push({ ...source, drift: [...(await driftOf(tenant, source.source, signal))] });
    if (measured.size >= maxTenants) measured.clear();
    measured.set(tenant, { at, sources });
    return { at, sources };
  };
  const begin = (tenant: string, by?: AbortSignal) => {
    const result = measure(tenant, by).finally(() => measuring.delete(tenant));
    const begun = { result, by };
    measuring.set(tenant, begun);
    return begun;
  };
  const newest = async (tenant: string, signal?: AbortSignal): Promise<Measured> => {
    const known = measured.get(tenant);
    if (known !== undefined && clock() - known.at < freshMilliseconds) return known;
    const { result, by } = measuring.get(tenant) ?? begin(tenant, signal);
    try {
      return await result;
    } catch (error) {
      if (by?.aborted !== true || signal?.aborted === true) throw error;
      // Who asked first gave up; this one did not.
      return await newest(tenant, signal);
    }
  };
  return {
    async health(tenant, signal) {
      const { at, sources } = await newest(tenant, signal);
      return { measured_at: new Date(at).toISOString(), sources };
    },
  };
}

/** What was measured last, by tenant and source. */
function showMetrics(metrics: Metrics, measured: ReadonlyMap<string, Measured>): void {
  const gauge = (name: string, help: string, value: (health: SourceHealth) => number | null | undefined) =>
    metrics.observe({
      ...{ name, help, type: 'gauge', labels: ['tenant', 'source'] },
      read: () =>
        [...measured].flatMap(([tenant, { sources }]) =>
          sources.flatMap((health) => {
            const shown = value(health);
            return shown === null || shown === undefined
              ? []
              : [{ labels: [tenant, health.source], value: shown }];
          }),
        ),
    });
  gauge('tyrian_source_silent', '1 when nothing came from the source for longer than set', ({ silent }) =>
    Number(silent),
  );
  gauge('tyrian_source_dead_share', 'Share of dead letters in the last hour', ({ dead_share }) => dead_share);
  gauge('tyrian_source_drifted_attributes', 'Attributes that came or went', ({ drift }) => drift.length);
  for (const quantile of ['p50', 'p95', 'p99'] as const) {
    gauge(
      `tyrian_source_delivery_lag_${quantile}_seconds`,
      `From happening to being received in the last hour, ${quantile}`,
      ({ delivery_lag }) => delivery_lag?.[quantile],
    );
    gauge(
      `tyrian_source_ingest_lag_${quantile}_seconds`,
      `From being received to being stored in the last hour, ${quantile}`,
      ({ ingest_lag }) => ingest_lag?.[quantile],
    );
  }
}
