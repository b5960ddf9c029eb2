import { isMap, type YAMLMap } from 'yaml';
import type { SigmaFilter, SigmaRule } from './ast.ts';
import { rootsOf } from './collection.ts';
import type { CorrelationRule } from './correlation.ts';
import type { Diagnostic } from './diagnostic.ts';
import { logicHash } from './logic-hash.ts';
import { parseCorrelation } from './parse-correlation.ts';
import { parseDetection } from './parse-detection.ts';
import { parseFilter } from './parse-filter.ts';
import { parseHead } from './parse-head.ts';
import type { Placeholders } from './placeholders.ts';
import { RuleSource, type YamlNode } from './rule-source.ts';

export interface ParsedRules {
  /** Rules without an error, in the order of the file. */
  readonly rules: readonly SigmaRule[];
  /** Correlation rules without an error of their own; what they refer to is looked up by `resolveCorrelations`. */
  readonly correlations: readonly CorrelationRule[];
  /** Filters without an error of their own; `applyFilters` writes them into the rules that they name. */
  readonly filters: readonly SigmaFilter[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface ParseOptions {
  /** Values of placeholders (`%Servers%` by the name `Servers`); a rule that needs another is a diagnostic. */
  readonly placeholders?: Placeholders;
}

/**
 * Reads Sigma rules (specification 2.1) from one YAML file of one or more documents. `file` is only named in
 * diagnostics. Never throws: what cannot be used is a diagnostic with its place and what to do, and its rule is left
 * out while the others are kept.
 */
export function parseRules(text: string, file: string, options: ParseOptions = {}): ParsedRules {
  const source = new RuleSource(text, file);
  const rules: SigmaRule[] = [];
  const correlations: CorrelationRule[] = [];
  const filters: SigmaFilter[] = [];
  let roots = 0;
  for (const root of rootsOf(source)) {
    roots += 1;
    const before = source.errors;
    const made = parseDocument(source, root, options.placeholders ?? new Map());
    if (made === undefined || source.errors > before) continue;
    if (made.kind === 'rule') rules.push(made);
    else if (made.kind === 'filter') filters.push(made);
    else correlations.push(made);
  }
  if (roots === 0 && source.errors === 0) {
    source.report('not_a_rule', { line: 1, column: 1 }, 'the file holds no rule');
  }
  return { rules, correlations, filters, diagnostics: source.diagnostics };
}

function parseDocument(
  source: RuleSource,
  root: YamlNode,
  placeholders: Placeholders,
): SigmaRule | CorrelationRule | SigmaFilter | undefined {
  if (!isMap(root)) {
    source.report('not_a_rule', root, 'a rule is a map with title, logsource and detection');
    return undefined;
  }
  const entries = new Map(source.entries(root as YAMLMap).map((entry) => [entry.key, entry]));
  if (entries.has('correlation')) return parseCorrelation(source, root, entries);
  if (entries.has('filter')) return parseFilter(source, root, entries, placeholders);
  const head = parseHead(source, root, entries);
  const detection = parseDetection(source, root, entries.get('detection'), placeholders);
  if (head === undefined || detection === undefined) return undefined;
  const id =
    head.id === '' ? `logic-${logicHash({ logsource: head.logsource, detection }).slice(0, 16)}` : head.id;
  return { kind: 'rule', at: source.at(root), file: source.file, ...head, id, detection };
}
