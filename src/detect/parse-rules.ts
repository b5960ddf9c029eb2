import { isMap, type YAMLMap } from 'yaml';
import type { SigmaRule } from './ast.ts';
import type { Diagnostic } from './diagnostic.ts';
import { logicHash } from './logic-hash.ts';
import { parseDetection } from './parse-detection.ts';
import { parseHead } from './parse-head.ts';
import type { Placeholders } from './placeholders.ts';
import { type Entry, RuleSource, type YamlDocument } from './rule-source.ts';

export interface ParsedRules {
  /** Rules without an error, in the order of the file. */
  readonly rules: readonly SigmaRule[];
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
  for (const document of source.documents) {
    const before = source.errors;
    const rule = parseDocument(source, document, options.placeholders ?? new Map());
    if (rule !== undefined && source.errors === before) rules.push(rule);
  }
  if (source.documents.length === 0 && source.errors === 0) {
    source.report('not_a_rule', { line: 1, column: 1 }, 'the file holds no rule');
  }
  return { rules, diagnostics: source.diagnostics };
}

function parseDocument(
  source: RuleSource,
  document: YamlDocument,
  placeholders: Placeholders,
): SigmaRule | undefined {
  source.open(document);
  const root = document.contents;
  if (!isMap(root)) {
    source.report('not_a_rule', root, 'a rule is a map with title, logsource and detection');
    return undefined;
  }
  const entries = new Map(source.entries(root as YAMLMap).map((entry) => [entry.key, entry]));
  if (isOtherKind(source, entries)) return undefined;
  const head = parseHead(source, root, entries);
  const detection = parseDetection(source, root, entries.get('detection'), placeholders);
  if (head === undefined || detection === undefined) return undefined;
  const id =
    head.id === '' ? `logic-${logicHash({ logsource: head.logsource, detection }).slice(0, 16)}` : head.id;
  return { kind: 'rule', at: source.at(root), file: source.file, ...head, id, detection };
}

/** Documents of the other two kinds that Sigma has. */
function isOtherKind(source: RuleSource, entries: ReadonlyMap<string, Entry>): boolean {
  const correlation = entries.get('correlation');
  if (correlation !== undefined) {
    const message = 'correlation rules are not run here; the single-event rules that they name still are';
    source.report('correlation', correlation.keyNode, message);
    return true;
  }
  const filter = entries.get('filter');
  if (filter === undefined) return false;
  source.report(
    'filter',
    filter.keyNode,
    'filter documents are not applied here; write the filter into its rules',
  );
  return true;
}
