import { Command } from 'commander';
import { RuleLevel, type RuleView } from '../contracts/index.ts';
import { loadPack, runRuleTests } from '../rules/index.ts';
import { cliErrors } from './errors.ts';
import { table } from './figures.ts';
import { printable, printableLines } from './printable.ts';
import { withClient } from './session.ts';

/** `tyrian rules`: which rules are loaded and in force; looks at rule files and runs the tests that they bring along. */
export function rulesCommand(setExitCode: (code: number) => void): Command {
  const rules = new Command('rules').description('detection rules: what is loaded, in force, sound');
  rules
    .command('list', { isDefault: true })
    .description('the loaded rules, and what is wrong with rule files')
    .option('--pack <name>', 'of one pack')
    .option('--json', 'print JSON')
    .action(async (options: { readonly pack?: string; readonly json?: boolean }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const all: RuleView[] = [];
        let after: string | undefined;
        do {
          const query = {
            ...(after === undefined ? {} : { after }),
            ...(options.pack === undefined ? {} : { pack: options.pack }),
          };
          const page = await client.rules({ query }, { signal });
          for (const { file, line, column, severity, message } of page.diagnostics)
            console.error(printable(`${file}:${line}:${column}: ${severity}: ${message}`));
          if (page.fault !== null) console.error(printableLines(page.fault));
          all.push(...page.rules);
          after = page.next ?? undefined;
        } while (after !== undefined);
        console.log(options.json === true ? JSON.stringify(all) : ruleTable(all));
      });
    });
  for (const [name, enabled] of [['enable', true] as const, ['disable', false] as const]) {
    rules
      .command(name)
      .description(enabled ? 'put a rule in force' : 'take a rule out of force')
      .argument('<id>')
      .action(async (id: string, _options: unknown, command: Command) => {
        await withClient(command, async (client, { signal }) => {
          const rule = await client.setRule({ params: { id }, body: { enabled } }, { signal });
          console.log(`"${printable(rule.title)}" is ${rule.enabled ? 'on' : 'off'}.`);
        });
      });
  }
  rules
    .command('level')
    .description('set the level of a rule for this tenant')
    .argument('<id>')
    .argument('<level>', `${RuleLevel.options.join(', ')}, or "own" for the rule's own`)
    .action(async (id: string, text: string, _options: unknown, command: Command) => {
      const level = text === 'own' ? null : RuleLevel.safeParse(text).data;
      if (level === undefined)
        throw cliErrors.make(
          'level',
          `There is no level '${text}'; there are ${RuleLevel.options.join(', ')}`,
        );
      await withClient(command, async (client, { signal }) => {
        const rule = await client.setRule({ params: { id }, body: { level } }, { signal });
        console.log(`"${printable(rule.title)}" is ${rule.level}.`);
      });
    });
  rules
    .command('check')
    .description('look at rule files without loading them anywhere')
    .argument('<path>', 'a file or folder')
    .action((path: string) => {
      const pack = loadPack(path);
      for (const { file, line, column, severity, code, message } of pack.diagnostics)
        console.log(printable(`${file}:${line}:${column}: ${severity}: ${message} (${code})`));
      const errors = pack.diagnostics.filter(({ severity }) => severity === 'error').length;
      console.log(
        `${pack.rules.length} rules are sound, ${errors} errors, ${pack.diagnostics.length - errors} warnings.`,
      );
      if (errors > 0) setExitCode(1);
    });
  rules
    .command('test')
    .description('run the tests beside rules (NAME.tests.yml): events that match, events that do not')
    .argument('<path>', 'a folder of rules')
    .action((path: string) => {
      const { results, untested } = runRuleTests(path);
      for (const { file, name, problem } of results)
        if (problem !== undefined) console.log(printable(`${file}: ${name}: ${problem}`));
      for (const title of untested) console.log(printable(`no tests: ${title}`));
      const failed = results.filter(({ problem }) => problem !== undefined).length;
      console.log(
        `${results.length - failed} passed, ${failed} failed, ${untested.length} rules without tests.`,
      );
      if (failed > 0) setExitCode(1);
    });
  return rules;
}

function ruleTable(rules: readonly RuleView[]): string {
  if (rules.length === 0) return 'No rules.';
  const rows = rules.map(({ id, title, level, enabled, pack }) => [
    id,
    enabled ? 'on' : 'off',
    level,
    pack,
    title,
  ]);
  return table([['id', '', 'level', 'pack', 'title'], ...rows]);
}
