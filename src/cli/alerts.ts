import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import type { Client } from '../client/index.ts';
import { type AlertChange, AlertFilter, AlertStatus, Verdict } from '../contracts/alert.ts';
import { BudgetChange } from '../contracts/alert-routes.ts';
import { RuleLevel } from '../contracts/index.ts';
import { alertsCommandErrors } from './alerts-errors.ts';
import { alertTable, alertText, budgetTable, ruleStatisticsTable } from './alerts-text.ts';
import { count } from './figures.ts';
import { progressLine } from './progress-line.ts';
import { withClient } from './session.ts';

interface FilterOptions {
  readonly status?: string;
  readonly severity?: string;
  readonly rule?: string;
  readonly entity?: string;
  readonly assignee?: string;
  readonly unassigned?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly title?: string;
}

interface ListOptions extends FilterOptions {
  readonly sort?: 'score' | 'last_seen';
  readonly limit?: string;
  readonly cursor?: string;
  readonly json?: boolean;
}

/** `tyrian alerts`: the queue, and what people do with it. */
export function alertsCommand(): Command {
  const alerts = new Command('alerts').description('the queue of alerts');
  withFilter(alerts.command('list', { isDefault: true }))
    .description('alerts, highest score first')
    .option('--sort <order>', 'score or last_seen', 'score')
    .option('--limit <count>', 'at most so many', '50')
    .option('--cursor <cursor>', 'go on where a list ended')
    .option('--json', 'print JSON')
    .action(list);
  alerts
    .command('show')
    .description('one alert with its score explained, its detections and its history')
    .argument('<id>')
    .option('--json', 'print JSON')
    .action(async (id: string, options: { readonly json?: boolean }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const alert = await client.alert({ params: { id } }, { signal });
        console.log(options.json === true ? JSON.stringify(alert) : alertText(alert));
      });
    });
  alerts
    .command('export')
    .description(
      'one alert as a file of JSON lines: detections, events with their raw records, SHA-256 of each',
    )
    .argument('<id>')
    .option('--out <file>', 'write there; to the terminal unless said')
    .action(async (id: string, { out }: { readonly out?: string }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const text = await client.alertEvidence({ params: { id } }, { signal });
        if (out === undefined) process.stdout.write(text);
        else writeFileSync(out, text, { flag: 'wx', mode: 0o600 });
      });
    });
  addChanges(alerts);
  addRules(alerts);
  return alerts;
}

/** How noisy rules are, and how many alerts they may open. */
function addRules(alerts: Command): void {
  alerts
    .command('rules')
    .description('rules by their detections, with the alerts that these became')
    .option('--limit <count>', 'at most so many', '50')
    .option('--cursor <cursor>', 'go on where a list ended')
    .option('--json', 'print JSON')
    .action(async ({ limit, cursor, json }: RulesOptions, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const query = { limit, ...(cursor === undefined ? {} : { cursor }) };
        const page = await client.alertRules({ query }, { signal });
        if (json === true) console.log(JSON.stringify(page));
        else if (page.rules.length === 0) console.log('No rule has hit anything yet.');
        else console.log(ruleStatisticsTable(page.rules));
        if (json !== true && page.next !== null) console.log(`There are more: --cursor ${page.next}`);
      });
    });
  alerts
    .command('budget')
    .description('how many alerts an hour a rule may open before one summary alert takes the rest')
    .argument('[rule]', 'id of a rule, or "all"')
    .argument('[count]', 'alerts an hour, or "usual"')
    .option('--json', 'print JSON')
    .action(
      async (rule: string | undefined, text: string | undefined, options: JsonOption, command: Command) => {
        const body = rule === undefined ? undefined : budgetOf(rule, text);
        await withClient(command, async (client, { signal }) => {
          const budgets =
            body === undefined
              ? await client.alertBudgets({}, { signal })
              : await client.setAlertBudget({ body }, { signal });
          console.log(options.json === true ? JSON.stringify(budgets) : budgetTable(budgets));
        });
      },
    );
}

interface JsonOption {
  readonly json?: boolean;
}

interface RulesOptions extends JsonOption {
  readonly limit: string;
  readonly cursor?: string;
}

function budgetOf(rule: string, text = '') {
  const parsed = BudgetChange.safeParse({
    rule: rule === 'all' ? null : rule,
    alerts_an_hour: text === 'usual' ? null : Number(text),
  });
  if (parsed.success && text !== '') return parsed.data;
  throw alertsCommandErrors.make('alerts', 'A budget is a whole number of alerts an hour, or "usual"');
}

function addChanges(alerts: Command): void {
  withFilter(alerts.command('assign'))
    .description('give alerts to a person, by id or by filter; `nobody` takes them back')
    .argument('<person>')
    .argument('[ids...]')
    .option('--json', 'print JSON')
    .action(async (person: string, ids: readonly string[], options: ChangeOptions, command: Command) => {
      const assignee = person === 'nobody' ? null : person;
      await change(command, { ids, options }, { kind: 'assigned', assignee });
    });
  withFilter(alerts.command('close'))
    .description('close alerts, by id or by filter')
    .argument('[ids...]')
    .requiredOption('--verdict <verdict>', Verdict.options.join(', '))
    .option('--note <text>', 'why')
    .option('--json', 'print JSON')
    .action(async (ids: readonly string[], options: CloseOptions, command: Command) => {
      const verdict = oneOf(Verdict.options, options.verdict, 'verdict');
      await change(
        command,
        { ids, options },
        { kind: 'status', status: 'closed', verdict, ...noteOf(options) },
      );
    });
  alerts
    .command('reopen')
    .description('open closed alerts again')
    .argument('<ids...>')
    .option('--note <text>', 'why')
    .option('--json', 'print JSON')
    .action(async (ids: readonly string[], options: ReopenOptions, command: Command) => {
      await change(command, { ids, options }, { kind: 'status', status: 'in_progress', ...noteOf(options) });
    });
  alerts
    .command('undo')
    .description('take a change of many alerts back, but for those that somebody changed since')
    .argument('<bulk>', 'as the change told it')
    .option('--json', 'print JSON')
    .action(async (bulk: string, { json }: JsonOption, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const done = await undoAll(client, bulk, signal);
        const told = `${count(done.undone)} alerts are as before, ${count(done.refused)} were changed since and stay.`;
        console.log(json === true ? JSON.stringify(done) : told);
      });
    });
  alerts
    .command('comment')
    .description('add a comment to an alert')
    .argument('<id>')
    .argument('<text...>')
    .option('--json', 'print JSON')
    .action(async (id: string, words: readonly string[], options: ChangeOptions, command: Command) => {
      await change(command, { ids: [id], options }, { kind: 'commented', note: words.join(' ') });
    });
}

interface ChangeOptions extends FilterOptions {
  readonly json?: boolean;
}

interface ReopenOptions extends ChangeOptions {
  readonly note?: string;
}

interface CloseOptions extends ChangeOptions {
  readonly verdict: string;
  readonly note?: string;
}

const noteOf = ({ note }: { readonly note?: string }) => (note === undefined ? {} : { note });

function withFilter(command: Command): Command {
  return command
    .option('--status <statuses>', `comma-separated, of ${AlertStatus.options.join(', ')}`)
    .option('--severity <severities>', `comma-separated, of ${RuleLevel.options.join(', ')}`)
    .option('--rule <id>', 'of one rule')
    .option('--entity <kind:value>', 'about one entity: host:dc01')
    .option('--assignee <person>', 'of one person')
    .option('--unassigned', 'that nobody has')
    .option('--from <time>', 'last seen since, ISO time')
    .option('--to <time>', 'last seen before, ISO time')
    .option('--title <text>', 'whose title begins so');
}

async function list(options: ListOptions, command: Command): Promise<void> {
  const { unassigned, json, sort, limit, cursor, ...filter } = options;
  const page = {
    ...(sort === undefined ? {} : { sort }),
    ...(limit === undefined ? {} : { limit }),
    ...(cursor === undefined ? {} : { cursor }),
  };
  const query = { ...filter, ...(unassigned === true ? { assignee: '' } : {}), ...page };
  await withClient(command, async (client, { signal }) => {
    const { alerts, next } = await client.alerts({ query }, { signal });
    if (json === true) console.log(JSON.stringify({ alerts, next }));
    else if (alerts.length === 0) console.log('No alerts.');
    else console.log(alertTable(alerts));
    if (json !== true && next !== null) console.log(`There are more: --cursor ${next}`);
  });
}

interface Which {
  readonly ids: readonly string[];
  readonly options: ChangeOptions;
}

async function change(command: Command, { ids, options }: Which, what: AlertChange): Promise<void> {
  const filter = filterOf(options);
  const isFiltered = Object.keys(filter).length > 0;
  if (isFiltered === ids.length > 0)
    throw alertsCommandErrors.make(
      'alerts',
      'Name alerts by id, or by --status, --rule and the like; not both',
    );
  await withClient(command, async (client, { signal }) => {
    const [id] = ids;
    if (id !== undefined && ids.length === 1) {
      const alert = await client.changeAlert({ params: { id }, body: { change: what } }, { signal });
      console.log(options.json === true ? JSON.stringify(alert) : alertTable([alert]));
      return;
    }
    const done = await changeAll(client, isFiltered ? { filter } : { ids: [...ids] }, what, signal);
    if (options.json === true) console.log(JSON.stringify(done));
    else
      console.log(`${count(done.changed)} alerts changed. To take it back: tyrian alerts undo ${done.bulk}`);
  });
}

/** Call after call until the end, telling how far it is; stopping keeps what was done. */
async function changeAll(
  client: Client,
  which: { readonly filter: AlertFilter } | { readonly ids: string[] },
  what: AlertChange,
  signal: AbortSignal,
): Promise<{ readonly changed: number; readonly bulk: string }> {
  const line = progressLine();
  let changed = 0;
  let place: { readonly cursor?: string; readonly bulk?: string } = {};
  for (;;) {
    const done = await client.changeAlerts({ body: { change: what, ...which, ...place } }, { signal });
    changed += done.changed;
    line.show(`${count(changed)} alerts changed; tyrian alerts undo ${done.bulk} takes them back`);
    if (done.next === null) {
      line.end();
      return { changed, bulk: done.bulk };
    }
    place = { cursor: done.next, bulk: done.bulk };
  }
}

/** As `changeAll`, back to what was before. */
async function undoAll(client: Client, undone: string, signal: AbortSignal) {
  const line = progressLine();
  const sum = { undone: 0, refused: 0 };
  let place: { readonly cursor?: string; readonly bulk?: string } = {};
  for (;;) {
    const done = await client.undoAlertChanges({ params: { bulk: undone }, body: place }, { signal });
    sum.undone += done.undone;
    sum.refused += done.refused;
    line.show(`${count(sum.undone)} alerts as before`);
    if (done.next === null) {
      line.end();
      return { ...sum, bulk: done.bulk };
    }
    place = { cursor: done.next, bulk: done.bulk };
  }
}

function filterOf(options: FilterOptions): AlertFilter {
  const { status, severity, entity, unassigned, assignee, rule, from, to, title } = options;
  const parsed = AlertFilter.safeParse({
    ...given({ rule, from, to, title, assignee }),
    ...(status === undefined ? {} : { status: status.split(',') }),
    ...(severity === undefined ? {} : { severity: severity.split(',') }),
    ...(entity === undefined ? {} : { entity: entityOf(entity) }),
    ...(unassigned === true ? { assignee: null } : {}),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw alertsCommandErrors.make(
    'alerts',
    `--${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is wrong'}`,
  );
}

const given = (values: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(values).filter(([, text]) => text !== undefined));

function entityOf(text: string) {
  const colon = text.indexOf(':');
  return { kind: text.slice(0, colon), value: text.slice(colon + 1) };
}

function oneOf<T extends string>(known: readonly T[], text: string, name: string): T {
  const found = known.find((each) => each === text);
  if (found !== undefined) return found;
  throw alertsCommandErrors.make('alerts', `There is no ${name} '${text}'; there are ${known.join(', ')}`);
}
