import type { Micros } from '../day.ts';
import { second } from '../day.ts';
import type { World } from '../world.ts';
import { type Connection, identityOf, isLocal, logZeek } from './record.ts';

/** SF: normal end. S0: no answer. REJ: refused. RSTO: reset by the originator. */
type ConnState = 'SF' | 'S0' | 'REJ' | 'RSTO';

export interface Traffic {
  /** Payload bytes from the originator. */
  readonly sent: number;
  /** Payload bytes from the responder. */
  readonly received: number;
  readonly service?: string;
  readonly state?: ConnState;
}

const payloadBytes = 1_400;
const headerBytes = { tcp: 40, udp: 28 };
const histories = { SF: 'ShADadFf', S0: 'S', REJ: 'Sr', RSTO: 'ShADadR' };

export function logConn(world: World, connection: Connection, traffic: Traffic): void {
  const state = traffic.state ?? 'SF';
  const answered = state === 'SF' || state === 'RSTO';
  const { protocol } = connection;
  const handshake = protocol === 'tcp' ? 3 : 0;
  const sentPackets = answered ? Math.ceil(traffic.sent / payloadBytes) + handshake : 1;
  const receivedPackets = answered ? Math.ceil(traffic.received / payloadBytes) + handshake : 0;
  const refusals = state === 'REJ' ? 1 : 0;
  logZeek(world, 'conn', connection.at, {
    ...identityOf(connection),
    proto: protocol,
    ...(traffic.service === undefined ? {} : { service: traffic.service }),
    ...(answered ? measured(connection.lasts, traffic) : {}),
    conn_state: state,
    local_orig: isLocal(connection.sourceIp),
    local_resp: isLocal(connection.targetIp),
    missed_bytes: 0,
    history: protocol === 'udp' ? 'Dd' : histories[state],
    orig_pkts: sentPackets,
    orig_ip_bytes: sentPackets * headerBytes[protocol] + (answered ? traffic.sent : 0),
    resp_pkts: receivedPackets + refusals,
    resp_ip_bytes: (receivedPackets + refusals) * headerBytes[protocol] + (answered ? traffic.received : 0),
  });
}

function measured(lasts: Micros, traffic: Traffic) {
  return { duration: lasts / second, orig_bytes: traffic.sent, resp_bytes: traffic.received };
}
