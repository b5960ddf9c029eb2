import type { Account } from '../company/accounts.ts';
import type { Host } from '../company/hosts.ts';
import { type Micros, millisecond } from '../day.ts';
import { images } from '../windows/images.ts';
import { type LogonWay, logLogoff, logLogon } from '../windows/security.ts';
import { openSession, type Session } from '../windows/sessions.ts';
import type { World } from '../world.ts';
import type { Connection } from '../zeek/record.ts';

const networkLogon = 3;
export const deskLogon = 2;
export const unlockLogon = 7;
export const remoteLogon = 10;

export function networkWay(pack: LogonWay['pack'] = 'Kerberos'): LogonWay {
  return { type: networkLogon, process: pack === 'NTLM' ? 'NtLmSsp ' : 'Kerberos', pack, image: '-', pid: 0 };
}

/** Someone at the machine itself; winlogon or svchost asks for them. */
export function deskWay(world: World, host: Host, type = deskLogon): LogonWay {
  const { winlogon } = world.boot(host);
  return {
    type,
    process: 'User32 ',
    pack: 'Negotiate',
    image: type === deskLogon ? images.svchost : winlogon.image,
    pid: winlogon.pid,
  };
}

/** An account opens a session on a server over a connection that is already there. */
export function logonOver(
  world: World,
  connection: Connection,
  account: Account,
  target: Host,
  pack: LogonWay['pack'] = 'Kerberos',
): Session {
  const at = connection.at + 4 * millisecond;
  const session = openSession(target, at, account, 'network');
  logLogon(world, at, session, networkWay(pack), {
    ip: connection.sourceIp,
    port: connection.sourcePort,
    workstation: '-',
  });
  return session;
}

export function logoffFrom(world: World, at: Micros, session: Session): void {
  logLogoff(world, at, session, networkLogon);
}
