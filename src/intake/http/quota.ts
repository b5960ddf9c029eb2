import type { Cache } from '../../cache/index.ts';
import type { Metrics } from '../../observe/index.ts';
import { receiverErrors } from './errors.ts';

/** The rate is held over so many milliseconds: what comes in bursts may, when it is quiet in between. */
const windowMilliseconds = 10_000;

export interface QuotaOptions {
  readonly cache: Pick<Cache, 'get' | 'set' | 'take'>;
  /** Of one tenant; 0: no limit. */
  readonly recordsPerSecond: number;
  readonly metrics: Metrics;
  /** Wall clock. */
  readonly clock: () => Date;
}

/** What intake takes of one tenant. */
export interface Quota {
  /**
   * Takes so many records of a tenant's allowance, or throws `intake.quota` (429) with the seconds after which there is some again;
   * nothing is taken then.
   */
  take(tenant: string, records: number): Promise<void>;
}

/**
 * Holds each tenant to a rate of records over windows of 10 s. A request that is larger than a whole window's allowance is taken
 * whatever the window holds already, and paid for afterwards: as many following windows as it fills are closed to the tenant. So
 * it waits for no more than the large one before it, small ones can't keep it out for ever, and over time the rate holds.
 */
export function createQuota({ cache, recordsPerSecond, metrics, clock }: QuotaOptions): Quota {
  const limit = recordsPerSecond * (windowMilliseconds / 1_000);
  const refused = metrics.counter({
    name: 'tyrian_quota_refused_records_total',
    help: 'Records of requests that were refused because their tenant was beyond its quota.',
    labels: ['tenant'],
  });
  const refuse = (tenant: string, records: number, waitMilliseconds: number) => {
    refused(tenant).add(records);
    return receiverErrors.make(
      'quota',
      `The tenant '${tenant}' may send ${recordsPerSecond} records a second, over 10 seconds; send this again later`,
      { details: { retry_after_seconds: Math.max(1, Math.ceil(waitMilliseconds / 1_000)) } },
    );
  };
  const takeSmall = async (tenant: string, records: number) => {
    const { allowed, resetMs } = await cache.take(windowOf(tenant), { ...window(limit), cost: records });
    if (!allowed) throw refuse(tenant, records, resetMs);
  };
  const takeLarge = async (tenant: string, records: number) => {
    const { allowed, resetMs } = await cache.take(windowOf(tenant), { ...window(limit), cost: limit });
    const owed = Math.ceil((allowed ? records - limit : records) / limit);
    const closedMilliseconds = resetMs + owed * windowMilliseconds;
    const debt = await cache.take(debtOf(tenant), { limit: 1, windowMs: closedMilliseconds });
    if (!debt.allowed) throw refuse(tenant, records, debt.resetMs);
    const until = clock().getTime() + closedMilliseconds;
    await cache.set(debtOf(tenant), String(until), closedMilliseconds);
  };
  return {
    async take(tenant, records) {
      if (limit === 0 || records === 0) return;
      const closedUntil = await cache.get(debtOf(tenant));
      if (closedUntil !== undefined) throw refuse(tenant, records, Number(closedUntil) - clock().getTime());
      await (records > limit ? takeLarge(tenant, records) : takeSmall(tenant, records));
    },
  };
}

const window = (limit: number) => ({ limit, windowMs: windowMilliseconds });
const windowOf = (tenant: string) => `quota:window:${tenant}`;
const debtOf = (tenant: string) => `quota:debt:${tenant}`;
