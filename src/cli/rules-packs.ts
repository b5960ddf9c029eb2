import { Command, InvalidArgumentError } from 'commander';
import type { RulePackInstalled, RulePackView } from '../contracts/index.ts';
import { readPackSource } from '../rules/index.ts';
import { count, longTable } from './figures.ts';
import { printable } from './printable.ts';
import { faultLines } from './rules-check.ts';
import { withClient } from './session.ts';

interface InstallOptions {
  readonly name?: string;
  readonly title?: string;
  readonly license?: string;
  readonly author?: string;
  readonly source?: string;
  readonly placeholders?: string;
  readonly json?: boolean;
}

interface JsonOption {
  readonly json?: boolean;
}

/** `tyrian rules install, packs, rollback, uninstall`: packs that are kept in the data folder. */
export function packCommands(): readonly Command[] {
  return [installCommand(), listCommand(), rollBackCommand(), uninstallCommand()];
}

function installCommand(): Command {
  return new Command('install')
    .description('keep a pack of rules in the data folder and put it in force, or its next version')
    .argument('<path>', 'a folder, a file, or an archive: .tar, .tar.gz, .tgz')
    .option('--name <name>', "the pack's name; pack.yml or the name of the folder says it otherwise")
    .option('--title <text>', 'wins over pack.yml, like the next three')
    .option('--license <text>', 'SPDX id, carried on to each detection of rules that name none')
    .option('--author <text>', 'of rules that name none')
    .option('--source <text>', 'where the pack comes from')
    .option('--placeholders <file>', "the pack's placeholders.yml, values of `|expand`")
    .option('--json', 'print JSON')
    .action(async (path: string, options: InstallOptions, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const found = await readPackSource(path, { signal, placeholders: options.placeholders });
        const { name = found.name, title, license, author, source } = options;
        const said = Object.entries({ title, license, author, source }).filter(
          ([, value]) => value !== undefined,
        );
        const body = JSON.stringify({ ...Object.fromEntries(said), files: found.files });
        const installed = await client.installRulePack({ params: { name }, body }, { signal });
        console.log(options.json === true ? JSON.stringify(installed) : installedText(installed));
      });
    });
}

function installedText({ pack, changed, diagnostics }: RulePackInstalled): string {
  const { name, version, rules, filters, correlations, errors, warnings } = pack;
  const what = `${count(rules)} rules, ${count(filters)} filters, ${count(correlations)} correlations`;
  const told = changed
    ? `${name} ${version} is in force: ${what}.`
    : `${name} ${version} was in force already: ${what}.`;
  const faults = `${count(errors)} errors, ${count(warnings)} warnings; rules with an error are left out.`;
  return [...faultLines(diagnostics), printable(told), faults].join('\n');
}

function listCommand(): Command {
  return new Command('packs')
    .description('packs of rules: the own one, installed ones, those of folders')
    .option('--json', 'print JSON: with all versions that are kept')
    .action(async ({ json }: JsonOption, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const { packs } = await client.rulePacks({}, { signal });
        console.log(json === true ? JSON.stringify(packs) : packTable(packs));
      });
    });
}

function packTable(packs: readonly RulePackView[]): string {
  const header = [
    'pack',
    'version',
    'rules',
    'filters',
    'correlations',
    'errors',
    'license',
    'author',
    'source',
  ];
  const rows = packs.map((pack) => [
    pack.name,
    pack.version === null ? pack.origin : String(pack.version),
    ...[pack.rules, pack.filters, pack.correlations, pack.errors].map(count),
    ...[pack.license, pack.author, pack.source].map((text) => (text === '' ? '-' : text)),
  ]);
  return longTable(header, rows);
}

function rollBackCommand(): Command {
  return new Command('rollback')
    .description('put an earlier version of an installed pack in force again')
    .argument('<name>')
    .option('--to <version>', 'this version; the one before unless said', wholeNumber)
    .option('--json', 'print JSON')
    .action(async (name: string, options: JsonOption & { readonly to?: number }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const body = options.to === undefined ? {} : { version: options.to };
        const pack = await client.rollBackRulePack({ params: { name }, body }, { signal });
        const told = `${pack.name} ${pack.version} is in force: ${count(pack.rules)} rules.`;
        console.log(options.json === true ? JSON.stringify(pack) : told);
      });
    });
}

function uninstallCommand(): Command {
  return new Command('uninstall')
    .description('take an installed pack out, with all its versions')
    .argument('<name>')
    .option('--json', 'print JSON')
    .action(async (name: string, { json }: JsonOption, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const pack = await client.uninstallRulePack({ params: { name } }, { signal });
        console.log(
          json === true ? JSON.stringify(pack) : `${pack.name} is taken out: ${count(pack.rules)} rules.`,
        );
      });
    });
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a version is a whole number from 1');
}
