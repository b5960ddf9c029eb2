import { applyFilters, type Diagnostic, resolveCorrelations, type SigmaRule } from '../detect/index.ts';
import type { RulePack } from './pack.ts';

/** What judging needs of a pack: it travels to the pipeline's thread. */
export type JudgedPack = Pick<RulePack, 'name' | 'license' | 'rules'> &
  Partial<Pick<RulePack, 'author' | 'filters' | 'correlations' | 'off'>>;

/** A rule with the filters of all packs in it, and the pack that it is of. */
interface RuleInForce<P> {
  readonly pack: P;
  readonly rule: SigmaRule;
}

/** The rules of several packs by id: of two with one id the later pack's. Filters of each pack are in the rules of all. */
export function rulesInForce<P extends JudgedPack>(
  packs: readonly P[],
): { readonly rules: ReadonlyMap<string, RuleInForce<P>>; readonly diagnostics: readonly Diagnostic[] } {
  const owners = new Map<string, RuleInForce<P>>();
  for (const pack of packs) for (const rule of pack.rules) owners.set(rule.id, { pack, rule });
  const written = [...owners.values()];
  const { rules, diagnostics } = applyFilters(
    written.map(({ rule }) => rule),
    packs.flatMap(({ filters = [] }) => filters),
  );
  const inForce = written.map(({ pack, rule }, index) => ({ pack, rule: rules[index] ?? rule }));
  return { rules: new Map(inForce.map((found) => [found.rule.id, found])), diagnostics };
}

/** What is wrong with packs: with each alone, and with what their filters and correlations say of other rules. */
export function faultsOf(packs: readonly RulePack[]): readonly Diagnostic[] {
  const { rules, diagnostics } = rulesInForce(packs);
  const correlations = new Map(
    packs.flatMap((pack) => pack.correlations.map((one) => [one.id, one] as const)),
  );
  const resolved = resolveCorrelations(
    [...rules.values()].map(({ rule }) => rule),
    [...correlations.values()],
  );
  return [...packs.flatMap((pack) => pack.diagnostics), ...diagnostics, ...resolved.diagnostics];
}
