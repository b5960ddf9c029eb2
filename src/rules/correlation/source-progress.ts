import { timeSql } from '../../sql/index.ts';
import type { CorrelationStore } from './hit-store.ts';
import type { SourceProgress } from './watermark.ts';

type Progress = ReadonlyMap<string, ReadonlyMap<string, SourceProgress>>;

/** How far the sources of each tenant are, from what was stored lately: who sent nothing since is idle anyway. */
export function createSourceProgress(store: CorrelationStore, latelyMilliseconds: number) {
  const tenants = new Map<string, Map<string, SourceProgress>>();
  let seen = 0;
  return {
    /** By tenant and source, as of a snapshot in milliseconds. */
    async upTo(snapshot: number, signal: AbortSignal): Promise<Progress> {
      const from = Math.max(seen, snapshot - latelyMilliseconds);
      const rows = await store.rows(
        'SELECT tenant, source, max(toUnixTimestamp64Micro(least(ifNull(time, received_at), received_at))) AS newest, ' +
          'max(toUnixTimestamp64Milli(received_at)) AS received FROM events ' +
          `WHERE ingested_at > ${timeSql(from)} AND ingested_at <= ${timeSql(snapshot)} GROUP BY tenant, source`,
        signal,
      );
      for (const { tenant, source, newest, received } of rows) {
        const sources = tenants.get(String(tenant)) ?? new Map<string, SourceProgress>();
        const before = sources.get(String(source));
        sources.set(String(source), {
          newest: Math.max(Number(newest), before?.newest ?? 0),
          lastReceived: Math.max(Number(received), before?.lastReceived ?? 0),
        });
        tenants.set(String(tenant), sources);
      }
      seen = Math.max(seen, snapshot);
      return tenants;
    },
  };
}
