/** Minutes of refusals that are kept; older ones are forgotten, oldest first. */
const keptMinutes = 7 * 24 * 60;

/** What intake refused and so never counted as received. Held in memory: it is shown beside the balance, not in it. */
export interface Refusals {
  add(tenant: string, source: string, receivedAt: number, count: number): void;
  /** Refused records per source, received in [from, to) milliseconds. */
  between(tenant: string, from: number, to: number): ReadonlyMap<string, number>;
}

export function createRefusals(): Refusals {
  const minutes = new Map<number, Map<string, number>>();
  const key = (tenant: string, source: string) => `${tenant}\n${source}`;
  return {
    add(tenant, source, receivedAt, count) {
      const minute = Math.floor(receivedAt / 60_000);
      const counts = minutes.get(minute) ?? new Map<string, number>();
      minutes.set(minute, counts);
      counts.set(key(tenant, source), (counts.get(key(tenant, source)) ?? 0) + count);
      const oldest = minutes.keys().next();
      if (minutes.size > keptMinutes && !oldest.done) minutes.delete(oldest.value);
    },
    between(tenant, from, to) {
      const total = new Map<string, number>();
      for (const [minute, counts] of minutes) {
        if (minute < Math.floor(from / 60_000) || minute * 60_000 >= to) continue;
        for (const [name, count] of counts) {
          const [of, source = ''] = name.split('\n');
          if (of === tenant) total.set(source, (total.get(source) ?? 0) + count);
        }
      }
      return total;
    },
  };
}
