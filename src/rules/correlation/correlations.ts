import type { DetectedBy } from '../../contracts/index.ts';
import {
  type CorrelationMember,
  type CorrelationRule,
  detectedBy,
  type ResolvedCorrelation,
  resolveCorrelations,
} from '../../detect/index.ts';
import { type JudgedPack, rulesInForce } from '../in-force.ts';

/** A correlation with the pack that it is of. */
export interface CorrelationInForce<P> {
  readonly pack: P;
  readonly correlation: ResolvedCorrelation;
  /** True when another one stands on it and does not say `generate`: then it makes no alerts of its own. */
  readonly silent: boolean;
}

/** What the correlations of several packs ask of a rule. */
export interface CorrelatedRule {
  /** Fields that its hits are to carry. */
  readonly fields: readonly string[];
  /** True unless a correlation over it says `generate`: then its hits make no alerts of their own. */
  readonly silent: boolean;
}

/** The sound correlations of several packs by id: of two with one id the later pack's. */
export function correlationsInForce<P extends JudgedPack>(
  packs: readonly P[],
): ReadonlyMap<string, CorrelationInForce<P>> {
  const owners = new Map<string, { readonly pack: P; readonly rule: CorrelationRule }>();
  for (const pack of packs) for (const rule of pack.correlations ?? []) owners.set(rule.id, { pack, rule });
  if (owners.size === 0) return new Map();
  const rules = [...rulesInForce(packs).rules.values()].map(({ rule }) => rule);
  const { correlations } = resolveCorrelations(
    rules,
    [...owners.values()].map(({ rule }) => rule),
  );
  const silent = silentIds(correlations);
  return new Map(
    correlations.flatMap((correlation) => {
      const { id } = correlation.rule;
      const pack = owners.get(id)?.pack;
      return pack === undefined ? [] : [[id, { pack, correlation, silent: silent.has(id) }] as const];
    }),
  );
}

const idOf = ({ of }: CorrelationMember) => (of.kind === 'rule' ? of.rule.id : of.correlation.rule.id);

/** What others stand on and nobody wants alerts of. */
function silentIds(correlations: readonly ResolvedCorrelation[]): ReadonlySet<string> {
  const named = (generate: boolean) =>
    correlations
      .filter(({ rule }) => rule.correlation.generate === generate)
      .flatMap(({ members }) => members.map(idOf));
  const loud = new Set(named(true));
  return new Set(named(false).filter((id) => !loud.has(id)));
}

/** What of each rule's hits correlations need, by the id of the rule. */
export function correlatedRules(
  correlations: readonly ResolvedCorrelation[],
): ReadonlyMap<string, CorrelatedRule> {
  const silent = silentIds(correlations);
  const fields = new Map<string, Set<string>>();
  const need = (correlation: ResolvedCorrelation, names: readonly string[]) => {
    for (const { of, aliases } of correlation.members) {
      const own = names.map((name) => aliases.get(name) ?? name);
      if (of.kind === 'correlation') need(of.correlation, [...own, ...namesIn(of.correlation)]);
      else fields.set(of.rule.id, new Set([...(fields.get(of.rule.id) ?? []), ...own]));
    }
  };
  for (const correlation of correlations) need(correlation, namesIn(correlation));
  return new Map([...fields].map(([id, names]) => [id, { fields: [...names], silent: silent.has(id) }]));
}

/** Fields and aliases that a correlation groups and measures by. */
function namesIn({ rule }: ResolvedCorrelation): readonly string[] {
  const { test, groupBy } = rule.correlation;
  if (test.kind === 'values') return [...groupBy, ...test.fields];
  return 'field' in test ? [...groupBy, test.field] : groupBy;
}

/** What of a correlation goes with its detections. */
export function correlatedBy({ pack, correlation }: CorrelationInForce<JudgedPack>): DetectedBy {
  return detectedBy(correlation.rule, correlation.logic, pack);
}
