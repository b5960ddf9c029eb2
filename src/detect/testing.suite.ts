import { stringify } from 'yaml';
import {
  type CompiledRule,
  compileRule,
  type DetectRecord,
  isSelected,
  type MatchedField,
  type NativeFields,
  parseRules,
  type Route,
  type RoutedEvent,
  routesOf,
  type SigmaRule,
} from './index.ts';

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
    values: () => leavesOf(fields),
  };
}

function leavesOf(value: unknown): string[] {
  if (value === null || value === undefined) return [];
  return typeof value === 'object' ? Object.values(value).flatMap(leavesOf) : [String(value)];
}

/** A record of flat fields; with its bytes as a shipper would send them. */
export function record(fields: Readonly<Record<string, unknown>>): DetectRecord {
  return { json: Buffer.from(JSON.stringify(fields)), fields: () => event(fields) };
}

/** What every rule hits by the interpreter alone, each rule and route by itself: what the matcher is held against. */
export function interpreted(rules: readonly SigmaRule[]) {
  const byRoute = new Map<
    Route,
    { readonly rule: SigmaRule; readonly number: number; readonly compiled: CompiledRule }[]
  >();
  for (const [number, rule] of rules.entries())
    for (const route of routesOf(rule.logsource)) {
      const list = byRoute.get(route) ?? [];
      byRoute.set(route, list);
      list.push({ rule, number, compiled: compileRule(rule, route.fields) });
    }
  return (routed: RoutedEvent, fields: NativeFields) => {
    const hits = new Map<number, { rule: SigmaRule; matched: readonly MatchedField[] }>();
    for (const [route, list] of byRoute) {
      if (!isSelected(route.where, routed)) continue;
      for (const { rule, number, compiled } of list) {
        const matched = hits.has(number) ? undefined : compiled.match(fields);
        if (matched !== undefined) hits.set(number, { rule, matched });
      }
    }
    return [...hits].sort(([left], [right]) => left - right).map(([, hit]) => hit);
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
