import type { Alerts } from '../alerts/index.ts';
import {
  type DeadLetterReason,
  maxDeadLetterReasons,
  maxSampleLength,
  type operationsRoutes,
  type ProcessView,
} from '../contracts/index.ts';
import { actorOf, isLocal, readScopeOf } from '../guard/index.ts';
import type { RouteHandler, RouteHandlers } from '../http/index.ts';
import type { Job, JobDesk } from '../jobs/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Notices } from '../respond/index.ts';
import type { Condition, Query } from '../sql/index.ts';
import type { Store } from '../store/index.ts';
import { apiErrors } from './errors.ts';
import type { FleetDependencies } from './fleet.ts';
import { jobView } from './jobs.ts';
import { rowsOf, type StoredRow, textOf } from './stored-rows.ts';

export interface OperationsDependencies extends Pick<FleetDependencies, 'sourceHealth' | 'clock'> {
  readonly jobs: Pick<JobDesk, 'start' | 'list'>;
  readonly store: Pick<Store, 'read'>;
  readonly snapshot: () => number;
  readonly ledger: Pick<Ledger, 'report'>;
  readonly alerts: Pick<Alerts, 'facets'>;
  readonly notices: Pick<Notices, 'open'>;
  /** Version of the program, when it started, and how it is. */
  readonly program: {
    readonly version: string;
    readonly startedAt: Date;
    readonly status: (signal: AbortSignal) => Promise<ProcessView>;
  };
}

/** What operators ask and order. What concerns the whole machine, and not a tenant, is for its own commands alone. */
export function operationsHandlers(
  dependencies: OperationsDependencies,
): RouteHandlers<typeof operationsRoutes> {
  const { jobs } = dependencies;
  return {
    status: statusHandler(dependencies),
    deadLetterReasons: reasonsHandler(dependencies),
    async replayDeadLetters({ principal, body }) {
      const { tenant } = principal;
      const by = actorOf(principal);
      const job = await jobs.start({ kind: 'pipeline.replay', tenant, by, parameters: { ...body } });
      return { body: jobView(job) };
    },
    async makeBackup({ principal, body }) {
      const by = local(principal);
      const { tenant } = principal;
      const job = await jobs.start({ kind: 'backup.make', tenant, by, parameters: { ...body } });
      return { body: jobView(job) };
    },
    async rebuildState({ principal }) {
      const by = local(principal);
      const { tenant } = principal;
      const job = await jobs.start({ kind: 'state.rebuild', tenant, by, parameters: {} });
      return { body: jobView(job) };
    },
  };
}

function local(principal: Parameters<typeof actorOf>[0]) {
  if (isLocal(principal)) return actorOf(principal);
  throw apiErrors.make(
    'local_only',
    'This concerns the whole machine: run the command on it, without --url, as the user that Tyrian runs as',
  );
}

const day = 24 * 3_600_000;
const isOpen = ({ state }: Job) => state === 'waiting' || state === 'running';

function statusHandler({
  program,
  clock,
  ledger,
  notices,
  alerts,
  jobs,
  sourceHealth,
}: OperationsDependencies): RouteHandler<(typeof operationsRoutes)['status']> {
  return async ({ principal, signal }) => {
    const { tenant, scopes } = principal;
    const now = clock();
    const from = new Date(now.getTime() - day);
    const [own, report, conditions, facets, health, all] = await Promise.all([
      scopes.includes('metrics:read') ? program.status(signal) : null,
      ledger.report({ tenant, from, to: now, signal }),
      notices.open(tenant),
      scopes.includes('alerts:read') ? alerts.facets(tenant, { signal }) : undefined,
      scopes.includes('fleet:read') ? sourceHealth(tenant, signal) : undefined,
      scopes.includes('operate') ? jobs.list(tenant) : undefined,
    ]);
    const { received, stored, dead, in_flight, balanced } = report.total;
    const silent = health?.sources.filter((source) => source.silent);
    return {
      body: {
        ...{ version: program.version, at: now.toISOString(), started_at: program.startedAt.toISOString() },
        ...{ process: own, tenant, ledger: { received, stored, dead, in_flight, balanced } },
        conditions: conditions.map(({ kind, severity, subject, raised_at }) => ({
          ...{ kind, severity, subject, raised_at },
        })),
        new_alerts: facets?.severity.map(({ severity, new: count }) => ({ severity, count })) ?? null,
        silent_sources: silent?.map(({ source, last_received_at }) => ({ source, last_received_at })) ?? null,
        jobs: all?.filter(isOpen).map(jobView) ?? null,
      },
    };
  };
}

function reasonsHandler({
  store,
  snapshot,
}: Pick<OperationsDependencies, 'store' | 'snapshot'>): RouteHandler<
  (typeof operationsRoutes)['deadLetterReasons']
> {
  return async ({ query: { source, code }, principal, signal }) => {
    const scope = readScopeOf(principal, 'events:read', snapshot());
    const conditions: Condition[] = [];
    if (source !== undefined) conditions.push({ kind: 'eq', column: 'source', value: source });
    if (code !== undefined) conditions.push({ kind: 'eq', column: 'code', value: code });
    const [found, counted] = await Promise.all([
      store.read(scope, reasonsQuery(conditions), { signal }),
      store.read(scope, totalQuery(conditions), { signal }),
    ]);
    const [total] = rowsOf(counted);
    return {
      body: {
        reasons: rowsOf(found).map(reasonView),
        total: Number(total?.count ?? 0),
        truncated: found.truncated,
      },
    };
  };
}

const reasonKeys = ['source', 'code', 'path'];
const count = { kind: 'count', as: 'count' } as const;

function from(conditions: readonly Condition[]) {
  const table = { kind: 'table', name: 'dead_letters' } as const;
  return { from: table, ...(conditions.length === 0 ? {} : { where: { kind: 'and' as const, conditions } }) };
}

function reasonsQuery(conditions: readonly Condition[]): Query {
  return {
    kind: 'groups',
    ...from(conditions),
    keys: reasonKeys.map((column) => ({ kind: 'column', column, as: column })),
    measures: [
      count,
      { kind: 'max', column: 'received_at', as: 'newest' },
      { kind: 'at-max', column: 'message', by: 'received_at', as: 'message' },
      { kind: 'at-max', column: 'raw', by: 'received_at', as: 'sample' },
    ],
    orderBy: [{ column: 'count', direction: 'desc' }],
    limit: maxDeadLetterReasons,
  };
}

function totalQuery(conditions: readonly Condition[]): Query {
  return { kind: 'groups', ...from(conditions), keys: [], measures: [count], limit: 1 };
}

function reasonView(row: StoredRow): DeadLetterReason {
  return {
    source: textOf(row.source),
    code: textOf(row.code),
    path: textOf(row.path),
    count: Number(row.count),
    newest: textOf(row.newest),
    message: textOf(row.message),
    sample: textOf(row.sample).slice(0, maxSampleLength),
  };
}
