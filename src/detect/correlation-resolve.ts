import type { SigmaRule } from './ast.ts';
import type { CorrelationRule, RuleReference } from './correlation.ts';
import { type Alternative, alternativesOf, maxAlternatives } from './correlation-alternatives.ts';
import { correlationLogicHash } from './correlation-logic.ts';
import type { Diagnostic, DiagnosticCode } from './diagnostic.ts';

/** Correlations that lead from one to the next. */
const maxChain = 16;
/** Correlations of all packs together. */
const maxCorrelations = 2_000;

/** A correlation with what it refers to. */
export interface ResolvedCorrelation {
  readonly rule: CorrelationRule;
  /** See `correlationLogicHash`. */
  readonly logic: string;
  /** 1 for one over rules alone, one more for each correlation below it. */
  readonly chain: number;
  /** As its `rules`, in their order. */
  readonly members: readonly CorrelationMember[];
  /** The ways in which a condition over rules holds; none where the test is no such condition. */
  readonly alternatives: readonly Alternative[];
}

export interface CorrelationMember {
  /** As the correlation names it. */
  readonly written: string;
  /** Alias → field of this member's hits. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly of:
    | { readonly kind: 'rule'; readonly rule: SigmaRule }
    | { readonly kind: 'correlation'; readonly correlation: ResolvedCorrelation };
}

export interface ResolvedCorrelations {
  /** Sound ones; those that others refer to come before these. */
  readonly correlations: readonly ResolvedCorrelation[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Finds what correlations refer to among all loaded rules, by id or `name`. A correlation whose reference is unknown, means several
 * rules or leads back to itself is a diagnostic and left out, and so is what refers to it.
 */
export function resolveCorrelations(
  rules: readonly SigmaRule[],
  correlations: readonly CorrelationRule[],
): ResolvedCorrelations {
  const resolver = new Resolver(rules, correlations);
  for (const rule of correlations.slice(0, maxCorrelations)) resolver.resolve(rule, []);
  const [surplus] = correlations.slice(maxCorrelations);
  if (surplus !== undefined)
    resolver.report(
      'too_large',
      surplus,
      `at most ${maxCorrelations} correlations run; those from here on do not`,
    );
  return { correlations: resolver.resolved, diagnostics: resolver.diagnostics };
}

type AnyRule = SigmaRule | CorrelationRule;

type Code = 'unknown_rule' | 'ambiguous_rule' | 'correlation_cycle' | 'too_large';

class Resolver {
  readonly resolved: ResolvedCorrelation[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly #byName = new Map<string, AnyRule[]>();
  readonly #done = new Map<CorrelationRule, ResolvedCorrelation | undefined>();

  constructor(rules: readonly SigmaRule[], correlations: readonly CorrelationRule[]) {
    for (const rule of [...rules, ...correlations])
      for (const name of new Set([rule.id, rule.name]))
        if (name !== '') this.#byName.set(name, [...(this.#byName.get(name) ?? []), rule]);
  }

  resolve(rule: CorrelationRule, within: readonly CorrelationRule[]): ResolvedCorrelation | undefined {
    if (this.#done.has(rule)) return this.#done.get(rule);
    const members = rule.correlation.rules.map((reference) =>
      this.#member(rule, reference, [...within, rule]),
    );
    const sound = members.filter((member) => member !== undefined);
    const strays = this.#strayAliases(rule, sound);
    const chain = 1 + Math.max(0, ...sound.map(({ of }) => (of.kind === 'rule' ? 0 : of.correlation.chain)));
    if (chain > maxChain)
      this.report('too_large', rule, `at most ${maxChain} correlations lead to one another`);
    const alternatives = this.#alternatives(rule);
    const isSound =
      sound.length === members.length && !strays && chain <= maxChain && alternatives !== undefined;
    const made = isSound
      ? { rule, logic: correlationLogicHash(rule, sound), chain, members: sound, alternatives }
      : undefined;
    this.#done.set(rule, made);
    if (made !== undefined) this.resolved.push(made);
    return made;
  }

  #member(
    rule: CorrelationRule,
    reference: RuleReference,
    within: readonly CorrelationRule[],
  ): CorrelationMember | undefined {
    const found = this.#find(rule, reference);
    if (found === undefined) return undefined;
    const { rule: written } = reference;
    const names = new Set([written, found.id, found.name]);
    const aliases = new Map(
      [...rule.correlation.aliases].flatMap(([alias, fields]) =>
        [...fields].filter(([name]) => names.has(name)).map(([, field]) => [alias, field] as const),
      ),
    );
    if (found.kind === 'rule') return { written, aliases, of: { kind: 'rule', rule: found } };
    if (within.includes(found)) {
      const circle = [...within.slice(within.indexOf(found)), found].map(({ title }) => `'${title}'`);
      this.report('correlation_cycle', rule, `it refers to itself: ${circle.join(' → ')}`, reference.at);
      return undefined;
    }
    const correlation = this.resolve(found, within);
    if (correlation !== undefined) return { written, aliases, of: { kind: 'correlation', correlation } };
    this.report('unknown_rule', rule, `the correlation '${written}' is not sound itself`, reference.at);
    return undefined;
  }

  /** Of rules with one id the last loaded counts, as they are judged; a name may be one rule's only. */
  #find(rule: CorrelationRule, reference: RuleReference): AnyRule | undefined {
    const found = this.#byName.get(reference.rule) ?? [];
    const byId = found.findLast(({ id }) => id === reference.rule);
    if (byId !== undefined) return byId;
    if (new Set(found.map(({ id }) => id)).size > 1)
      this.report(
        'ambiguous_rule',
        rule,
        `${found.length} rules have the name '${reference.rule}'; refer to one by its id`,
        reference.at,
      );
    else if (found.length > 0) return found.at(-1);
    else
      this.report(
        'unknown_rule',
        rule,
        `no loaded rule has the id or name '${reference.rule}'; mend the reference or load the rule`,
        reference.at,
      );
    return undefined;
  }

  #alternatives(rule: CorrelationRule): readonly Alternative[] | undefined {
    const { test, rules } = rule.correlation;
    if (test.kind !== 'condition') return [];
    const places = new Map(rules.map((reference, place) => [reference.rule, place]));
    const found = alternativesOf(test.condition, (name) => places.get(name) ?? -1);
    if (found === undefined)
      this.report(
        'too_large',
        rule,
        `the condition holds in more than ${maxAlternatives} ways; chain several`,
      );
    return found;
  }

  /** Reports aliases of rules that the correlation does not refer to. */
  #strayAliases(rule: CorrelationRule, members: readonly CorrelationMember[]): boolean {
    if (members.length < rule.correlation.rules.length) return false;
    let stray = false;
    for (const [alias, fields] of rule.correlation.aliases) {
      const met = members.filter(({ aliases }) => aliases.has(alias)).length;
      if (met >= fields.size) continue;
      stray = true;
      const message = `the alias '${alias}' names a rule that is not among the correlation's rules`;
      this.report('unknown_rule', rule, message);
    }
    return stray;
  }

  report(code: Code, rule: CorrelationRule, message: string, at = rule.correlation.at): void {
    const full: DiagnosticCode = `detect.${code}`;
    this.diagnostics.push({ ...at, code: full, severity: 'error', file: rule.file, message });
  }
}
