import { domainDns } from '../company/accounts.ts';
import type { Host } from '../company/hosts.ts';
import { type Micros, millisecond } from '../day.ts';
import { zeekId } from '../identifiers.ts';
import type { Process } from '../windows/processes.ts';
import { logConnection } from '../windows/sysmon.ts';
import type { World } from '../world.ts';
import { logConn, type Traffic } from '../zeek/conn.ts';
import type { Connection } from '../zeek/record.ts';

/** A host of ours, or an address outside with the name it was reached by. */
type Endpoint = Host | { readonly ip: string; readonly dnsName: string };

interface Contact extends Traffic {
  readonly at: Micros;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly port: number;
  readonly protocol?: 'tcp' | 'udp';
  readonly lasts: Micros;
  /** The process that opened it, where Sysmon on the source tells (3, initiated). */
  readonly by?: Process;
  /** The process that took it, where Sysmon on the target tells (3, not initiated). */
  readonly takenBy?: Process;
}

/** One connection, as the sensor and both ends see it. */
export function connect(world: World, contact: Contact): Connection {
  const { from, to } = contact;
  const protocol = contact.protocol ?? 'tcp';
  const connection: Connection = {
    uid: zeekId(world.random, 'C'),
    at: contact.at + world.random.integer(80, 900),
    lasts: contact.lasts,
    sourceIp: from.ip,
    sourcePort: 'nextPort' in from ? from.nextPort() : world.random.integer(20_000, 65_000),
    targetIp: to.ip,
    targetPort: contact.port,
    protocol,
  };
  logConn(world, connection, contact);
  const ends = {
    protocol,
    sourceIp: from.ip,
    sourcePort: connection.sourcePort,
    sourceName: nameOf(from),
    targetIp: to.ip,
    targetPort: contact.port,
    targetName: nameOf(to),
  };
  if (contact.by !== undefined) logConnection(world, contact.by, contact.at, ends, true);
  if (contact.takenBy !== undefined) {
    logConnection(world, contact.takenBy, contact.at + millisecond, ends, false);
  }
  return connection;
}

/** Sysmon resolves names of the own domain only; for others it writes a dash. */
function nameOf(endpoint: Endpoint): string {
  return endpoint.dnsName.endsWith(domainDns) ? endpoint.dnsName : '-';
}
