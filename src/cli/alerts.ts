import { Command } from 'commander';
import type { Client } from '../client/index.ts';
import { type AlertChange, AlertFilter, AlertStatus, Verdict } from '../contracts/alert.ts';
import { RuleLevel } from '../contracts/index.ts';
import { alertsCommandErrors } from './alerts-errors.ts';
import { alertTable, alertText } from './alerts-text.ts';
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
  addChanges(alerts);
  return alerts;
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
    const changed = await changeAll(client, isFiltered ? { filter } : { ids: [...ids] }, what, signal);
    console.log(options.json === true ? JSON.stringify({ changed }) : `${count(changed)} alerts changed.`);
  });
}

/** Call after call until the end, telling how far it is; stopping keeps what was done. Gives how many were changed. */
async function changeAll(
  client: Client,
  which: { readonly filter: AlertFilter } | { readonly ids: string[] },
  what: AlertChange,
  signal: AbortSignal,
): Promise<number> {
  const line = progressLine();
  let changed = 0;
  let cursor: string | null | undefined;
  do {
    const body = { change: what, ...which, ...(typeof cursor === 'string' ? { cursor } : {}) };
    const done = await client.changeAlerts({ body }, { signal });
    changed += done.changed;
    cursor = done.next;
    line.show(`${count(changed)} alerts changed`);
  } while (cursor !== null);
  line.end();
  return changed;
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
