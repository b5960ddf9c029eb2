import { Command } from 'commander';
import { RuleLevel } from '../contracts/index.ts';
import {
  BodyFormat,
  type ChannelListed,
  ChannelRequest,
  type ChannelView,
  DeliveryId,
  DeliveryState,
  type DeliveryView,
  type DeliveryWhole,
} from '../contracts/notice-routes.ts';
import { notifyErrors } from './notify-errors.ts';
import { printable, printableLines } from './printable.ts';
import { withClient } from './session.ts';

interface AddOptions {
  readonly webhook?: string;
  readonly secret?: string;
  readonly format?: string;
  readonly email?: string;
  readonly minSeverity: string;
  readonly kinds?: string;
  readonly disabled?: boolean;
  readonly json?: boolean;
}

/** `tyrian notify`: who is told what, over which channels, and what became of it. */
export function notifyCommand(setExitCode: (code: number) => void): Command {
  const notify = new Command('notify').description('who is told of alerts and faults, and how');
  notify
    .command('add')
    .description('add a channel, or replace the one of that name')
    .argument('<name>', 'name of the channel')
    .option('--webhook <url>', 'send signed bodies to this URL (Standard Webhooks)')
    .option('--format <format>', `body of a webhook: ${BodyFormat.options.join(', ')}; json unless said`)
    .option('--secret <secret>', 'whsec_… to sign with; one is made and shown once if a new channel has none')
    .option('--email <addresses>', 'send mail to these addresses, comma-separated')
    .option(
      '--min-severity <level>',
      `only this severe or more: ${RuleLevel.options.join(', ')}`,
      'informational',
    )
    .option('--kinds <kinds>', 'only these kinds, comma-separated: alert.*, source.silent')
    .option('--disabled', 'declared, but not used')
    .option('--json', 'print JSON')
    .action(async (name: string, options: AddOptions, command: Command) => {
      const body = requestOf(name, options);
      await withClient(command, async (client, { signal }) => {
        const set = await client.setChannel({ body }, { signal });
        if (options.json === true) {
          console.log(JSON.stringify(set));
          return;
        }
        const { channel, secret } = set;
        console.log(channelLine(channel));
        if (secret !== undefined) console.log(`Secret to check signatures with (shown this once): ${secret}`);
      });
    });
  notify
    .command('list', { isDefault: true })
    .description('the channels, without their secrets')
    .option('--json', 'print JSON')
    .action(async (options: { readonly json?: boolean }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const { channels } = await client.channels({}, { signal });
        if (options.json === true) console.log(JSON.stringify(channels));
        else
          console.log(
            channels.length === 0 ? 'No channels: nobody is told.' : channels.map(listedLine).join('\n'),
          );
      });
    });
  notify
    .command('remove')
    .description('remove a channel; what waits for it is given up')
    .argument('<name>', 'name of the channel')
    .option('--json', 'print JSON')
    .action(async (name: string, { json }: { readonly json?: boolean }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const removed = await client.removeChannel({ params: { name } }, { signal });
        console.log(json === true ? JSON.stringify(removed) : `The channel ${name} is removed.`);
      });
    });
  notify
    .command('test')
    .description('send a test notice over a channel, at once')
    .argument('<name>', 'name of the channel')
    .option('--json', 'print JSON')
    .action(async (name: string, { json }: { readonly json?: boolean }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const tested = await client.testChannel({ params: { name } }, { signal });
        const { delivered, code, status, why } = tested;
        if (!delivered) setExitCode(1);
        if (json === true) {
          console.log(JSON.stringify(tested));
          return;
        }
        const answer = [code ?? [], status === null ? [] : `answer ${status}`].flat().join(', ');
        console.log(`${delivered ? 'Delivered' : 'Not delivered'}${answer === '' ? '' : ` (${answer})`}.`);
        if (why !== null) console.log(printableLines(why));
      });
    });
  for (const command of [deliveriesCommand(), replayCommand()]) notify.addCommand(command);
  return notify;
}

interface DeliveriesOptions {
  readonly state?: string;
  readonly channel?: string;
  readonly limit: string;
  readonly json?: boolean;
}

function deliveriesCommand(): Command {
  return new Command('deliveries')
    .description('what became of notices, newest first; of one, the receipts of its attempts')
    .argument('[id]', 'one delivery: msg_….channel')
    .option('--state <state>', DeliveryState.options.join(', '))
    .option('--channel <name>', 'of one channel')
    .option('--limit <count>', 'at most this many', '50')
    .option('--json', 'print JSON')
    .action(async (id: string | undefined, options: DeliveriesOptions, command: Command) => {
      const { state, channel, limit, json } = options;
      if (id !== undefined) {
        const params = { id: idOf(id) };
        await withClient(command, async (client, { signal }) => {
          const delivery = await client.delivery({ params }, { signal });
          console.log(json === true ? JSON.stringify(delivery) : receiptLines(delivery).join('\n'));
        });
        return;
      }
      const query = {
        limit,
        ...(state === undefined ? {} : { state: stateOf(state) }),
        ...(channel === undefined ? {} : { channel }),
      };
      await withClient(command, async (client, { signal }) => {
        const { deliveries, next } = await client.deliveries({ query }, { signal });
        if (json === true) console.log(JSON.stringify(deliveries));
        else if (deliveries.length === 0) console.log('No such deliveries.');
        else for (const delivery of deliveries) console.log(deliveryLine(delivery));
        if (next !== null && json !== true)
          console.log('There are more; see --limit, --state and --channel.');
      });
    });
}

interface ReplayOptions {
  readonly channel?: string;
  readonly notice?: string;
  readonly json?: boolean;
}

function replayCommand(): Command {
  return new Command('replay')
    .description('try dead deliveries again')
    .argument('[id]', 'one delivery: msg_….channel; without it all that the options name')
    .option('--channel <name>', 'of one channel')
    .option('--notice <id>', 'of one notice')
    .option('--json', 'print JSON')
    .action(async (id: string | undefined, { channel, notice, json }: ReplayOptions, command: Command) => {
      if (id !== undefined) {
        const params = { id: idOf(id) };
        await withClient(command, async (client, { signal }) => {
          const delivery = await client.replayDelivery({ params }, { signal });
          console.log(json === true ? JSON.stringify(delivery) : deliveryLine(delivery));
        });
        return;
      }
      const body = {
        ...(channel === undefined ? {} : { channel }),
        ...(notice === undefined ? {} : { notice_id: notice }),
      };
      await withClient(command, async (client, { signal }) => {
        const answer = await client.replayDeliveries({ body }, { signal });
        const { replayed, remaining } = answer;
        const told = `${replayed} deliveries begin anew${remaining === 0 ? '' : `; ${remaining} more are dead`}.`;
        console.log(json === true ? JSON.stringify(answer) : told);
      });
    });
}

function requestOf(name: string, options: AddOptions): ChannelRequest {
  const { webhook, secret, format, email, minSeverity, kinds, disabled } = options;
  if ((webhook === undefined) === (email === undefined))
    throw notifyErrors.make('channel', 'A channel needs either --webhook or --email');
  const request = ChannelRequest.safeParse({
    name,
    min_severity: minSeverity,
    kinds: listOf(kinds ?? ''),
    enabled: disabled !== true,
    ...(email === undefined
      ? { kind: 'webhook', url: webhook, ...(secret === undefined ? {} : { secret }) }
      : { kind: 'email', to: listOf(email) }),
    ...(format === undefined ? {} : { format }),
  });
  if (request.success) return request.data;
  const problems = request.error.issues.map(({ path, message }) =>
    [path.join('.') || [], message].flat().join(': '),
  );
  throw notifyErrors.make('channel', `The channel can not be made: ${problems.join('; ')}`);
}

const listOf = (text: string) => text.split(',').flatMap((part) => part.trim() || []);

function stateOf(text: string): DeliveryState {
  const state = DeliveryState.safeParse(text);
  if (state.success) return state.data;
  throw notifyErrors.make(
    'channel',
    `There is no state '${text}'; there are ${DeliveryState.options.join(', ')}`,
  );
}

function idOf(text: string): string {
  const id = DeliveryId.safeParse(text);
  if (id.success) return id.data;
  throw notifyErrors.make('channel', `'${text}' names no delivery; tyrian notify deliveries shows them`);
}

function listedLine(channel: ChannelListed): string {
  const { state, failures, until } = channel.circuit;
  const failed = `${failures} failures in a row`;
  if (state === 'open') return `${channelLine(channel)}  rests until ${until} after ${failed}`;
  return state === 'half_open'
    ? `${channelLine(channel)}  is tried again after ${failed}`
    : channelLine(channel);
}

function channelLine({ name, kind, target, format, min_severity, kinds, enabled }: ChannelView): string {
  const what = kinds.length === 0 ? 'all kinds' : kinds.join(',');
  return `${name}  ${[kind, format ?? []].flat().join('/')}  ${target}  ${min_severity}+  ${what}${enabled ? '' : '  disabled'}`;
}

function deliveryLine(delivery: DeliveryView): string {
  const { at, id, severity, subject, state, attempts, last_code, last_status } = delivery;
  const why = state === 'sent' ? '' : `  ${[last_code ?? [], last_status ?? []].flat().join(' ')}`;
  return `${at}  ${id}  ${state} (${attempts})  ${severity}  ${printable(subject)}${why}`.trimEnd();
}

function receiptLines(delivery: DeliveryWhole): readonly string[] {
  const { receipts, next_at } = delivery;
  return [
    deliveryLine(delivery),
    ...receipts.map(({ at, milliseconds, ok, status, code, error }) => {
      const told = [ok ? 'delivered' : 'failed', status ?? [], code ?? [], error ?? []].flat();
      return printable(`  ${at}  ${milliseconds} ms  ${told.join('  ')}`);
    }),
    ...(next_at === null ? [] : [`  ${next_at}  is tried next`]),
  ];
}
