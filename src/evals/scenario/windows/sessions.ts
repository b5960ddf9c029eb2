import { type Account, localService, localSystem, networkService } from '../company/accounts.ts';
import type { Host } from '../company/hosts.ts';
import type { Micros } from '../day.ts';

/** A logon session on one host. */
export interface Session {
  readonly host: Host;
  readonly account: Account;
  /** `0x3e7` */
  readonly logonId: string;
  readonly logonGuid: string;
  /** Terminal session: `0` for services and network logons. */
  readonly terminal: string;
  readonly elevated: boolean;
}

/** The sessions that every Windows has from its start, with their fixed logon ids. */
export interface BuiltInSessions {
  readonly system: Session;
  readonly localService: Session;
  readonly networkService: Session;
}

export function builtInSessions(host: Host): BuiltInSessions {
  const fixed = (account: Account, logonId: string): Session => ({
    host,
    account,
    logonId,
    logonGuid: host.logonGuid(logonId),
    terminal: '0',
    elevated: true,
  });
  return {
    system: fixed(localSystem, '0x3e7'),
    localService: fixed(localService, '0x3e5'),
    networkService: fixed(networkService, '0x3e4'),
  };
}

export function openSession(host: Host, at: Micros, account: Account, kind: 'desk' | 'network'): Session {
  const logonId = host.logonId(at);
  return {
    host,
    account,
    logonId,
    logonGuid: host.logonGuid(logonId),
    terminal: kind === 'desk' ? '1' : '0',
    elevated: kind === 'network' && account.privileged,
  };
}

/** The account as Security records name the subject: the system acts as the machine's account. */
export function subjectOf(session: Session): Account {
  return session.account === localSystem ? { ...session.host.account, sid: 'S-1-5-18' } : session.account;
}
