import type { Actor, DiagnosticView, RuleLevel, RuleList, RuleView } from '../contracts/index.ts';
import { type CorrelationRule, type Diagnostic, mendOf, type SigmaRule } from '../detect/index.ts';
import { correlationsInForce } from './correlation/correlations.ts';
import { rulesErrors } from './errors.ts';
import { rulesInForce } from './in-force.ts';
import type { LiveRules } from './live.ts';
import { type RuleMask, usualSetting } from './mask.ts';
import type { RulePack } from './pack.ts';

const pageSize = 500;

/** The rules of a tenant: looked at and switched. */
export interface Rules {
  list(tenant: string, page: { readonly after?: string; readonly pack?: string }): RuleList;
  /** Throws `rules.unknown_rule`. */
  get(tenant: string, id: string): RuleView;
  /** Throws `rules.unknown_rule`. */
  set(request: {
    readonly tenant: string;
    readonly by: Actor;
    readonly id: string;
    readonly change: { readonly enabled?: boolean; readonly level?: RuleLevel | null };
  }): Promise<RuleView>;
}

export function createRules({ live, mask }: { readonly live: LiveRules; readonly mask: RuleMask }): Rules {
  const inForce = () => {
    const packs = live.packs();
    const correlations = [...correlationsInForce(packs)].map(
      ([id, { pack, correlation }]) => [id, { pack, rule: correlation.rule }] as const,
    );
    return new Map<string, ListedRule>([...rulesInForce(packs).rules, ...correlations]);
  };
  const find = (id: string) => {
    const found = inForce().get(id);
    if (found === undefined) throw rulesErrors.make('unknown_rule', `There is no rule '${id}'`);
    return found;
  };
  return {
    list(tenant, { after = '', pack }) {
      const all = [...inForce().values()]
        .filter((found) => found.rule.id > after && (pack === undefined || found.pack.name === pack))
        .sort((left, right) => (left.rule.id < right.rule.id ? -1 : 1));
      const shown = all.slice(0, pageSize);
      return {
        rules: shown.map((found) => viewOf(found, mask, tenant)),
        next: all.length > shown.length ? (shown.at(-1)?.rule.id ?? null) : null,
        diagnostics: after === '' ? live.diagnostics().slice(0, pageSize).map(diagnosticView) : [],
        fault: live.fault() ?? null,
      };
    },
    get: (tenant, id) => viewOf(find(id), mask, tenant),
    async set({ tenant, by, id, change }) {
      const found = find(id);
      await mask.set({ tenant, by, ruleId: id, usual: usualSetting(found.pack, id), change });
      return viewOf(found, mask, tenant);
    },
  };
}

/** A diagnostic with what to do. */
export const diagnosticView = (one: Diagnostic): DiagnosticView => ({ ...one, mend: mendOf(one.code) });

interface ListedRule {
  readonly pack: RulePack;
  readonly rule: SigmaRule | CorrelationRule;
}

function viewOf({ pack, rule }: ListedRule, mask: RuleMask, tenant: string): RuleView {
  const { enabled, level } = mask.of(tenant, rule.id) ?? usualSetting(pack, rule.id);
  // A correlation is about what its rules are about.
  const { product, category, service } = rule.kind === 'rule' ? rule.logsource : {};
  return {
    id: rule.id,
    title: rule.title,
    level: level ?? rule.level,
    own_level: rule.level,
    enabled,
    status: rule.status,
    pack: pack.name,
    author: rule.author === '' ? pack.author : rule.author,
    license: rule.license === '' ? pack.license : rule.license,
    tags: [...rule.tags],
    logsource: { product: product ?? null, category: category ?? null, service: service ?? null },
    description: rule.description,
    falsepositives: [...rule.falsepositives],
  };
}
