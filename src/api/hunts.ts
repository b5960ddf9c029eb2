import type { huntRoutes } from '../contracts/index.ts';
import { actorOf, requireScope } from '../guard/index.ts';
import type { RouteHandlers } from '../http/index.ts';
import type { Audit } from '../journal/index.ts';
import type { Hunts } from '../rules/index.ts';

/** Rules over the caller's stored events: hunts, back-tests and back-fills. */
export function huntHandlers({
  hunts,
  audit,
}: {
  readonly hunts: Hunts;
  readonly audit: Pick<Audit, 'record'>;
}): RouteHandlers<typeof huntRoutes> {
  type Caller = Parameters<RouteHandlers<typeof huntRoutes>['startHunt']>[0];
  const ordered = ({ principal, signal }: Pick<Caller, 'principal' | 'signal'>) => ({
    ...{ tenant: principal.tenant, by: actorOf(principal), signal },
  });
  /** Who looked through telemetry, or made detections, and by which rule. */
  const told = async (
    { principal, trace }: Pick<Caller, 'principal' | 'trace'>,
    { id, purpose, rule, window }: Awaited<ReturnType<Hunts['get']>>,
  ) => {
    const { tenant } = principal;
    const details = { hunt: id, purpose, rule: rule?.id ?? null, from: window.from, to: window.to };
    await audit.record({
      ...{ tenant, by: actorOf(principal), details },
      ...{ action: 'rules.hunted', outcome: 'done', trace_id: trace.traceId },
    });
  };
  return {
    async startHunt(request) {
      const hunt = await hunts.hunt({ ...request.body, ...ordered(request) }, 'hunt');
      await told(request, hunt);
      return { body: hunt };
    },
    async backtestRule(request) {
      const hunt = await hunts.hunt({ ...request.body, ...ordered(request) }, 'backtest');
      await told(request, hunt);
      return { body: hunt };
    },
    async backfillRules(request) {
      const hunt = await hunts.backfill({ ...request.body, ...ordered(request) });
      await told(request, hunt);
      return { body: hunt };
    },
    explainHunt: async (request) => ({ body: await hunts.explain({ ...request.body, ...ordered(request) }) }),
    hunts: async ({ principal }) => ({ body: { hunts: [...(await hunts.list(principal.tenant))] } }),
    hunt: async ({ principal, params }) => ({ body: await hunts.get(principal.tenant, params.id) }),
    huntHits: async ({ principal, params, query }) => ({
      body: await hunts.hits(principal.tenant, params.id, query.after ?? 0),
    }),
    async cancelHunt({ principal, params, log }) {
      const { purpose } = await hunts.get(principal.tenant, params.id);
      if (purpose === 'backfill') requireScope(principal, 'rules:write');
      log.info({ hunt: params.id, purpose }, 'a hunt was cancelled');
      return { body: await hunts.cancel(principal.tenant, params.id) };
    },
  };
}
