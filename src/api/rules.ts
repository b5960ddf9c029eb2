import type { ruleRoutes } from '../contracts/index.ts';
import { actorOf } from '../guard/index.ts';
import type { RouteHandlers } from '../http/index.ts';
import type { RulePacks, Rules } from '../rules/index.ts';

export interface RuleDependencies {
  readonly rules: Rules;
  readonly rulePacks: RulePacks;
}

/** Rules as they are in force for the caller's tenant, and the packs of this installation. */
export function ruleHandlers({ rules, rulePacks }: RuleDependencies): RouteHandlers<typeof ruleRoutes> {
  return {
    rules: async ({ principal, query }) => ({ body: rules.list(principal.tenant, query) }),
    async setRule({ principal, params, body, log }) {
      const { id, name, tenant } = principal;
      const rule = await rules.set({ tenant, by: { id, name }, id: params.id, change: body });
      log.info({ rule: rule.id, enabled: rule.enabled, level: rule.level }, 'a rule was set');
      return { body: rule };
    },
    rulePacks: async () => ({ body: { packs: [...(await rulePacks.list())] } }),
    async installRulePack({ principal, params, body, log }) {
      const order = { tenant: principal.tenant, by: actorOf(principal), name: params.name };
      const installed = await rulePacks.install({ ...order, body });
      const { pack, changed } = installed;
      log.info({ pack: pack.name, version: pack.version, rules: pack.rules, changed }, 'a rule pack came');
      return { body: installed };
    },
    async rollBackRulePack({ principal, params, body, log }) {
      const order = { tenant: principal.tenant, by: actorOf(principal), name: params.name };
      const pack = await rulePacks.rollBack({ ...order, version: body.version });
      log.info({ pack: pack.name, version: pack.version }, 'an earlier rule pack is in force again');
      return { body: pack };
    },
    async uninstallRulePack({ principal, params, log }) {
      const order = { tenant: principal.tenant, by: actorOf(principal), name: params.name };
      const pack = await rulePacks.uninstall(order);
      log.info({ pack: pack.name }, 'a rule pack was taken out');
      return { body: pack };
    },
  };
}
