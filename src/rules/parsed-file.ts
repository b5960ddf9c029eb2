import {
  type CorrelationRule,
  type Diagnostic,
  type ParsedRules,
  type Placeholders,
  parseRules,
  routingOf,
  type SigmaFilter,
  type SigmaRule,
} from '../detect/index.ts';

/** What stands in a rule file. */
export interface ParsedFile extends ParsedRules {
  /** Tells one state of the file from another. */
  readonly mark: string;
  /** Characters. */
  readonly length: number;
  /** What stood here before an edit broke the file: it goes on until the file is mended. */
  readonly kept: Pick<ParsedRules, 'rules' | 'correlations' | 'filters'>;
}

const nothing: ParsedFile['kept'] = { rules: [], correlations: [], filters: [] };

/** Reads the text of a rule file; `before` is what stood there. */
export function parseFile(
  text: string,
  at: { readonly file: string; readonly mark: string; readonly placeholders: Placeholders },
  before?: ParsedFile,
): ParsedFile {
  const { file, mark, placeholders } = at;
  const parsed = parseRules(text, file, { placeholders });
  const diagnostics = [...parsed.diagnostics, ...parsed.rules.flatMap((rule) => routingOf(rule) ?? [])];
  const isBroken = diagnostics.some(({ severity }) => severity === 'error');
  const kept = isBroken && before !== undefined ? standing(before) : nothing;
  return { ...parsed, diagnostics, mark, length: text.length, kept };
}

const standing = ({ rules, correlations, filters, kept }: ParsedFile): ParsedFile['kept'] => ({
  rules: [...rules, ...kept.rules],
  correlations: [...correlations, ...kept.correlations],
  filters: [...filters, ...kept.filters],
});

/** What several files hold. What is kept of broken ones counts where the same does not stand anywhere as it is wanted now. */
export function joinFiles(files: readonly ParsedFile[]): {
  readonly rules: readonly SigmaRule[];
  readonly correlations: readonly CorrelationRule[];
  readonly filters: readonly SigmaFilter[];
  readonly diagnostics: readonly Diagnostic[];
} {
  const byId = ({ id }: { readonly id: string }) => id;
  const byTitle = ({ id, title }: SigmaFilter) => (id === '' ? title : id);
  return {
    rules: joined(files, (file) => file.rules, byId),
    correlations: joined(files, (file) => file.correlations, byId),
    filters: joined(files, (file) => file.filters, byTitle),
    diagnostics: [...files.flatMap(({ diagnostics }) => diagnostics), ...sameIds(files)],
  };
}

function joined<T>(
  files: readonly ParsedFile[],
  of: (file: ParsedFile['kept']) => readonly T[],
  key: (one: T) => string,
): readonly T[] {
  const wanted = files.flatMap(of);
  const keys = new Set(wanted.map(key));
  return [...wanted, ...files.flatMap(({ kept }) => of(kept).filter((one) => !keys.has(key(one))))];
}

/** Of several rules with one id the last counts. */
function sameIds(files: readonly ParsedFile[]): readonly Diagnostic[] {
  const all = files.flatMap(({ rules, correlations }) => [...rules, ...correlations]);
  const last = new Map(all.map((rule) => [rule.id, rule]));
  return all.flatMap((rule): Diagnostic[] => {
    const other = last.get(rule.id);
    if (other === rule || other === undefined) return [];
    const message = `'${rule.title}' has the id of the rule at ${other.file}:${other.at.line}, which takes its place`;
    return [{ ...rule.at, code: 'detect.same_id', severity: 'warning', file: rule.file, message }];
  });
}
