import { Command } from 'commander';
import type { DiagnosticView } from '../contracts/index.ts';
import { checkRules, type RuleCheck } from '../rules/index.ts';
import { count, firstLines } from './figures.ts';
import { printable } from './printable.ts';

/** `tyrian rules check`: what is wrong with rule files, where, and what to do. */
export function checkCommand(setExitCode: (code: number) => void): Command {
  return new Command('check')
    .description('look at rule files without loading them anywhere; fails when a rule has an error')
    .argument(
      '<path...>',
      'files and folders; filters and correlations are looked at together with all of them',
    )
    .option('--json', 'print JSON: all of it')
    .action((paths: readonly string[], { json }: { readonly json?: boolean }) => {
      const found = checkRules(paths);
      if (found.errors > 0) setExitCode(1);
      if (json === true) console.log(JSON.stringify(found));
      else console.log([...firstLines(diagnosticLines(found.diagnostics)), ...summary(found)].join('\n'));
    });
}

/** A line that an editor can jump from, and below it what to do. */
function diagnosticLines(diagnostics: readonly DiagnosticView[]): readonly string[] {
  return diagnostics.map(({ file, line, column, severity, code, message, mend }) =>
    [`${file}:${line}:${column}: ${severity}: ${code}: ${message}`, `    ${mend}`].map(printable).join('\n'),
  );
}

/** Of the faults of a loaded set so many are told where they are not what was asked for. */
const maxFaults = 20;

/** The first errors; warnings, which leave no rule out, are only counted. */
export function faultLines(diagnostics: readonly DiagnosticView[]): readonly string[] {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const left = errors.length - maxFaults;
  const warnings = diagnostics.length - errors.length;
  const more = [
    left > 0 ? `${count(left)} more errors` : '',
    warnings > 0 ? `${count(warnings)} warnings` : '',
  ];
  const untold = more.filter((text) => text !== '').join(' and ');
  return [
    ...diagnosticLines(errors.slice(0, maxFaults)),
    ...(untold === '' ? [] : [`… ${untold}; tyrian rules check PATH tells all`]),
  ];
}

function summary(found: RuleCheck): readonly string[] {
  const { rules, filters, correlations, errors, warnings, unroutable } = found;
  const sound = `${count(rules)} rules, ${count(filters)} filters and ${count(correlations)} correlations are sound`;
  const never =
    unroutable === 0
      ? ''
      : ` ${count(unroutable)} sound rules can never match: no source gives their events.`;
  return [`${sound}; ${count(errors)} errors, ${count(warnings)} warnings.${never}`];
}
