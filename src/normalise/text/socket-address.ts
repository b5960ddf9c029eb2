import { addressText } from '../address.ts';
import { bytesOfHex } from './hexadecimal.ts';

/** As `ausearch -i` names the parts. */
export interface SocketAddress {
  readonly saddr_fam: string;
  readonly laddr?: string;
  readonly lport?: string;
  readonly path?: string;
}

/** Address families (Linux, `socket.h`). */
const families: Readonly<Record<number, string>> = {
  0: 'unspec',
  1: 'local',
  2: 'inet',
  10: 'inet6',
  16: 'netlink',
  17: 'packet',
  29: 'can',
  38: 'alg',
  40: 'vsock',
};
const portAt = 2;
const v4At = 4;
const v6At = 8;

/** Reads the `sockaddr` that the kernel logs in hexadecimal: `02000050A9FEA9FE…` is 169.254.169.254, port 80. */
export function socketAddress(hex: string): SocketAddress | undefined {
  const bytes = bytesOfHex(hex);
  if (bytes === undefined || bytes.length < 2) return undefined;
  // In the machine's order, which is little-endian wherever auditd is common.
  const family = bytes.readUInt16LE(0);
  const saddr_fam = families[family] ?? String(family);
  const ended = (length: number) => bytes.length >= length;
  if (saddr_fam === 'inet' && ended(v4At + 4)) {
    const laddr = [...bytes.subarray(v4At, v4At + 4)].join('.');
    return { saddr_fam, laddr, lport: String(bytes.readUInt16BE(portAt)) };
  }
  if (saddr_fam === 'inet6' && ended(v6At + 16)) {
    const words = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(v6At + 2 * index).toString(16));
    return { saddr_fam, laddr: addressText(words.join(':')), lport: String(bytes.readUInt16BE(portAt)) };
  }
  if (saddr_fam === 'local') return { saddr_fam, path: unixPath(bytes.subarray(2)) };
  return { saddr_fam };
}

/** Up to the first NUL; an abstract name begins with one and is written with `@`, as usual. */
function unixPath(bytes: Buffer): string {
  const isAbstract = bytes[0] === 0 && bytes.some((byte) => byte !== 0);
  const name = isAbstract ? bytes.subarray(1) : bytes;
  const end = name.indexOf(0);
  return (isAbstract ? '@' : '') + name.subarray(0, end === -1 ? name.length : end).toString();
}
