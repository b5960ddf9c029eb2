import type { DiagnosticView } from '../contracts/index.ts';
import { faultsOf } from './in-force.ts';
import { loadPack } from './pack.ts';
import { diagnosticView } from './service.ts';

/** What stands in rule files, and what is wrong with them. */
export interface RuleCheck {
  /** Sound ones. */
  readonly rules: number;
  readonly filters: number;
  readonly correlations: number;
  readonly errors: number;
  readonly warnings: number;
  /** Sound rules that no source can match; warnings too. */
  readonly unroutable: number;
  /** In the order of files and lines. */
  readonly diagnostics: readonly DiagnosticView[];
}

/**
 * Reads rule files and folders without loading them anywhere; filters and correlations are looked at with the rules of all paths. Throws what
 * `loadPack` throws.
 */
export function checkRules(paths: readonly string[]): RuleCheck {
  const packs = paths.map((path) => loadPack(path));
  const diagnostics = faultsOf(packs).map(diagnosticView).sort(byPlace);
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  return {
    rules: packs.reduce((sum, { rules }) => sum + rules.length, 0),
    filters: packs.reduce((sum, { filters }) => sum + filters.length, 0),
    correlations: packs.reduce((sum, { correlations }) => sum + correlations.length, 0),
    ...{ errors, warnings: diagnostics.length - errors },
    unroutable: diagnostics.filter(({ code }) => code === 'detect.unroutable').length,
    diagnostics,
  };
}

function byPlace(left: DiagnosticView, right: DiagnosticView): number {
  if (left.file !== right.file) return left.file < right.file ? -1 : 1;
  return left.line - right.line || left.column - right.column;
}
