import { hash } from 'node:crypto';
import { type Micros, millisecond, second } from '../day.ts';
import { hexText, zeekId } from '../identifiers.ts';
import type { World } from '../world.ts';
import { type Connection, identityOf, isLocal, logZeek } from './record.ts';

export function logDns(
  world: World,
  connection: Connection,
  name: string,
  answers: readonly string[],
  rtt: Micros,
): void {
  const found = answers.length > 0;
  logZeek(world, 'dns', connection.at, {
    ...identityOf(connection),
    proto: 'udp',
    trans_id: world.random.integer(1, 65_535),
    rtt: rtt / second,
    query: name,
    qclass: 1,
    qclass_name: 'C_INTERNET',
    qtype: 1,
    qtype_name: 'A',
    rcode: found ? 0 : 3,
    rcode_name: found ? 'NOERROR' : 'NXDOMAIN',
    AA: false,
    TC: false,
    RD: true,
    RA: true,
    Z: 0,
    ...(found ? { answers, TTLs: answers.map(() => 300) } : {}),
    rejected: false,
  });
}

export function logTls(
  world: World,
  connection: Connection,
  tls: { readonly name: string; readonly issuer: string; readonly trusted?: boolean },
): void {
  logZeek(world, 'ssl', connection.at + 12 * millisecond, {
    ...identityOf(connection),
    version: 'TLSv12',
    cipher: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
    curve: 'x25519',
    server_name: tls.name,
    resumed: false,
    next_protocol: 'h2',
    established: true,
    ssl_history: 'CsxknGIi',
    cert_chain_fps: [hash('sha256', tls.name)],
    client_cert_chain_fps: [],
    subject: `CN=${tls.name}`,
    issuer: tls.issuer,
    sni_matches_cert: true,
    validation_status: (tls.trusted ?? true) ? 'ok' : 'self signed certificate',
  });
}

export interface WebRequest {
  readonly method: 'GET' | 'POST' | 'HEAD';
  readonly host: string;
  readonly uri: string;
  readonly userAgent: string;
  readonly status: number;
  readonly sent: number;
  readonly received: number;
  readonly mime: string;
}

const statusText: Readonly<Record<number, string>> = {
  200: 'OK',
  206: 'Partial Content',
  304: 'Not Modified',
  403: 'Forbidden',
  404: 'Not Found',
};

export function logHttp(world: World, connection: Connection, request: WebRequest): void {
  const at = connection.at + 5 * millisecond;
  const body = request.received > 0 ? logWebFile(world, connection, request) : undefined;
  logZeek(world, 'http', at, {
    ...identityOf(connection),
    trans_depth: 1,
    method: request.method,
    host: request.host,
    uri: request.uri,
    version: '1.1',
    user_agent: request.userAgent,
    request_body_len: request.sent,
    response_body_len: request.received,
    status_code: request.status,
    status_msg: statusText[request.status] ?? 'OK',
    tags: [],
    ...(body === undefined ? {} : { resp_fuids: [body], resp_mime_types: [request.mime] }),
  });
}

function logWebFile(world: World, connection: Connection, request: WebRequest): string {
  return logFile(world, connection, {
    source: 'HTTP',
    mime: request.mime,
    bytes: request.received,
    fromOriginator: false,
  });
}

interface SeenFile {
  readonly source: 'HTTP' | 'SMB';
  readonly mime: string;
  readonly bytes: number;
  readonly fromOriginator: boolean;
  readonly name?: string;
}

/** Returns the file's id, by which other logs name it. */
export function logFile(world: World, connection: Connection, file: SeenFile): string {
  const fuid = zeekId(world.random, 'F');
  logZeek(world, 'files', connection.at + 20 * millisecond, {
    fuid,
    ...identityOf(connection),
    source: file.source,
    depth: 0,
    analyzers: ['MD5', 'SHA1'],
    mime_type: file.mime,
    ...(file.name === undefined ? {} : { filename: file.name }),
    duration: connection.lasts / second / 2,
    local_orig: isLocal(file.fromOriginator ? connection.sourceIp : connection.targetIp),
    is_orig: file.fromOriginator,
    seen_bytes: file.bytes,
    total_bytes: file.bytes,
    missing_bytes: 0,
    overflow_bytes: 0,
    timedout: false,
    md5: hexText(world.random, 32),
    sha1: hexText(world.random, 40),
  });
  return fuid;
}

export function logShareMapping(
  world: World,
  connection: Connection,
  share: string,
  type: 'DISK' | 'PIPE',
): void {
  logZeek(world, 'smb_mapping', connection.at + 8 * millisecond, {
    ...identityOf(connection),
    path: share,
    share_type: type,
  });
}

interface ShareFileSeen {
  readonly at: Micros;
  readonly action: 'SMB::FILE_OPEN' | 'SMB::FILE_WRITE' | 'SMB::FILE_READ';
  readonly share: string;
  readonly name: string;
  readonly bytes: number;
  /** When the file was last written, as the server says. */
  readonly modified: Micros;
}

export function logShareFileSeen(world: World, connection: Connection, file: ShareFileSeen): void {
  const modified = file.modified / second;
  logZeek(world, 'smb_files', file.at, {
    ...identityOf(connection),
    action: file.action,
    path: file.share,
    name: file.name,
    size: file.bytes,
    'times.modified': modified,
    'times.accessed': modified,
    'times.created': modified,
    'times.changed': modified,
  });
}

export function logKerberos(
  world: World,
  connection: Connection,
  request: { readonly type: 'AS' | 'TGS'; readonly client: string; readonly service: string },
): void {
  logZeek(world, 'kerberos', connection.at + 2 * millisecond, {
    ...identityOf(connection),
    request_type: request.type,
    client: request.client,
    service: request.service,
    success: true,
    till: Math.floor(connection.at / second) + 36_000,
    cipher: 'aes256-cts-hmac-sha1-96',
    forwardable: true,
    renewable: true,
  });
}

interface Notice {
  readonly note: string;
  readonly msg: string;
  readonly sub?: string;
}

/** A notice about one connection. */
export function logNotice(world: World, connection: Connection, notice: Notice): void {
  logZeek(world, 'notice', connection.at + 30 * millisecond, {
    ...identityOf(connection),
    proto: connection.protocol,
    note: notice.note,
    msg: notice.msg,
    ...(notice.sub === undefined ? {} : { sub: notice.sub }),
    src: connection.sourceIp,
    dst: connection.targetIp,
    p: connection.targetPort,
    actions: ['Notice::ACTION_LOG'],
    email_dest: [],
    suppress_for: 3_600,
  });
}

export function logWeird(world: World, connection: Connection, name: string, source: string): void {
  logZeek(world, 'weird', connection.at + 3 * millisecond, {
    ...identityOf(connection),
    name,
    notice: false,
    peer: 'zeek',
    source,
  });
}
