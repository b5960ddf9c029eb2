import { type Account, realm } from '../company/accounts.ts';
import type { Host } from '../company/hosts.ts';
import type { Micros } from '../day.ts';
import type { World } from '../world.ts';
import { eventKinds } from './event-kinds.ts';
import type { Process } from './processes.ts';
import { type EventData, logWindows } from './record.ts';
import { type Session, subjectOf } from './sessions.ts';

const nobody = 'S-1-0-0';
const noGuid = '{00000000-0000-0000-0000-000000000000}';
const mandatoryLabels = { Medium: 'S-1-16-8192', High: 'S-1-16-12288', System: 'S-1-16-16384' };
const privileges = [
  'SeSecurityPrivilege',
  'SeBackupPrivilege',
  'SeRestorePrivilege',
  'SeTakeOwnershipPrivilege',
  'SeDebugPrivilege',
  'SeImpersonatePrivilege',
].join('\r\n\t\t\t');

export function processCreatedData(process: Process): EventData {
  const { parent, session } = process;
  const creator = parent?.session ?? session;
  const other = creator === session ? undefined : session;
  return {
    ...subject(creator),
    NewProcessId: hex(process.pid),
    NewProcessName: process.image,
    TokenElevationType: process.integrity === 'High' ? '%%1937' : '%%1936',
    ProcessId: hex(parent?.pid ?? 0),
    CommandLine: process.command,
    TargetUserSid: other?.account.sid ?? nobody,
    TargetUserName: other?.account.name ?? '-',
    TargetDomainName: other?.account.domain ?? '-',
    TargetLogonId: other?.logonId ?? '0x0',
    ParentProcessName: parent?.image ?? '',
    MandatoryLabel: mandatoryLabels[process.integrity],
  };
}

export function processExitedData(process: Process): EventData {
  return {
    ...subject(process.session),
    Status: '0x0',
    ProcessId: hex(process.pid),
    ProcessName: process.image,
  };
}

/** Where a logon came from; on the host itself, the process that asked. */
interface LogonOrigin {
  readonly ip: string;
  readonly port: number;
  readonly workstation: string;
}

export interface LogonWay {
  /** 2 interactive, 3 network, 5 service, 7 unlock, 10 remote. */
  readonly type: number;
  readonly process: string;
  readonly pack: 'Kerberos' | 'NTLM' | 'Negotiate';
  readonly image: string;
  readonly pid: number;
}

export function logLogon(
  world: World,
  at: Micros,
  session: Session,
  way: LogonWay,
  origin?: LogonOrigin,
): void {
  const { host, account } = session;
  const byService = way.type !== 3;
  const data = {
    SubjectUserSid: byService ? 'S-1-5-18' : nobody,
    SubjectUserName: byService ? host.account.name : '-',
    SubjectDomainName: byService ? host.account.domain : '-',
    SubjectLogonId: byService ? '0x3e7' : '0x0',
    ...target(account, session.logonId),
    LogonType: `${way.type}`,
    LogonProcessName: way.process,
    AuthenticationPackageName: way.pack,
    WorkstationName: origin?.workstation ?? host.name,
    LogonGuid: way.pack === 'NTLM' ? noGuid : session.logonGuid,
    TransmittedServices: '-',
    LmPackageName: way.pack === 'NTLM' ? 'NTLM V2' : '-',
    KeyLength: way.pack === 'NTLM' ? '128' : '0',
    ProcessId: hex(way.pid),
    ProcessName: way.image,
    ...address(origin),
    ImpersonationLevel: '%%1833',
    RestrictedAdminMode: '-',
    TargetOutboundUserName: '-',
    TargetOutboundDomainName: '-',
    VirtualAccount: '%%1843',
    TargetLinkedLogonId: '0x0',
    ElevatedToken: account.privileged ? '%%1842' : '%%1843',
  };
  logWindows(world, { host, at, kind: eventKinds.logon, data });
  if (account.privileged) logPrivileges(world, at, session);
}

function logPrivileges(world: World, at: Micros, session: Session): void {
  const data = { ...subject(session), PrivilegeList: privileges };
  logWindows(world, { host: session.host, at, kind: eventKinds.specialPrivileges, data });
}

export function logLogoff(world: World, at: Micros, session: Session, type: number): void {
  const data = { ...target(session.account, session.logonId), LogonType: `${type}` };
  logWindows(world, { host: session.host, at, kind: eventKinds.logoff, data });
}

/** A wrong password; the sub-status says so (0xc000006a). */
export function logFailedLogon(
  world: World,
  at: Micros,
  attempt: {
    readonly host: Host;
    readonly account: Account;
    readonly way: LogonWay;
    readonly origin?: LogonOrigin;
  },
): void {
  const { host, account, way, origin } = attempt;
  const data = {
    SubjectUserSid: 'S-1-5-18',
    SubjectUserName: host.account.name,
    SubjectDomainName: host.account.domain,
    SubjectLogonId: '0x3e7',
    TargetUserSid: nobody,
    TargetUserName: account.name,
    TargetDomainName: account.domain,
    Status: '0xc000006d',
    FailureReason: '%%2313',
    SubStatus: '0xc000006a',
    LogonType: `${way.type}`,
    LogonProcessName: way.process,
    AuthenticationPackageName: way.pack,
    WorkstationName: origin?.workstation ?? host.name,
    TransmittedServices: '-',
    LmPackageName: '-',
    KeyLength: '0',
    ProcessId: hex(way.pid),
    ProcessName: way.image,
    ...address(origin),
  };
  logWindows(world, { host, at, kind: eventKinds.logonFailed, data });
}

/** A process uses another account's credentials (`runas`, PsExec -u). */
export function logExplicitCredentials(
  world: World,
  at: Micros,
  process: Process,
  account: Account,
  server: Host,
): void {
  const data = {
    ...subject(process.session),
    LogonGuid: noGuid,
    TargetUserName: account.name,
    TargetDomainName: account.domain,
    TargetLogonGuid: noGuid,
    TargetServerName: server.dnsName,
    TargetInfo: `cifs/${server.dnsName}`,
    ProcessId: hex(process.pid),
    ProcessName: process.image,
    IpAddress: '-',
    IpPort: '-',
  };
  logWindows(world, { host: process.host, at, kind: eventKinds.explicitCredentials, data });
}

/** A ticket request as the domain controller tells it; `service` is `krbtgt` or the name of a host account. */
interface TicketRequest {
  readonly controller: Host;
  readonly account: Account;
  readonly service: Account | 'krbtgt';
  readonly ip: string;
  readonly port: number;
  readonly logonGuid: string;
}

export function logTicket(world: World, at: Micros, request: TicketRequest): void {
  const { controller: host, account, service } = request;
  const common = { IpAddress: `::ffff:${request.ip}`, IpPort: `${request.port}`, Status: '0x0' };
  if (service === 'krbtgt') {
    const data = {
      TargetUserName: account.name,
      TargetDomainName: account.domain,
      TargetSid: account.sid,
      ServiceName: 'krbtgt',
      ServiceSid: `${account.sid.slice(0, account.sid.lastIndexOf('-'))}-502`,
      TicketOptions: '0x40810010',
      TicketEncryptionType: '0x12',
      PreAuthType: '2',
      ...common,
    };
    logWindows(world, { host, at, kind: eventKinds.ticketGranting, data });
    return;
  }
  const data = {
    TargetUserName: `${account.name}@${realm}`,
    TargetDomainName: realm,
    ServiceName: service.name,
    ServiceSid: service.sid,
    TicketOptions: '0x40810000',
    TicketEncryptionType: '0x12',
    ...common,
    LogonGuid: request.logonGuid,
    TransmittedServices: '-',
  };
  logWindows(world, { host, at, kind: eventKinds.serviceTicket, data });
}

interface ShareUse {
  readonly session: Session;
  readonly origin: LogonOrigin;
  /** `Finance`, `ADMIN$` */
  readonly share: string;
  readonly localPath: string;
}

export function logShareAccess(world: World, at: Micros, use: ShareUse): void {
  const data = {
    ...subject(use.session),
    ObjectType: 'File',
    ...address(use.origin),
    ShareName: `\\\\*\\${use.share}`,
    ShareLocalPath: `\\??\\${use.localPath}`,
    AccessMask: '0x1',
    AccessList: '%%4416\r\n\t\t\t\t',
  };
  logWindows(world, { host: use.session.host, at, kind: eventKinds.shareAccess, data });
}

export function logShareFile(world: World, at: Micros, use: ShareUse, path: string, write: boolean): void {
  const data = {
    ...subject(use.session),
    ObjectType: 'File',
    ...address(use.origin),
    ShareName: `\\\\*\\${use.share}`,
    ShareLocalPath: `\\??\\${use.localPath}`,
    RelativeTargetName: path,
    AccessMask: write ? '0x12019f' : '0x120089',
    AccessList: write
      ? '%%1538\r\n\t\t\t\t%%4416\r\n\t\t\t\t%%4417\r\n\t\t\t\t'
      : '%%1538\r\n\t\t\t\t%%4416\r\n\t\t\t\t',
    AccessReason: '-',
  };
  logWindows(world, { host: use.session.host, at, kind: eventKinds.shareFile, data });
}

function subject(session: Session) {
  const account = subjectOf(session);
  return {
    SubjectUserSid: account.sid,
    SubjectUserName: account.name,
    SubjectDomainName: account.domain,
    SubjectLogonId: session.logonId,
  };
}

function target(account: Account, logonId: string) {
  return {
    TargetUserSid: account.sid,
    TargetUserName: account.name,
    TargetDomainName: account.domain,
    TargetLogonId: logonId,
  };
}

function address(origin: LogonOrigin | undefined) {
  return { IpAddress: origin?.ip ?? '127.0.0.1', IpPort: `${origin?.port ?? 0}` };
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
