import { Command } from 'commander';
import { AlertStatus } from '../contracts/alert.ts';
import { type CaseChange, CaseChange as CaseChangeSchema, CaseQuery } from '../contracts/case-routes.ts';
import { alertsCommandErrors } from './alerts-errors.ts';
import { caseTable, caseText } from './cases-text.ts';
import { withClient } from './session.ts';

interface JsonOption {
  readonly json?: boolean;
}

interface ListOptions extends JsonOption {
  readonly status?: string;
  readonly assignee?: string;
  readonly unassigned?: boolean;
  readonly limit: string;
  readonly cursor?: string;
}

interface NoteOption extends JsonOption {
  readonly note?: string;
}

/** `tyrian cases`: alerts that belong together, and what people do with them. */
export function casesCommand(): Command {
  const cases = new Command('cases').description('alerts that belong together');
  cases
    .command('list', { isDefault: true })
    .description('cases, those with the newest alerts first')
    .option('--status <status>', AlertStatus.options.join(', '))
    .option('--assignee <person>', 'of one person')
    .option('--unassigned', 'that nobody has')
    .option('--limit <count>', 'at most so many', '50')
    .option('--cursor <cursor>', 'go on where a list ended')
    .option('--json', 'print JSON')
    .action(list);
  cases
    .command('show')
    .description('one case with its alerts, why each is in it, and its history')
    .argument('<id>')
    .option('--json', 'print JSON')
    .action(async (id: string, { json }: JsonOption, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const found = await client.case({ params: { id } }, { signal });
        console.log(json === true ? JSON.stringify(found) : caseText(found));
      });
    });
  addChanges(cases);
  return cases;
}

function addChanges(cases: Command): void {
  cases
    .command('status')
    .description('set the status of a case')
    .argument('<id>')
    .argument('<status>', AlertStatus.options.join(', '))
    .option('--note <text>', 'why')
    .option('--json', 'print JSON')
    .action(async (id: string, status: string, options: NoteOption, command: Command) => {
      const note = options.note === undefined ? {} : { note: options.note };
      await change(command, id, { kind: 'status', status, ...note }, options);
    });
  cases
    .command('assign')
    .description('give a case to a person; `nobody` takes it back')
    .argument('<person>')
    .argument('<id>')
    .option('--json', 'print JSON')
    .action(async (person: string, id: string, options: JsonOption, command: Command) => {
      await change(command, id, { kind: 'assigned', assignee: person === 'nobody' ? null : person }, options);
    });
  cases
    .command('comment')
    .description('add a comment to a case')
    .argument('<id>')
    .argument('<text...>')
    .option('--json', 'print JSON')
    .action(async (id: string, words: readonly string[], options: JsonOption, command: Command) => {
      await change(command, id, { kind: 'commented', note: words.join(' ') }, options);
    });
  cases
    .command('split')
    .description('alerts leave a case for one of their own')
    .argument('<id>')
    .argument('<alerts...>')
    .requiredOption('--note <text>', 'why')
    .option('--json', 'print JSON')
    .action(async (id: string, alerts: readonly string[], options: NoteOption, command: Command) => {
      await change(command, id, { kind: 'split', alerts, note: options.note }, options);
    });
  cases
    .command('merge')
    .description('the alerts of other cases come into this one')
    .argument('<id>')
    .argument('<cases...>')
    .requiredOption('--note <text>', 'why')
    .option('--json', 'print JSON')
    .action(async (id: string, others: readonly string[], options: NoteOption, command: Command) => {
      await change(command, id, { kind: 'merged', cases: others, note: options.note }, options);
    });
}

async function list(options: ListOptions, command: Command): Promise<void> {
  const { unassigned, json, status, assignee, limit, cursor } = options;
  const known = CaseQuery.shape.status.safeParse(status);
  if (status !== undefined && !known.success)
    throw alertsCommandErrors.make('alerts', `There is no status '${status}'`);
  const whose = unassigned === true ? '' : assignee;
  const query = {
    ...{ limit },
    ...(known.data === undefined ? {} : { status: known.data }),
    ...(whose === undefined ? {} : { assignee: whose }),
    ...(cursor === undefined ? {} : { cursor }),
  };
  await withClient(command, async (client, { signal }) => {
    const { cases, next } = await client.cases({ query }, { signal });
    if (json === true) console.log(JSON.stringify({ cases, next }));
    else console.log(cases.length === 0 ? 'No cases.' : caseTable(cases));
    if (json !== true && next !== null) console.log(`There are more: --cursor ${next}`);
  });
}

async function change(command: Command, id: string, what: unknown, { json }: JsonOption): Promise<void> {
  const wanted = checked(what);
  await withClient(command, async (client, { signal }) => {
    const done = await client.changeCase({ params: { id }, body: { change: wanted } }, { signal });
    const rows = done.other === null ? [done.case] : [done.case, done.other];
    console.log(json === true ? JSON.stringify(done) : caseTable(rows));
  });
}

/** A change as the words make it. Throws `cli.alerts`. */
function checked(what: unknown): CaseChange {
  const parsed = CaseChangeSchema.safeParse(what);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw alertsCommandErrors.make('alerts', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is wrong'}`);
}
