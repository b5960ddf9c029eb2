import { connect } from '../activity/connect.ts';
import { networkWay } from '../activity/logons.ts';
import type { Host } from '../company/hosts.ts';
import { clock, type Micros, millisecond, second } from '../day.ts';
import { logFailedLogon } from '../windows/security.ts';
import type { World } from '../world.ts';
import { logHttp, logNotice, logWeird } from '../zeek/protocols.ts';
import type { Connection } from '../zeek/record.ts';

const ports = [21, 22, 23, 25, 80, 135, 139, 443, 445, 1433, 3306, 3389, 5432, 5985, 8080, 8443];
const openOnAll = new Set([135, 139, 445, 3389, 5985]);
const openOnServers = new Set([80, 443, 8080]);

/** The vulnerability scanner tries every host, port by port, in the early hours. */
export function scanNetwork(world: World): void {
  const scanner = world.server('scanner');
  for (const host of world.hosts) {
    if (host !== scanner) scanHost(world, scanner, host, clock(world.random, world.day, 3, 6));
  }
}

function scanHost(world: World, scanner: Host, host: Host, at: Micros): void {
  const { random } = world;
  const rounds = world.count(1);
  for (let round = 0; round < rounds; round += 1) {
    const probes = ports.map((port, index) =>
      probe(world, scanner, host, port, at + (index + round * 20) * 300 * millisecond),
    );
    const first = probes[0];
    if (first !== undefined && round === 0) {
      logNotice(world, first, {
        note: 'Scan::Port_Scan',
        msg: `${scanner.ip} scanned at least 15 unique ports of host ${host.ip} in 0m5s`,
        sub: 'local',
      });
    }
  }
  if (random.chance(0.6)) tryLogon(world, scanner, host, at + 20 * second);
}

function probe(world: World, scanner: Host, host: Host, port: number, at: Micros): Connection {
  const { random } = world;
  const open = openOnAll.has(port) || (host.isServer && openOnServers.has(port));
  const connection = connect(world, {
    at,
    from: scanner,
    to: host,
    port,
    sent: open ? random.integer(20, 400) : 0,
    received: open ? random.integer(40, 900) : 0,
    state: open ? 'RSTO' : random.pick(['REJ', 'S0']),
    lasts: random.integer(2, 90) * millisecond,
    ...(random.chance(0.15) ? { by: world.boot(scanner).main } : {}),
  });
  if (open && port === 80) probeWeb(world, connection, host);
  if (open && random.chance(0.25)) logWeird(world, connection, random.pick(oddities), 'TCP');
  return connection;
}

const oddities = ['data_before_established', 'bad_HTTP_request', 'possible_split_routing', 'SYN_with_data'];

function probeWeb(world: World, connection: Connection, host: Host): void {
  logHttp(world, connection, {
    method: 'GET',
    host: host.dnsName,
    uri: `/${world.random.pick(['.env', '.git/config', 'admin/', 'phpinfo.php', 'backup.zip'])}`,
    userAgent: 'Reefscan/7.4',
    status: 404,
    sent: 0,
    received: 196,
    mime: 'text/html',
  });
}

/** A check for default passwords. */
function tryLogon(world: World, scanner: Host, host: Host, at: Micros): void {
  const connection = connect(world, {
    at,
    from: scanner,
    to: host,
    port: 445,
    service: 'gssapi,smb,ntlm',
    sent: 1_700,
    received: 1_300,
    lasts: 400 * millisecond,
    by: world.boot(scanner).main,
  });
  logFailedLogon(world, connection.at, {
    host,
    account: world.services.scanner,
    way: networkWay('NTLM'),
    origin: { ip: scanner.ip, port: connection.sourcePort, workstation: scanner.name },
  });
}
