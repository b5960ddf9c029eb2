import { millisecond, second } from '../day.ts';
import { isoTime } from '../windows/record.ts';
import type { World } from '../world.ts';
import type { ZeekRecord } from '../zeek/record.ts';
import { Tally } from './tally.ts';

/** Traffic of one name that the intruder talked to. */
interface NameTraffic {
  readonly domain: string;
  readonly address: string;
  readonly connections: number;
  readonly bytesSent: number;
  readonly from: string;
  readonly to: string;
}

interface NetworkFindings {
  readonly sent: Tally;
  readonly sentByFileServer: Tally;
  trafficTo(domain: string): NameTraffic;
}

export function readNetwork(world: World, fileServerAddress: string): NetworkFindings {
  const sent = new Tally();
  const sentByFileServer = new Tally();
  const marked = new Map<string, ZeekRecord>();
  for (const conn of world.logs.zeek('conn').records()) {
    const source = conn['id.orig_h'] ?? '';
    const bytes = conn.orig_bytes ?? 0;
    sent.add(source, bytes);
    if (source === fileServerAddress) sentByFileServer.add(conn['id.resp_h'] ?? '', bytes);
    if (world.marks.connectionUids.has(conn.uid ?? '')) marked.set(conn.uid ?? '', conn);
  }
  const names = namesOf(world, marked);
  return { sent, sentByFileServer, trafficTo: (domain) => traffic(domain, names.get(domain) ?? []) };
}

/** The intruder's connections by the server name in their TLS handshakes. */
function namesOf(world: World, marked: ReadonlyMap<string, ZeekRecord>): Map<string, ZeekRecord[]> {
  const names = new Map<string, ZeekRecord[]>();
  for (const tls of world.logs.zeek('ssl').records()) {
    const conn = marked.get(tls.uid ?? '');
    if (conn === undefined) continue;
    const name = `${tls.server_name}`;
    const known = names.get(name) ?? [];
    known.push(conn);
    names.set(name, known);
  }
  return names;
}

function traffic(domain: string, connections: readonly ZeekRecord[]): NameTraffic {
  return {
    domain,
    address: connections[0]?.['id.resp_h'] ?? '',
    connections: connections.length,
    bytesSent: connections.reduce((bytes, conn) => bytes + (conn.orig_bytes ?? 0), 0),
    from: timeOf(connections[0]),
    to: timeOf(connections.at(-1)),
  };
}

function timeOf(conn: ZeekRecord | undefined): string {
  return isoTime(Math.floor(((conn?.ts ?? 0) * second) / millisecond) * millisecond);
}
