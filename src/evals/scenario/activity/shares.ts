import type { Account } from '../company/accounts.ts';
import type { Host } from '../company/hosts.ts';
import { hour, type Micros, millisecond, second } from '../day.ts';
import { logShareAccess, logShareFile } from '../windows/security.ts';
import type { Session } from '../windows/sessions.ts';
import type { World } from '../world.ts';
import { logFile, logShareFileSeen, logShareMapping } from '../zeek/protocols.ts';
import type { Connection } from '../zeek/record.ts';
import { connect } from './connect.ts';
import { logoffFrom, logonOver } from './logons.ts';
import { requestTicket } from './tickets.ts';

interface ShareFile {
  /** Path below the share. */
  readonly path: string;
  readonly bytes: number;
  readonly write: boolean;
  readonly mime: string;
}

interface ShareVisit {
  readonly at: Micros;
  readonly from: Host;
  readonly to: Host;
  readonly account: Account;
  readonly share: string;
  readonly localPath: string;
  readonly files: readonly ShareFile[];
  readonly lasts: Micros;
  /** True when a service ticket is at hand, so that no controller is asked. */
  readonly hasTicket?: boolean;
  readonly pack?: 'Kerberos' | 'NTLM';
}

/** A share is opened over the network and files in it are read or written: every log that tells of it. */
export function visitShare(
  world: World,
  visit: ShareVisit,
): { readonly connection: Connection; readonly session: Session } {
  const { from, to, at } = visit;
  if (visit.hasTicket !== true) requestTicket(world, at - 60 * millisecond, from, visit.account, to);
  const connection = connectShare(world, visit);
  const session = logonOver(world, connection, visit.account, to, visit.pack ?? 'Kerberos');
  const origin = { ip: from.ip, port: connection.sourcePort, workstation: from.name };
  const use = { session, origin, share: visit.share, localPath: visit.localPath };
  const path = `\\\\${to.name}\\${visit.share}`;
  logShareMapping(world, connection, path, visit.share === 'IPC$' ? 'PIPE' : 'DISK');
  logShareAccess(world, connection.at + 9 * millisecond, use);
  visit.files.forEach((file, index) => {
    const when =
      connection.at + 30 * millisecond + Math.floor((visit.lasts * index) / (visit.files.length + 1));
    logShareFile(world, when, use, file.path, file.write);
    seeFile(world, connection, path, when, file);
  });
  logoffFrom(world, at + visit.lasts + 8 * second, session);
  return { connection, session };
}

function connectShare(world: World, visit: ShareVisit): Connection {
  const sum = (write: boolean) =>
    visit.files.reduce((bytes, file) => (file.write === write ? bytes + file.bytes : bytes), 0);
  return connect(world, {
    at: visit.at,
    from: visit.from,
    to: visit.to,
    port: 445,
    service: 'gssapi,smb,krb',
    sent: sum(true) + world.random.integer(2_000, 9_000),
    received: sum(false) + world.random.integer(2_000, 9_000),
    lasts: visit.lasts,
    by: world.boot(visit.from).kernel,
  });
}

function seeFile(world: World, connection: Connection, share: string, at: Micros, file: ShareFile): void {
  const age = file.write ? 0 : world.random.integer(1, 900) * hour;
  logShareFileSeen(world, connection, {
    at,
    action: file.write ? 'SMB::FILE_WRITE' : 'SMB::FILE_OPEN',
    share,
    name: file.path,
    bytes: file.bytes,
    modified: at - age,
  });
  if (file.bytes === 0) return;
  logFile(
    world,
    { ...connection, at: at + millisecond },
    {
      source: 'SMB',
      mime: file.mime,
      bytes: file.bytes,
      fromOriginator: file.write,
      name: file.path,
    },
  );
}
