import { Command } from 'commander';
import { RuleLevel, type RuleView } from '../contracts/index.ts';
import { runRuleTests } from '../rules/index.ts';
import { cliErrors } from './errors.ts';
import { firstLines, longTable } from './figures.ts';
import { backfillCommand } from './hunt-backfill.ts';
import { printable, printableLines } from './printable.ts';
import { checkCommand, faultLines } from './rules-check.ts';
import { packCommands } from './rules-packs.ts';
import { withClient } from './session.ts';

/** `tyrian rules`: which rules are loaded and in force; looks at rule files and runs the tests that they bring along. */
export function rulesCommand(setExitCode: (code: number) => void): Command {
  const rules = new Command('rules').description('detection rules: what is loaded, in force, sound');
  rules
    .command('list', { isDefault: true })
    .description('the loaded rules, and what is wrong with rule files')
    .option('--pack <name>', 'of one pack')
    .option('--json', 'print JSON: all of them')
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
          for (const line of faultLines(page.diagnostics)) console.error(line);
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
      .option('--json', 'print JSON')
      .action(async (id: string, { json }: { readonly json?: boolean }, command: Command) => {
        await withClient(command, async (client, { signal }) => {
          const rule = await client.setRule({ params: { id }, body: { enabled } }, { signal });
          const told = `"${printable(rule.title)}" is ${rule.enabled ? 'on' : 'off'}.`;
          console.log(json === true ? JSON.stringify(rule) : told);
        });
      });
  }
  rules
    .command('level')
    .description('set the level of a rule for this tenant')
    .argument('<id>')
    .argument('<level>', `${RuleLevel.options.join(', ')}, or "own" for the rule's own`)
    .option('--json', 'print JSON')
    .action(async (id: string, text: string, { json }: { readonly json?: boolean }, command: Command) => {
      const level = text === 'own' ? null : RuleLevel.safeParse(text).data;
      if (level === undefined)
        throw cliErrors.make(
          'level',
          `There is no level '${text}'; there are ${RuleLevel.options.join(', ')}`,
        );
      await withClient(command, async (client, { signal }) => {
        const rule = await client.setRule({ params: { id }, body: { level } }, { signal });
        const told = `"${printable(rule.title)}" is ${rule.level}.`;
        console.log(json === true ? JSON.stringify(rule) : told);
      });
    });
  rules.addCommand(checkCommand(setExitCode));
  rules
    .command('test')
    .description('run the tests beside rules (NAME.tests.yml): events that match, events that do not')
    .argument('<path>', 'a folder of rules')
    .option('--json', 'print JSON')
    .action((path: string, { json }: { readonly json?: boolean }) => {
      const { results, untested } = runRuleTests(path);
      const failed = results.filter(({ problem }) => problem !== undefined);
      if (failed.length > 0) setExitCode(1);
      if (json === true) {
        const told = results.map(({ problem = null, ...test }) => ({ ...test, problem }));
        console.log(JSON.stringify({ results: told, untested }));
        return;
      }
      const problems = failed.map(({ file, name, problem }) => printable(`${file}: ${name}: ${problem}`));
      const without = untested.map((title) => printable(`no tests: ${title}`));
      const total = `${results.length - failed.length} passed, ${failed.length} failed, ${untested.length} rules without tests.`;
      console.log([...firstLines(problems), ...firstLines(without), total].join('\n'));
    });
  for (const command of packCommands()) rules.addCommand(command);
  rules.addCommand(backfillCommand());
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
  return longTable(['id', '', 'level', 'pack', 'title'], rows);
}
