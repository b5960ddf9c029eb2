import { stringify } from 'yaml';
import { compileRule, type MatchedField, type NativeFields, parseRules, type SigmaRule } from './index.ts';

const head = {
  title: 'a rule',
  id: '4d7f1f2e-0000-4000-8000-000000000001',
  level: 'high',
  logsource: { product: 'windows', category: 'process_creation' },
};

/** The text of a rule with this detection. */
export function ruleText(detection: unknown, more: Readonly<Record<string, unknown>> = {}): string {
  return stringify({ ...head, ...more, detection });
}

/** The one rule of a text; fails with the diagnostics when there is none. */
export function oneRule(text: string, placeholders?: ReadonlyMap<string, readonly string[]>): SigmaRule {
  const { rules, diagnostics } = parseRules(text, 'rule.yml', placeholders && { placeholders });
  const [rule] = rules;
  if (rule === undefined || rules.length > 1) throw new Error(JSON.stringify(diagnostics, undefined, 1));
  return rule;
}

/** An event of flat fields. */
export function event(fields: Readonly<Record<string, unknown>>): NativeFields {
  return {
    get: (field) => (Object.hasOwn(fields, field) ? fields[field] : undefined),
    values: () =>
      Object.values(fields)
        .flat()
        .filter((value) => value != null)
        .map(String),
  };
}

/** What a rule with one search matches in an event; undefined when it is no hit. */
export function matchOf(
  search: unknown,
  fields: Readonly<Record<string, unknown>>,
  condition = 'selection',
): readonly MatchedField[] | undefined {
  const detection = { selection: search, condition };
  return compileRule(oneRule(ruleText(detection))).match(event(fields));
}

export function hits(
  search: unknown,
  fields: Readonly<Record<string, unknown>>,
  condition = 'selection',
): boolean {
  return matchOf(search, fields, condition) !== undefined;
}
