import { Command } from 'commander';
import {
  type ExceptionPreview,
  ExceptionState,
  type ExceptionView,
  maxExceptionDays,
} from '../contracts/exception-routes.ts';
import { conditionHelp, conditionText, scopeOf } from './exception-scope.ts';
import { exceptionsCommandErrors } from './exceptions-errors.ts';
import { count, longTable, table } from './figures.ts';
import { printable } from './printable.ts';
import { withClient } from './session.ts';

interface ScopeOptions {
  readonly rule: string;
  readonly when: readonly string[];
  readonly json?: boolean;
}

interface AddOptions extends ScopeOptions {
  readonly reason: string;
  readonly expires: string;
  readonly owner?: string;
}

interface ListOptions {
  readonly state?: string;
  readonly rule?: string;
  readonly limit: string;
  readonly cursor?: string;
  readonly json?: boolean;
}

/** `tyrian exceptions`: what makes no alert, until when, and who answers for it. */
export function exceptionsCommand(): Command {
  const exceptions = new Command('exceptions').description('detections that make no alert, and why');
  exceptions
    .command('list', { isDefault: true })
    .description('exceptions, newest first')
    .option('--state <state>', ExceptionState.options.join(', '))
    .option('--rule <id>', 'of one rule')
    .option('--limit <count>', 'at most so many', '50')
    .option('--cursor <cursor>', 'go on where a list ended')
    .option('--json', 'print JSON')
    .action(list);
  exceptions
    .command('show')
    .description('one exception with the last detections that it covered')
    .argument('<id>')
    .option('--json', 'print JSON')
    .action(async (id: string, { json }: { readonly json?: boolean }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const { detections, ...exception } = await client.exception({ params: { id } }, { signal });
        if (json === true) console.log(JSON.stringify({ ...exception, detections }));
        else console.log([exceptionText(exception), ...detectionLines(detections)].join('\n'));
      });
    });
  withScope(exceptions.command('preview'))
    .description('what an exception would have hidden in the last 30 days; adds nothing')
    .action(preview);
  withScope(exceptions.command('add'))
    .description('add an exception, for detections from then on; try it with `preview` first')
    .requiredOption('--reason <text>', 'why')
    .requiredOption('--expires <when>', `30d, 12h, or an ISO time; at most ${maxExceptionDays} days ahead`)
    .option('--owner <person>', 'who answers for it; you unless said')
    .action(add);
  exceptions
    .command('end')
    .description('end an exception before it expires')
    .argument('<id>')
    .option('--json', 'print JSON')
    .action(async (id: string, { json }: { readonly json?: boolean }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const ended = await client.endException({ params: { id } }, { signal });
        console.log(json === true ? JSON.stringify(ended) : exceptionText(ended));
      });
    });
  return exceptions;
}

function withScope(command: Command): Command {
  return command
    .requiredOption('--rule <id>', 'of one rule, or "any"')
    .requiredOption('--when <condition...>', `what must hold, all of it: ${conditionHelp}`)
    .option('--json', 'print JSON');
}

async function list(options: ListOptions, command: Command): Promise<void> {
  const { state, rule, limit, cursor, json } = options;
  const known = state === undefined ? undefined : ExceptionState.safeParse(state).data;
  if (state !== undefined && known === undefined)
    throw exceptionsCommandErrors.make('exception', `There is no state '${state}'`);
  const query = {
    ...{ limit },
    ...(known === undefined ? {} : { state: known }),
    ...(rule === undefined ? {} : { rule }),
    ...(cursor === undefined ? {} : { cursor }),
  };
  await withClient(command, async (client, { signal }) => {
    const { exceptions, next } = await client.exceptions({ query }, { signal });
    if (json === true) console.log(JSON.stringify({ exceptions, next }));
    else if (exceptions.length === 0) console.log('No exceptions.');
    else console.log(exceptionTable(exceptions));
    if (json !== true && next !== null) console.log(`There are more: --cursor ${next}`);
  });
}

async function preview({ rule, when, json }: ScopeOptions, command: Command): Promise<void> {
  const body = scopeOf(rule, when);
  await withClient(command, async (client, { signal }) => {
    const found = await client.previewException(
      { body: { rule: body.rule, conditions: [...body.conditions] } },
      { signal },
    );
    console.log(json === true ? JSON.stringify(found) : previewText(found));
  });
}

async function add(options: AddOptions, command: Command): Promise<void> {
  const { rule, conditions } = scopeOf(options.rule, options.when);
  const body = {
    ...{ rule, conditions: [...conditions], reason: options.reason },
    expires_at: timeOf(options.expires, Date.now()),
    ...(options.owner === undefined ? {} : { owner: options.owner }),
  };
  await withClient(command, async (client, { signal }) => {
    const added = await client.addException({ body }, { signal });
    console.log(options.json === true ? JSON.stringify(added) : exceptionText(added));
  });
}

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, d: 24 * 3_600_000 };

/** `30d`, `12h` from now on, or an ISO time. */
function timeOf(text: string, now: number): string {
  const [, amount, unit = ''] = /^(\d{1,5})([hd])$/.exec(text) ?? [];
  const at = amount === undefined ? Date.parse(text) : now + Number(amount) * (unitMs[unit] ?? 0);
  if (Number.isFinite(at)) return new Date(at).toISOString();
  throw exceptionsCommandErrors.make('exception', `'${text}' is no time: write 30d, 12h or an ISO time`);
}

const when = (time: string) => time.slice(0, 16).replace('T', ' ');
const scopeText = ({ rule, conditions }: Pick<ExceptionView, 'rule' | 'conditions'>) =>
  printable(`${rule ?? 'any rule'}, when ${conditions.map(conditionText).join(' and ')}`);

function exceptionTable(exceptions: readonly ExceptionView[]): string {
  const rows = exceptions.map((each) => [
    each.id,
    each.state.replace('_', ' '),
    when(each.expires_at),
    printable(each.owner),
    count(each.hits),
    scopeText(each),
    printable(each.reason),
  ]);
  return table([['id', 'state', 'expires', 'owner', 'hits', 'covers', 'reason'], ...rows]);
}

function exceptionText(exception: ExceptionView): string {
  const { id, state, owner, created_by, created_at, expires_at, ended_by, ended_at, hits } = exception;
  return [
    `${id}  ${state.replace('_', ' ')}`,
    `Covers ${scopeText(exception)}`,
    `"${printable(exception.reason)}", ${printable(owner)} answers for it`,
    `Added ${when(created_at)} by ${printable(created_by)}, expires ${when(expires_at)}`,
    ...(ended_at === null ? [] : [`Ended ${when(ended_at)} by ${printable(ended_by ?? '')}`]),
    `${count(hits)} detections covered`,
  ].join('\n');
}

function previewText(found: ExceptionPreview): string {
  const { covered, looked_at, alerts_hidden, alerts_reduced, rules, days, sample, complete, from, to } =
    found;
  return [
    `${when(from)} to ${when(to)}: ${count(covered)} of ${count(looked_at)} detections would have been covered,`,
    `${count(alerts_hidden)} alerts would not have opened, ${count(alerts_reduced)} would be smaller.`,
    ...(complete ? [] : ['There are more detections before that; only the newest were looked at.']),
    ...(rules.length === 0
      ? []
      : [
          longTable(
            ['rule', 'level', 'covered', 'of', 'title'],
            rules.map((rule) => [rule.rule, rule.level, count(rule.covered), count(rule.of), rule.title]),
          ),
        ]),
    ...(days.length === 0
      ? []
      : [table([['day', 'covered'], ...days.map((each) => [each.day, count(each.covered)])])]),
    ...detectionLines(sample),
  ].join('\n');
}

function detectionLines(detections: ExceptionPreview['sample']): readonly string[] {
  if (detections.length === 0) return [];
  const lines = detections.map(({ rule, entity, event, matched }) => {
    const fields = matched.map(({ field, value }) => `${printable(field)}=${printable(value)}`).join(' ');
    const about = `${entity.kind} ${printable(entity.value)}`;
    return `  ${when(event.time ?? event.received_at)}  ${printable(rule.title)} (${about})  ${fields}`;
  });
  return ['The last ones', ...lines];
}
