import type { Alerts } from '../alerts/index.ts';
import type { AlertFilter } from '../contracts/alert.ts';
import type { AlertQuery, alertRoutes } from '../contracts/alert-routes.ts';
import type { RouteHandlers } from '../http/index.ts';

/** Alerts that one call of a change by filter looks at; the caller goes on with the cursor that it gets. */
const maxPerCall = 5_000;

/** The queue of the caller's tenant; who changes something is the caller. */
export function alertHandlers({ alerts }: { readonly alerts: Alerts }): RouteHandlers<typeof alertRoutes> {
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
    alert: async ({ principal, params, signal }) => ({
      body: await alerts.get({ tenant: principal.tenant, id: params.id }, { signal }),
    }),
    async changeAlert({ principal, params, body }) {
      const { tenant, id, name } = principal;
      return { body: await alerts.change({ tenant, by: { id, name }, id: params.id, ...body }) };
    },
    async changeAlerts({ principal, body, signal, log }) {
      const { tenant, id, name } = principal;
      const { ids, filter = {}, cursor, change } = body;
      const which = ids === undefined ? { filter, cursor, limit: maxPerCall } : { ids };
      const done = await alerts.changeMany({ tenant, by: { id, name }, change, which, signal });
      log.info({ change: change.kind, changed: done.changed }, 'alerts were changed');
      return { body: done };
    },
  };
}

/** `assignee=` with nothing stands for nobody. */
function filterOf({ sort: _, limit: __, cursor: ___, assignee, ...filter }: AlertQuery): AlertFilter {
  return assignee === undefined ? filter : { ...filter, assignee: assignee === '' ? null : assignee };
}
