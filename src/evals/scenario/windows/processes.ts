import type { Host } from '../company/hosts.ts';
import { type Micros, millisecond, second } from '../day.ts';
import type { World } from '../world.ts';
import { eventKinds } from './event-kinds.ts';
import { images } from './images.ts';
import { logWindows } from './record.ts';
import { processCreatedData, processExitedData } from './security.ts';
import { type BuiltInSessions, builtInSessions, type Session } from './sessions.ts';
import { processCreateData, processEndData } from './sysmon.ts';

type Integrity = 'Medium' | 'High' | 'System';

/** A running or ended process. Its parent is absent only for what ran before the window. */
export interface Process {
  readonly host: Host;
  readonly guid: string;
  readonly pid: number;
  readonly image: string;
  readonly command: string;
  readonly session: Session;
  readonly integrity: Integrity;
  readonly directory: string;
  readonly startedAt: Micros;
  readonly parent?: Process;
}

export interface ProcessStart {
  readonly at: Micros;
  readonly parent: Process;
  readonly image: string;
  /** The command line; by default the image in quotes. */
  readonly command?: string;
  /** By default the parent's. */
  readonly session?: Session;
  readonly integrity?: Integrity;
  readonly directory?: string;
  /** How long it runs; without it the process outlives the window. */
  readonly lasts?: Micros;
}

/** Starts a process: Sysmon 1 and Security 4688, and where it ends 5 and 4689. */
export function startProcess(world: World, start: ProcessStart): Process {
  const { parent, at } = start;
  const { host } = parent;
  const session = start.session ?? parent.session;
  const process: Process = {
    host,
    guid: host.processGuid(at),
    pid: host.nextPid(),
    image: start.image,
    command: start.command ?? `"${start.image}"`,
    session,
    integrity: start.integrity ?? (start.session === undefined ? parent.integrity : integrityOf(session)),
    directory: start.directory ?? 'C:\\Windows\\System32\\',
    startedAt: at,
    parent,
  };
  logWindows(world, { host, at, kind: eventKinds.processCreate, data: processCreateData(process) });
  logWindows(world, { host, at, kind: eventKinds.processCreated, data: processCreatedData(process) });
  if (start.lasts !== undefined) endProcess(world, process, at + start.lasts);
  return process;
}

export function endProcess(world: World, process: Process, at: Micros): void {
  const { host } = process;
  logWindows(world, { host, at, kind: eventKinds.processEnd, data: processEndData(process, at) });
  logWindows(world, { host, at, kind: eventKinds.processExited, data: processExitedData(process) });
}

function integrityOf(session: Session): Integrity {
  if (session.account.domain === 'NT AUTHORITY') return 'System';
  return session.elevated ? 'High' : 'Medium';
}

/** What runs on every host from its start, before the window: parents of all that comes later. */
export interface BootProcesses {
  readonly sessions: BuiltInSessions;
  readonly kernel: Process;
  readonly services: Process;
  readonly lsass: Process;
  readonly winlogon: Process;
  readonly dcomLaunch: Process;
  readonly scheduler: Process;
  readonly netsvcs: Process;
  readonly dnsClient: Process;
  readonly defender: Process;
  readonly fleetAgent: Process;
  readonly gauge: Process;
  /** The server's own program: database, web worker, scanner; on a workstation the print spooler. */
  readonly main: Process;
}

const mainImages: Readonly<Partial<Record<Host['role'], string>>> = {
  'domain-controller': images.dns,
  'web-server': images.w3wp,
  'database-server': images.sqlservr,
  'backup-server': images.backup,
  scanner: images.scanner,
  'build-server': images.runner,
};

export function bootProcesses(host: Host): BootProcesses {
  const sessions = builtInSessions(host);
  let bootOffset = 0;
  const boot = (image: string, command: string, session: Session, pid = host.nextPid()): Process => {
    bootOffset += 300 * millisecond;
    const startedAt = host.bootedAt + bootOffset;
    const guid = host.processGuid(startedAt);
    const directory = 'C:\\Windows\\System32\\';
    return { host, guid, pid, image, command, session, integrity: 'System', directory, startedAt };
  };
  const service = (group: string, session: Session) =>
    boot(images.svchost, `C:\\Windows\\System32\\svchost.exe -k ${group}`, session);
  const { system } = sessions;
  const main = mainImages[host.role] ?? images.spoolsv;
  return {
    sessions,
    kernel: boot(images.system, '', system, 4),
    services: boot(images.services, images.services, system, host.servicesPid),
    lsass: boot(images.lsass, images.lsass, system, host.lsassPid),
    winlogon: boot(images.winlogon, 'winlogon.exe', system),
    dcomLaunch: service('DcomLaunch -p', system),
    scheduler: service('netsvcs -p -s Schedule', system),
    netsvcs: service('netsvcs -p', system),
    dnsClient: service('NetworkService -p -s Dnscache', sessions.networkService),
    defender: boot(images.defender, `"${images.defender}"`, system),
    fleetAgent: boot(images.fleetAgent, `"${images.fleetAgent}" --service`, system),
    gauge: boot(images.gauge, `"${images.gauge}" -config gauge.yml`, sessions.localService),
    main: boot(main, `"${main}"`, system),
  };
}

/** A short life: what most command-line tools take. */
export function briefly(world: World): Micros {
  return world.random.integer(60, 2_400) * millisecond;
}

/** A life of minutes: what people keep open. */
export function forMinutes(world: World, from: number, to: number): Micros {
  return world.random.integer(from * 60, to * 60) * second + world.random.integer(0, 999) * millisecond;
}
