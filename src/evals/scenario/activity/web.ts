import type { Site } from '../company/outside.ts';
import { type Micros, millisecond } from '../day.ts';
import type { Process } from '../windows/processes.ts';
import type { World } from '../world.ts';
import { logHttp, logTls, type WebRequest } from '../zeek/protocols.ts';
import type { Connection } from '../zeek/record.ts';
import { connect } from './connect.ts';
import { resolve } from './resolve.ts';

const publicIssuer = 'CN=Docwell TLS CA 2,O=Docwell,C=IE';
export const browserAgent =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0';

export interface Transfer {
  readonly at: Micros;
  readonly process: Process;
  readonly site: Site;
  readonly sent: number;
  readonly received: number;
  readonly lasts: Micros;
  /** True when the name is in the host's cache already. */
  readonly cached?: boolean;
  readonly issuer?: string;
  readonly trusted?: boolean;
}

/** A TLS connection of a process to a site, with the look-up before it. */
export function talkTls(world: World, transfer: Transfer): Connection {
  const connection = open(world, transfer, 443, 'ssl');
  logTls(world, connection, {
    name: transfer.site.name,
    issuer: transfer.issuer ?? publicIssuer,
    ...(transfer.trusted === undefined ? {} : { trusted: transfer.trusted }),
  });
  return connection;
}

/** A plain HTTP request of a process. */
export function talkHttp(
  world: World,
  transfer: Transfer,
  request: Pick<WebRequest, 'method' | 'uri' | 'userAgent' | 'status' | 'mime'>,
): Connection {
  const connection = open(world, transfer, 80, 'http');
  logHttp(world, connection, {
    ...request,
    host: transfer.site.name,
    sent: request.method === 'POST' ? transfer.sent : 0,
    received: transfer.received,
  });
  return connection;
}

function open(world: World, transfer: Transfer, port: number, service: string): Connection {
  const { site, process } = transfer;
  const at =
    transfer.cached === true
      ? transfer.at
      : resolve(world, transfer.at, process, site.name, site.addresses) + 2 * millisecond;
  return connect(world, {
    at,
    from: process.host,
    to: { ip: world.random.pick(site.addresses), dnsName: site.name },
    port,
    service,
    sent: transfer.sent + 700,
    received: transfer.received + 3_600,
    lasts: transfer.lasts,
    by: process,
  });
}
