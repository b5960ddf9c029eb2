import type { Cases } from '../cases/index.ts';
import type { caseRoutes } from '../contracts/case-routes.ts';
import type { RouteHandlers } from '../http/index.ts';

export interface CaseDependencies {
  readonly cases: Cases;
}

/** Cases of the caller's tenant; who changes one is the caller. */
export function caseHandlers({ cases }: CaseDependencies): RouteHandlers<typeof caseRoutes> {
  return {
    async cases({ principal, query: { assignee, ...query }, signal }) {
      const whose = assignee === '' ? null : assignee;
      const page = await cases.list({ tenant: principal.tenant, ...query, assignee: whose }, { signal });
      return { body: { cases: [...page.cases], next: page.next } };
    },
    case: async ({ principal, params, signal }) => ({
      body: await cases.get({ tenant: principal.tenant, id: params.id }, { signal }),
    }),
    async changeCase({ principal, params, body, log }) {
      const { tenant, id, name } = principal;
      const changed = await cases.change({ tenant, by: { id, name }, id: params.id, ...body });
      log.info({ case: params.id, change: body.change.kind }, 'a case was changed');
      return { body: changed };
    },
  };
}
