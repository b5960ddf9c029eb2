import {
  type Actor,
  type BackfillOrder,
  BackfillOutcome,
  type HuntEstimate,
  type HuntHitList,
  type HuntOrder,
  HuntOutcome,
  type HuntView,
  maxHuntsListed,
  usualHuntHits,
} from '../contracts/index.ts';
import type { Job, JobDesk } from '../jobs/index.ts';
import { type BackfillOptions, BackfillParameters, backfillKindName, refuseNotInForce } from './backfill.ts';
import { rulesErrors } from './errors.ts';
import { type HuntOptions, HuntParameters, huntKindName } from './hunt.ts';
import { bytesOf, rowBytesOf } from './hunt-cost.ts';
import { headOf, huntedOf } from './hunt-rule.ts';
import { scopeSql, spanSql } from './hunt-span-sql.ts';
import { spanOf, windowOf } from './hunt-window.ts';

/** Hunts of a tenant that wait or run: the jobs of all tenants share the same few places. */
const maxOpenHunts = 10;
const maxToldDiagnostics = 100;

interface Ordered {
  readonly tenant: string;
  readonly by: Actor;
  readonly signal: AbortSignal;
}

/** Where hunts, back-tests and back-fills of a tenant are ordered, looked at and cancelled. */
export interface Hunts {
  /** Throws `rules.window`, `rules.unknown_rule`, `rules.hunt_rule`, `rules.too_many_hunts`. */
  hunt(order: HuntOrder & Ordered, purpose: 'hunt' | 'backtest'): Promise<HuntView>;
  /** What that would ask and read. */
  explain(order: HuntOrder & Ordered): Promise<HuntEstimate>;
  /** Throws `rules.window`, `rules.unknown_rule`, `rules.not_in_force`, `rules.too_many_hunts`. */
  backfill(order: BackfillOrder & Ordered): Promise<HuntView>;
  /** Newest first. */
  list(tenant: string): Promise<readonly HuntView[]>;
  /** Throws `rules.unknown_hunt`. */
  get(tenant: string, id: string): Promise<HuntView>;
  /** Throws `rules.unknown_hunt`. */
  hits(tenant: string, id: string, after: number): Promise<HuntHitList>;
  /** Throws `rules.unknown_hunt`, `jobs.ended`. */
  cancel(tenant: string, id: string): Promise<HuntView>;
}

export interface HuntDeskOptions
  extends Pick<HuntOptions, 'store' | 'packs' | 'sqlOf' | 'snapshot' | 'hits'>,
    Pick<BackfillOptions, 'mask' | 'clock'> {
  readonly jobs: Pick<JobDesk, 'start' | 'list' | 'get' | 'cancel'>;
}

export function createHunts(options: HuntDeskOptions): Hunts {
  const { store, jobs, hits, snapshot, clock } = options;
  const window = (order: (HuntOrder | BackfillOrder) & Ordered) =>
    windowOf(order, {
      ...{ store, scope: { tenant: order.tenant, snapshot: snapshot() } },
      ...{ now: clock().getTime(), signal: order.signal },
    });
  const all = async (tenant: string) =>
    (await Promise.all([huntKindName, backfillKindName].map((kind) => jobs.list(tenant, { kind }))))
      .flat()
      .sort((left, right) => (left.created_at > right.created_at ? -1 : 1));
  const admit = async (tenant: string) => {
    const open = (await all(tenant)).filter(({ ended_at }) => ended_at === null);
    if (open.length >= maxOpenHunts)
      throw rulesErrors.make('too_many_hunts', `${maxOpenHunts} hunts of this tenant wait or run already`);
    await hits.forget();
  };
  const found = async (tenant: string, id: string): Promise<Job> => {
    const job = await jobs.get(tenant, id);
    if (job.kind === huntKindName || job.kind === backfillKindName) return job;
    throw rulesErrors.make('unknown_hunt', `There is no hunt '${id}'`);
  };
  return {
    async hunt(order, purpose) {
      const { tenant, by, rule, limit = usualHuntHits } = order;
      const hunted = huntedOf(rule, { ...options, packs: options.packs() });
      const parameters = { purpose, rule, head: headOf(hunted), logic: hunted.logic, limit };
      await admit(tenant);
      const asked = { ...parameters, window: await window(order) };
      return viewOf(await jobs.start({ kind: huntKindName, tenant, by, parameters: asked }));
    },
    async explain(order) {
      const hunted = huntedOf(order.rule, { ...options, packs: options.packs() });
      const { sql, diagnostics } = hunted;
      const asked = await window(order);
      const scope = { tenant: order.tenant, snapshot: snapshot() };
      const { signal } = order;
      const span = spanOf(asked);
      const [row] = await store.rows(
        `SELECT count() AS n FROM events WHERE ${scopeSql(scope)} AND ${spanSql(span)}`,
        { signal },
      );
      const events = Number(row?.n ?? 0);
      const sizes = await rowBytesOf(store, { scope, span, candidates: sql }, signal);
      return {
        ...{ rule: headOf(hunted), window: asked, where: sql.where, events },
        ...{ exact: sql.exact, columns_only: sql.columnsOnly },
        // What has to be judged is not known before; of a rule that SQL tells whole only what is kept is handed out.
        bytes: bytesOf(sizes, events, sql.exact ? 0 : events),
        diagnostics: diagnostics
          .slice(0, maxToldDiagnostics)
          .map(({ code, severity, line, column, message }) => ({ code, severity, line, column, message })),
      };
    },
    async backfill(order) {
      const { tenant, by, rule: id } = order;
      if (id !== undefined) refuseNotInForce(options, tenant, id);
      const hunted =
        id === undefined ? undefined : huntedOf({ kind: 'id', id }, { ...options, packs: options.packs() });
      await admit(tenant);
      const parameters = { rule: hunted === undefined ? null : headOf(hunted), window: await window(order) };
      return viewOf(await jobs.start({ kind: backfillKindName, tenant, by, parameters }));
    },
    list: async (tenant) => (await all(tenant)).slice(0, maxHuntsListed).map(viewOf),
    get: async (tenant, id) => viewOf(await found(tenant, id)),
    async hits(tenant, id, after) {
      await found(tenant, id);
      const listed = await hits.list(tenant, id, after);
      return { hits: [...listed.hits], next: listed.next };
    },
    async cancel(tenant, id) {
      await found(tenant, id);
      return viewOf(await jobs.cancel(tenant, id));
    },
  };
}

function viewOf(job: Job): HuntView {
  const { id, state, by, created_at, started_at, ended_at, progress, error, result } = job;
  const common = { id, state, by, created_at, started_at, ended_at, progress, error };
  if (job.kind === backfillKindName) {
    const { rule, window } = BackfillParameters.parse(job.parameters);
    const filled = result === null ? null : BackfillOutcome.parse(result);
    return { ...common, purpose: 'backfill', rule, window, found: null, filled };
  }
  const { purpose, head, window } = HuntParameters.parse(job.parameters);
  const found = result === null ? null : HuntOutcome.parse(result);
  return { ...common, purpose, rule: head, window, found, filled: null };
}
