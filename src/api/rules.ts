import type { ruleRoutes } from '../contracts/index.ts';
import type { RouteHandlers } from '../http/index.ts';
import type { Rules } from '../rules/index.ts';

/** Rules as they are in force for the caller's tenant. */
export function ruleHandlers({ rules }: { readonly rules: Rules }): RouteHandlers<typeof ruleRoutes> {
  return {
    rules: async ({ principal, query }) => ({ body: rules.list(principal.tenant, query) }),
    async setRule({ principal, params, body, log }) {
      const { id, name, tenant } = principal;
      const rule = await rules.set({ tenant, by: { id, name }, id: params.id, change: body });
      log.info({ rule: rule.id, enabled: rule.enabled, level: rule.level }, 'a rule was set');
      return { body: rule };
    },
  };
}
