import type { Account } from '../company/accounts.ts';
import type { Host } from '../company/hosts.ts';
import { type Micros, millisecond, second } from '../day.ts';
import { images } from '../windows/images.ts';
import { type Process, startProcess } from '../windows/processes.ts';
import { logExplicitCredentials } from '../windows/security.ts';
import { logServiceInstalled, logServiceState } from '../windows/services.ts';
import type { Session } from '../windows/sessions.ts';
import { logFileCreate, logRegistrySet } from '../windows/sysmon.ts';
import type { World } from '../world.ts';
import type { Connection } from '../zeek/record.ts';
import { visitShare } from './shares.ts';

const serviceBytes = 384_712;

export interface RemoteService {
  readonly at: Micros;
  /** The shell that PsExec is started from. */
  readonly from: Process;
  readonly to: Host;
  readonly account: Account;
  readonly tool?: string;
  readonly lasts: Micros;
}

export interface RemoteRun {
  readonly tool: Process;
  readonly connection: Connection;
  readonly session: Session;
  /** PSEXESVC on the target: parent of what is run there. */
  readonly service: Process;
}

/** PsExec: copies its service over ADMIN$, installs and starts it (System 7045, 7036). */
export function runPsExec(world: World, remote: RemoteService): RemoteRun {
  const { at, from, to, account } = remote;
  const image = remote.tool ?? images.psexec;
  const tool = startProcess(world, {
    at,
    parent: from,
    image,
    command: `"${image}" -accepteula \\\\${to.name} -u ${account.domain}\\${account.name} cmd.exe`,
    lasts: remote.lasts,
  });
  logExplicitCredentials(world, at + 200 * millisecond, tool, account, to);
  const { connection, session } = visitShare(world, {
    at: at + 400 * millisecond,
    from: from.host,
    to,
    account,
    share: 'ADMIN$',
    localPath: 'C:\\Windows',
    files: [{ path: 'PSEXESVC.exe', bytes: serviceBytes, write: true, mime: 'application/x-dosexec' }],
    lasts: remote.lasts,
  });
  const service = installService(world, at + second, to, account);
  return { tool, connection, session, service };
}

function installService(world: World, at: Micros, host: Host, account: Account): Process {
  const boot = world.boot(host);
  logFileCreate(world, boot.kernel, at, images.psexesvc);
  logServiceInstalled(world, host, at + 200 * millisecond, {
    name: 'PSEXESVC',
    path: '%SystemRoot%\\PSEXESVC.exe',
    start: 'demand start',
    by: account,
  });
  logRegistrySet(world, boot.services, at + 210 * millisecond, {
    path: 'HKLM\\System\\CurrentControlSet\\Services\\PSEXESVC\\ImagePath',
    details: '%SystemRoot%\\PSEXESVC.exe',
  });
  logServiceState(world, host, at + 300 * millisecond, 'PSEXESVC', 'running');
  return startProcess(world, {
    at: at + 280 * millisecond,
    parent: boot.services,
    image: images.psexesvc,
    command: 'C:\\Windows\\PSEXESVC.exe',
    session: boot.sessions.system,
  });
}
