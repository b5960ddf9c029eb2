import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { ownVersion } from '../api/index.ts';
import { createClient } from '../client/index.ts';
import { type Config, TyrianError } from '../contracts/index.ts';
import { ChannelRequest, WebhookSecret } from '../contracts/notice-routes.ts';
import { createOutbound, type Outbound } from '../guard/index.ts';
import {
  createMailSender,
  createWatch,
  createWebhookSender,
  type Health,
  type Outcome,
} from '../respond/index.ts';
import { notifyErrors } from './notify-errors.ts';
import { printable } from './printable.ts';
import { configOf } from './session.ts';

interface WatchOptions {
  readonly webhook?: string;
  readonly secretVariable: string;
  readonly email?: string;
  readonly minutes: string;
  readonly every: string;
}

type Notice = Parameters<Parameters<typeof createWatch>[0]['tell']>[0];
type Tell = (notice: Notice, signal: AbortSignal) => Promise<Outcome>;

const probeMs = 10_000;
/** Characters. */
const maxWhy = 200;

/** `tyrian watch`: runs beside a Tyrian, better on another machine, and tells people when it stops answering. */
export function watchCommand(): Command {
  return new Command('watch')
    .description('tell people when the server at --url stops answering; run it on another machine')
    .option('--webhook <url>', 'send signed JSON to this URL (Standard Webhooks)')
    .option('--secret-variable <name>', 'environment variable with its whsec_… secret', 'WEBHOOK_SECRET')
    .option('--email <addresses>', 'send mail to these addresses, comma-separated, through smtp.url')
    .option('--minutes <count>', 'tell after so many minutes without a good answer', '5')
    .option('--every <seconds>', 'look so often', '30')
    .action(async (options: WatchOptions, command: Command) => {
      const config = configOf(command);
      const { url = `http://127.0.0.1:${config.http.port}` } = command.optsWithGlobals<{
        readonly url?: string;
      }>();
      const outbound = createOutbound({ allow: config.outbound.allow });
      const stop = new AbortController();
      const interrupt = () => stop.abort(new DOMException('stopped', 'AbortError'));
      process.once('SIGINT', interrupt);
      process.once('SIGTERM', interrupt);
      try {
        const watch = createWatch({
          probe: probeOf(url),
          tell: tellOf(options, config, outbound),
          tenant: config.tenant,
          what: originOf(url),
          silentMs: numberOf('--minutes', options.minutes) * 60_000,
          everyMs: numberOf('--every', options.every) * 1_000,
          clock: Date.now,
          wait: (ms, signal) => sleep(ms, undefined, { signal }),
          say: (line) => console.log(line),
        });
        await watch.run(stop.signal);
      } finally {
        process.off('SIGINT', interrupt);
        process.off('SIGTERM', interrupt);
        await outbound.close();
      }
    });
}

function originOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) throw notifyErrors.make('channel', '--url is not a URL');
  return parsed.origin;
}

/** The operator names this server on the command line, so it may be anywhere. */
function probeOf(url: string): (signal: AbortSignal) => Promise<Health> {
  const client = createClient({ url });
  return async (signal) => {
    try {
      const { ready, checks } = await client.ready(
        {},
        { signal: AbortSignal.any([signal, AbortSignal.timeout(probeMs)]) },
      );
      const failing = checks.flatMap(({ name, ok }) => (ok ? [] : [name]));
      return ready ? { ok: true } : { ok: false, why: `not ready: ${failing.join(', ')}` };
    } catch (error) {
      return { ok: false, why: whyOf(error) };
    }
  };
}

/** One short line: what else than a Tyrian answers there may be any page. */
function whyOf(error: unknown): string {
  if (error instanceof TyrianError && error.code === 'client.answer_invalid')
    return 'what answers there is no Tyrian of this version';
  const message = error instanceof Error ? error.message : String(error);
  return printable(message).slice(0, maxWhy);
}

/** Both ways where both are given; told is told when one of them got through. */
function tellOf(options: WatchOptions, config: Config, outbound: Outbound): Tell {
  const ways = [...webhookOf(options, outbound), ...mailOf(options, config, outbound)];
  if (ways.length === 0) throw notifyErrors.make('channel', 'A watch needs --webhook or --email, or both');
  return async (notice, signal) => {
    const outcomes = await Promise.all(ways.map((way) => way(notice, signal)));
    const [first = { ok: false, status: null, code: 'respond.failed' } as const] = outcomes;
    return outcomes.find(({ ok }) => ok) ?? first;
  };
}

function webhookOf({ webhook, secretVariable }: WatchOptions, outbound: Outbound): readonly Tell[] {
  if (webhook === undefined) return [];
  const secret = WebhookSecret.safeParse(process.env[secretVariable]);
  if (!secret.success)
    throw notifyErrors.make(
      'channel',
      `The variable ${secretVariable} holds no secret: whsec_ and 24 to 64 bytes in base64`,
    );
  checked({ name: 'watch', kind: 'webhook', url: webhook });
  const sender = createWebhookSender({ outbound, clock: Date.now, version: ownVersion() });
  const target = { url: webhook, secret: secret.data, format: 'json' } as const;
  return [(notice, signal) => sender.send(notice, target, signal)];
}

function mailOf({ email }: WatchOptions, config: Config, outbound: Outbound): readonly Tell[] {
  if (email === undefined) return [];
  if (config.smtp.url === undefined) throw notifyErrors.make('channel', '--email needs the setting smtp.url');
  const to = email.split(',').map((address) => address.trim());
  checked({ name: 'watch', kind: 'email', to });
  const sender = createMailSender({ outbound, url: config.smtp.url, from: config.smtp.from });
  return [(notice, signal) => sender.send(notice, to, signal)];
}

function checked(request: unknown): void {
  const parsed = ChannelRequest.safeParse(request);
  if (parsed.success) return;
  throw notifyErrors.make('channel', parsed.error.issues.map(({ message }) => message).join('; '));
}

function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (/^\d{1,5}$/.test(text) && number > 0) return number;
  throw notifyErrors.make('channel', `${option} is a whole number from 1 on, not '${text}'`);
}
