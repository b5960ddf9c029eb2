import { type Account, localSystem } from '../company/accounts.ts';
import type { Host } from '../company/hosts.ts';
import { isInside, type Micros, millisecond, second } from '../day.ts';
import type { World } from '../world.ts';
import type { EventKind } from './event-kinds.ts';

export type EventData = Readonly<Record<string, string>>;

/** A record as Winlogbeat 8 writes it before any ingest pipeline (`winlog.event_id` is text, `record_id` a number). */
export interface WindowsRecord {
  readonly '@timestamp': string;
  readonly event: Readonly<Record<string, string>>;
  readonly log: { readonly level: string };
  readonly message: string;
  readonly host: { readonly name: string };
  readonly agent: Readonly<Record<string, string>>;
  readonly ecs: { readonly version: string };
  readonly winlog: Winlog;
}

interface Winlog {
  readonly channel: string;
  readonly computer_name: string;
  readonly event_data: EventData;
  readonly event_id: string;
  readonly record_id: number;
  readonly provider_name: string;
  readonly [key: string]: unknown;
}

interface Logged {
  readonly host: Host;
  /** True time; the record carries the host's clock and the provider's delay. */
  readonly at: Micros;
  readonly kind: EventKind;
  readonly data: EventData;
  /** Process that logged it; by default that of the provider. */
  readonly pid?: number;
  readonly user?: Account;
}

const agentVersion = '8.15.3';
/** A provider writes its record up to so many milliseconds after what it tells of. */
const maxDelayMs = 6;

/** Notes a Windows event on the stream of its host; events beyond the window are left out. */
export function logWindows(world: World, logged: Logged): void {
  const { host, kind } = logged;
  if (!isInside(world.day, logged.at)) return;
  const written =
    Math.floor(host.clock(logged.at) / millisecond + world.random.integer(0, maxDelayMs)) * millisecond;
  const thread = world.random.integer(200, 2_400) * 4;
  world.logs
    .windows(host)
    .add(
      written,
      (ordinal) => record(logged, written, thread, ordinal),
      `${host.name} ${kind.channel.number}`,
    );
}

/** `2026-11-17T09:00:00.000Z` */
export function isoTime(at: Micros): string {
  return new Date(at / millisecond).toISOString();
}

/** Sysmon's own notation of a host's clock: `2026-11-17 09:00:00.000`. */
export function sysmonTime(host: Host, at: Micros): string {
  const text = isoTime(host.clock(at));
  return `${text.slice(0, 10)} ${text.slice(11, 23)}`;
}

function record(logged: Logged, written: Micros, thread: number, ordinal: number): WindowsRecord {
  const { host, kind } = logged;
  const code = `${kind.id}`;
  const outcome = kind.keywords[0] === 'Audit Failure' ? 'failure' : 'success';
  return {
    '@timestamp': isoTime(written),
    event: {
      code,
      kind: 'event',
      provider: kind.channel.provider,
      ...(kind.task === '' ? {} : { action: kind.task }),
      ...(kind.channel.name === 'Security' ? { outcome } : {}),
      created: isoTime(written + second + (thread % 1_000) * millisecond),
    },
    log: { level: kind.level },
    message: kind.message,
    host: { name: host.dnsName },
    agent: {
      ephemeral_id: host.agentRunId,
      id: host.agentId,
      name: host.name,
      type: 'winlogbeat',
      version: agentVersion,
    },
    ecs: { version: '8.0.0' },
    winlog: winlog(logged, thread, ordinal),
  };
}

function winlog(logged: Logged, thread: number, ordinal: number): Winlog {
  const { host, kind } = logged;
  const user = logged.user ?? (kind.channel.number === 0 ? localSystem : undefined);
  return {
    api: 'wineventlog',
    channel: kind.channel.name,
    computer_name: host.dnsName,
    event_data: logged.data,
    event_id: `${kind.id}`,
    ...(kind.keywords.length === 0 ? {} : { keywords: kind.keywords }),
    ...(kind.opcode === '' ? {} : { opcode: kind.opcode }),
    process: { pid: logged.pid ?? providerPid(host, kind), thread: { id: thread } },
    provider_guid: kind.channel.guid,
    provider_name: kind.channel.provider,
    record_id: host.recordId(kind.channel.number, ordinal),
    ...(kind.task === '' ? {} : { task: kind.task }),
    ...(user === undefined ? {} : { user: userOf(user) }),
    version: kind.version,
  };
}

function userOf(account: Account) {
  return { identifier: account.sid, name: account.name, domain: account.domain, type: 'User' };
}

/** Process audit records come from the kernel (4), logon records from lsass. */
function providerPid(host: Host, kind: EventKind): number {
  if (kind.channel.number === 0) return host.sysmonPid;
  if (kind.channel.number === 2) return host.servicesPid;
  return kind.id === 4688 || kind.id === 4689 || kind.id === 5140 || kind.id === 5145 ? 4 : host.lsassPid;
}
