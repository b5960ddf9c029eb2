import { isInside, type Micros, second } from '../day.ts';
import type { World } from '../world.ts';

export const zeekPaths = [
  'conn',
  'dns',
  'http',
  'ssl',
  'files',
  'smb_files',
  'smb_mapping',
  'kerberos',
  'notice',
  'weird',
] as const;
export type ZeekPath = (typeof zeekPaths)[number];

/** A record of Zeek's JSON log with `_path` and epoch seconds, one stream a log. */
export interface ZeekRecord {
  readonly _path: ZeekPath;
  readonly ts: number;
  readonly uid?: string;
  readonly 'id.orig_h'?: string;
  readonly 'id.orig_p'?: number;
  readonly 'id.resp_h'?: string;
  readonly 'id.resp_p'?: number;
  readonly orig_bytes?: number;
  readonly resp_bytes?: number;
  readonly [field: string]: unknown;
}

/** Notes a record of the sensor, whose clock is the true one; what lies beyond the window is left out. */
export function logZeek(
  world: World,
  path: ZeekPath,
  at: Micros,
  fields: Readonly<Record<string, unknown>>,
): void {
  if (!isInside(world.day, at)) return;
  world.logs.zeek(path).add(at, () => ({ _path: path, ts: at / second, ...fields }));
}

/** What the sensor knows of a connection; every record about it opens with these. */
export interface Connection {
  readonly uid: string;
  /** When the sensor saw its first packet. */
  readonly at: Micros;
  readonly lasts: Micros;
  readonly sourceIp: string;
  readonly sourcePort: number;
  readonly targetIp: string;
  readonly targetPort: number;
  readonly protocol: 'tcp' | 'udp';
}

export function identityOf(connection: Connection) {
  return {
    uid: connection.uid,
    'id.orig_h': connection.sourceIp,
    'id.orig_p': connection.sourcePort,
    'id.resp_h': connection.targetIp,
    'id.resp_p': connection.targetPort,
  };
}

const insidePrefix = '10.';

export function isLocal(ip: string): boolean {
  return ip.startsWith(insidePrefix);
}
