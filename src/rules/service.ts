import type { Actor, RuleLevel, RuleList, RuleView } from '../contracts/index.ts';
import type { SigmaRule } from '../detect/index.ts';
import { rulesErrors } from './errors.ts';
import type { LiveRules } from './live.ts';
import type { RuleMask } from './mask.ts';
import type { RulePack } from './pack.ts';

const pageSize = 500;

/** The rules of a tenant: looked at and switched. */
export interface Rules {
  list(tenant: string, page: { readonly after?: string; readonly pack?: string }): RuleList;
  /** Throws `rules.unknown_rule`. */
  set(request: {
    readonly tenant: string;
    readonly by: Actor;
    readonly id: string;
    readonly change: { readonly enabled?: boolean; readonly level?: RuleLevel | null };
  }): Promise<RuleView>;
}

export function createRules({ live, mask }: { readonly live: LiveRules; readonly mask: RuleMask }): Rules {
  /** By id; of two rules with one id the later pack's, as they are judged. */
  const inForce = () =>
    new Map(live.packs().flatMap((pack) => pack.rules.map((rule) => [rule.id, { pack, rule }] as const)));
  return {
    list(tenant, { after = '', pack }) {
      const all = [...inForce().values()]
        .filter((found) => found.rule.id > after && (pack === undefined || found.pack.name === pack))
        .sort((left, right) => (left.rule.id < right.rule.id ? -1 : 1));
      const shown = all.slice(0, pageSize);
      return {
        rules: shown.map((found) => viewOf(found, mask, tenant)),
        next: all.length > shown.length ? (shown.at(-1)?.rule.id ?? null) : null,
        diagnostics: after === '' ? live.diagnostics().slice(0, pageSize) : [],
        fault: live.fault() ?? null,
      };
    },
    async set({ tenant, by, id, change }) {
      const found = inForce().get(id);
      if (found === undefined) throw rulesErrors.make('unknown_rule', `There is no rule '${id}'`);
      await mask.set({ tenant, by, ruleId: id, change });
      return viewOf(found, mask, tenant);
    },
  };
}

function viewOf(
  { pack, rule }: { readonly pack: RulePack; readonly rule: SigmaRule },
  mask: RuleMask,
  tenant: string,
): RuleView {
  const { enabled, level } = mask.of(tenant, rule.id);
  const { product, category, service } = rule.logsource;
  return {
    id: rule.id,
    title: rule.title,
    level: level ?? rule.level,
    own_level: rule.level,
    enabled,
    status: rule.status,
    pack: pack.name,
    author: rule.author,
    license: rule.license === '' ? pack.license : rule.license,
    tags: [...rule.tags],
    logsource: { product: product ?? null, category: category ?? null, service: service ?? null },
    description: rule.description,
    falsepositives: [...rule.falsepositives],
  };
}
