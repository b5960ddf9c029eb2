import { qualified } from '../company/accounts.ts';
import type { Micros } from '../day.ts';
import { imageHashes } from '../identifiers.ts';
import type { World } from '../world.ts';
import { eventKinds } from './event-kinds.ts';
import { versionOf } from './images.ts';
import type { Process } from './processes.ts';
import { type EventData, logWindows, sysmonTime } from './record.ts';

/** Sysmon's event data (schema 4.90, in the order of its manifest). */
const rule = { RuleName: '-' };

export function processCreateData(process: Process): EventData {
  const { host, session, parent } = process;
  return {
    ...rule,
    UtcTime: sysmonTime(host, process.startedAt),
    ProcessGuid: process.guid,
    ProcessId: `${process.pid}`,
    Image: process.image,
    ...versionOf(process.image),
    CommandLine: process.command,
    CurrentDirectory: process.directory,
    User: qualified(session.account),
    LogonGuid: session.logonGuid,
    LogonId: session.logonId,
    TerminalSessionId: session.terminal,
    IntegrityLevel: process.integrity,
    Hashes: imageHashes(process.image),
    ParentProcessGuid: parent?.guid ?? '',
    ParentProcessId: `${parent?.pid ?? 0}`,
    ParentImage: parent?.image ?? '',
    ParentCommandLine: parent?.command ?? '',
    ParentUser: parent === undefined ? '' : qualified(parent.session.account),
  };
}

export function processEndData(process: Process, at: Micros): EventData {
  return { ...rule, UtcTime: sysmonTime(process.host, at), ...identity(process), ...userOf(process) };
}

/** The two ends of a connection, as Sysmon 3 names them. */
interface Ends {
  readonly protocol: 'tcp' | 'udp';
  readonly sourceIp: string;
  readonly sourcePort: number;
  readonly sourceName: string;
  readonly targetIp: string;
  readonly targetPort: number;
  readonly targetName: string;
}

export function logConnection(
  world: World,
  process: Process,
  at: Micros,
  ends: Ends,
  initiated: boolean,
): void {
  const data = {
    ...rule,
    UtcTime: sysmonTime(process.host, at),
    ...identity(process),
    ...userOf(process),
    Protocol: ends.protocol,
    Initiated: `${initiated}`,
    SourceIsIpv6: 'false',
    SourceIp: ends.sourceIp,
    SourceHostname: ends.sourceName,
    SourcePort: `${ends.sourcePort}`,
    SourcePortName: '-',
    DestinationIsIpv6: 'false',
    DestinationIp: ends.targetIp,
    DestinationHostname: ends.targetName,
    DestinationPort: `${ends.targetPort}`,
    DestinationPortName: portNames[ends.targetPort] ?? '-',
  };
  logWindows(world, { host: process.host, at, kind: eventKinds.networkConnect, data });
}

const portNames: Readonly<Record<number, string>> = {
  53: 'domain',
  80: 'http',
  88: 'kerberos',
  135: 'epmap',
  443: 'https',
  445: 'microsoft-ds',
  3389: 'ms-wbt-server',
};

export function logDnsQuery(
  world: World,
  process: Process,
  at: Micros,
  name: string,
  addresses: readonly string[],
) {
  const found = addresses.length > 0;
  const data = {
    ...rule,
    UtcTime: sysmonTime(process.host, at),
    ...identityWithoutImage(process),
    QueryName: name,
    QueryStatus: found ? '0' : '9003',
    QueryResults: found ? `${addresses.map((address) => `::ffff:${address}`).join(';')};` : '-',
    Image: process.image,
    ...userOf(process),
  };
  logWindows(world, { host: process.host, at, kind: eventKinds.dnsQuery, data });
}

export function logFileCreate(world: World, process: Process, at: Micros, path: string): void {
  const time = sysmonTime(process.host, at);
  const data = {
    ...rule,
    UtcTime: time,
    ...identity(process),
    TargetFilename: path,
    CreationUtcTime: time,
    ...userOf(process),
  };
  logWindows(world, { host: process.host, at, kind: eventKinds.fileCreate, data });
}

export function logRegistrySet(
  world: World,
  process: Process,
  at: Micros,
  value: { readonly path: string; readonly details: string },
): void {
  const data = {
    ...rule,
    EventType: 'SetValue',
    UtcTime: sysmonTime(process.host, at),
    ...identity(process),
    TargetObject: value.path,
    Details: value.details,
    ...userOf(process),
  };
  logWindows(world, { host: process.host, at, kind: eventKinds.registrySet, data });
}

export function logImageLoad(
  world: World,
  process: Process,
  at: Micros,
  library: string,
  signed = true,
): void {
  const data = {
    ...rule,
    UtcTime: sysmonTime(process.host, at),
    ...identity(process),
    ImageLoaded: library,
    ...versionOf(library),
    Hashes: imageHashes(library),
    Signed: `${signed}`,
    Signature: signed ? 'Microsoft Windows' : '-',
    SignatureStatus: signed ? 'Valid' : 'Unavailable',
    ...userOf(process),
  };
  logWindows(world, { host: process.host, at, kind: eventKinds.imageLoad, data });
}

/** One process opens another, on the same host. `access` is the granted mask, such as `0x1410`. */
export function logProcessAccess(
  world: World,
  at: Micros,
  access: { readonly source: Process; readonly target: Process; readonly mask: string; readonly via: string },
): void {
  const { source, target } = access;
  const data = {
    ...rule,
    UtcTime: sysmonTime(source.host, at),
    SourceProcessGUID: source.guid,
    SourceProcessId: `${source.pid}`,
    SourceThreadId: `${source.pid + 12}`,
    SourceImage: source.image,
    TargetProcessGUID: target.guid,
    TargetProcessId: `${target.pid}`,
    TargetImage: target.image,
    GrantedAccess: access.mask,
    CallTrace: `C:\\Windows\\SYSTEM32\\ntdll.dll+9f934|C:\\Windows\\System32\\KERNELBASE.dll+44a5e|${access.via}`,
    SourceUser: qualified(source.session.account),
    TargetUser: qualified(target.session.account),
  };
  logWindows(world, { host: source.host, at, kind: eventKinds.processAccess, data });
}

function identity(process: Process) {
  return { ...identityWithoutImage(process), Image: process.image };
}

function identityWithoutImage(process: Process) {
  return { ProcessGuid: process.guid, ProcessId: `${process.pid}` };
}

function userOf(process: Process) {
  return { User: qualified(process.session.account) };
}
