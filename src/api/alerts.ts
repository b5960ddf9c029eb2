import { type Alerts, defaultLimits } from '../alerts/index.ts';
import type { Cases } from '../cases/index.ts';
import type { AlertFilter } from '../contracts/alert.ts';
import type { AlertQuery, alertRoutes } from '../contracts/alert-routes.ts';
import type { RouteHandlers } from '../http/index.ts';
import type { Audit } from '../journal/index.ts';
import { type ContextDependencies, readContext } from './alerts-context.ts';
import { exportEvidence } from './alerts-evidence.ts';

/** Alerts that one call of a change by filter looks at; the caller goes on with the cursor that it gets. */
const maxPerCall = 5_000;

export interface AlertDependencies extends ContextDependencies {
  readonly alerts: Alerts;
  readonly cases: Pick<Cases, 'of'>;
  readonly audit: Pick<Audit, 'record'>;
}

/** The queue of the caller's tenant; who changes something is the caller. */
export function alertHandlers(dependencies: AlertDependencies): RouteHandlers<typeof alertRoutes> {
  const { alerts, cases } = dependencies;
  const budgets = async (tenant: string) => ({
    usual: defaultLimits.alertsAnHour,
    budgets: [...(await alerts.budgets(tenant))],
  });
  return {
    async alerts({ principal, query, signal }) {
      const { sort, limit, cursor } = query;
      const request = { tenant: principal.tenant, filter: filterOf(query), sort, limit, cursor };
      const { alerts: page, next } = await alerts.list(request, { signal });
      return { body: { alerts: [...page], next } };
    },
    alertFacets: async ({ principal, signal }) => ({
      body: await alerts.facets(principal.tenant, { signal }),
    }),
    alertPeople: async ({ principal }) => ({
      body: { people: [...(await alerts.people(principal.tenant))] },
    }),
    async alertRules({ principal, query, signal }) {
      const { limit, cursor } = query;
      const page = await alerts.ruleStatistics({ tenant: principal.tenant, limit, cursor }, { signal });
      return { body: { rules: [...page.rules], next: page.next } };
    },
    alertBudgets: async ({ principal }) => ({ body: await budgets(principal.tenant) }),
    async setAlertBudget({ principal, body, log }) {
      const { tenant, id, name } = principal;
      await alerts.setBudget({ tenant, by: { id, name }, ...body });
      log.info({ rule: body.rule, alerts_an_hour: body.alerts_an_hour }, 'a budget of alerts was set');
      return { body: await budgets(tenant) };
    },
    async alert({ principal, params, signal }) {
      const alert = await alerts.get({ tenant: principal.tenant, id: params.id }, { signal });
      const context = await readContext(dependencies, { principal, alert, signal });
      const inCase = await cases.of({ tenant: principal.tenant, alert: alert.id }, { signal });
      return { body: { ...alert, context, case: inCase } };
    },
    async alertEvidence({ principal, params, signal, trace }) {
      const { tenant, id, name } = principal;
      const alert = await alerts.get({ tenant, id: params.id }, { signal });
      const now = dependencies.clock();
      const text = await exportEvidence(dependencies, { principal, alert, now, signal });
      await dependencies.audit.record({
        ...{ tenant, by: { id, name }, action: 'alerts.exported', outcome: 'done' },
        ...{ details: { alert: alert.id, bytes: Buffer.byteLength(text) }, trace_id: trace.traceId },
      });
      return { text };
    },
    async changeAlert({ principal, params, body }) {
      const { tenant, id, name } = principal;
      return { body: await alerts.change({ tenant, by: { id, name }, id: params.id, ...body }) };
    },
    async changeAlerts({ principal, body, signal, log }) {
      const { tenant, id, name } = principal;
      const { ids, filter = {}, cursor, change, bulk } = body;
      const which = ids === undefined ? { filter, cursor, limit: maxPerCall } : { ids };
      const done = await alerts.changeMany({ tenant, by: { id, name }, change, bulk, which, signal });
      log.info({ change: change.kind, changed: done.changed }, 'alerts were changed');
      return { body: done };
    },
    async undoAlertChanges({ principal, params, body, signal, log }) {
      const { tenant, id, name } = principal;
      const order = { tenant, by: { id, name }, undone: params.bulk, ...body, limit: maxPerCall, signal };
      const done = await alerts.undoMany(order);
      log.info({ undone: done.undone, refused: done.refused }, 'a change of alerts was undone');
      return { body: done };
    },
  };
}

/** `assignee=` with nothing stands for nobody. */
function filterOf({ sort: _, limit: __, cursor: ___, assignee, ...filter }: AlertQuery): AlertFilter {
  return assignee === undefined ? filter : { ...filter, assignee: assignee === '' ? null : assignee };
}
