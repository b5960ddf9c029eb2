import { type Day, hour, type Micros, millisecond, second } from '../day.ts';
import { hexText, uuid } from '../identifiers.ts';
import type { Random } from '../random.ts';
import { type Account, domainDns, domainName } from './accounts.ts';

type HostRole =
  | 'workstation'
  | 'domain-controller'
  | 'file-server'
  | 'web-server'
  | 'database-server'
  | 'backup-server'
  | 'management-server'
  | 'scanner'
  | 'build-server'
  | 'print-server';

const servers: readonly (readonly [string, HostRole])[] = [
  ['HL-DC-01', 'domain-controller'],
  ['HL-DC-02', 'domain-controller'],
  ['HL-FS-01', 'file-server'],
  ['HL-WEB-01', 'web-server'],
  ['HL-SQL-01', 'database-server'],
  ['HL-BAK-01', 'backup-server'],
  ['HL-MGT-01', 'management-server'],
  ['HL-SCAN-01', 'scanner'],
  ['HL-BLD-01', 'build-server'],
  ['HL-PRT-01', 'print-server'],
];
const workstationCount = 30;

const firstDynamicPort = 49_152;
const lastPort = 65_535;
/** How far a host's clock may be from the sensor's. */
const maxSkewMs = 9;

/** A Windows machine with what it counts up: process ids, process GUIDs, logon ids and source ports. */
export class Host {
  readonly name: string;
  readonly dnsName: string;
  readonly role: HostRole;
  readonly ip: string;
  readonly account: Account;
  readonly bootedAt: Micros;
  readonly skew: Micros;
  readonly agentId: string;
  readonly agentRunId: string;
  readonly sysmonPid: number;
  readonly lsassPid: number;
  readonly servicesPid: number;
  readonly #random: Random;
  readonly #guidHead: string;
  readonly #recordBase: number;
  #pid: number;
  #sequence = 0;
  #logons = 0;
  #port: number;

  constructor(random: Random, day: Day, name: string, role: HostRole, ip: string, sid: string) {
    this.name = name;
    this.dnsName = `${name}.${domainDns}`;
    this.role = role;
    this.ip = ip;
    this.account = { name: `${name}$`, domain: domainName, sid, privileged: true };
    this.bootedAt = day.start - random.integer(20, 220) * hour - random.integer(0, 3_599) * second;
    this.skew = random.integer(-maxSkewMs, maxSkewMs) * millisecond;
    this.agentId = uuid(random);
    this.agentRunId = uuid(random);
    this.#random = random.fork(name);
    this.#guidHead = hexText(random, 8);
    this.#recordBase = random.integer(20_000, 900_000);
    this.servicesPid = random.integer(140, 160) * 4;
    this.lsassPid = random.integer(165, 180) * 4;
    this.sysmonPid = random.integer(600, 900) * 4;
    this.#pid = random.integer(1_000, 1_400) * 4;
    this.#port = random.integer(firstDynamicPort, lastPort);
  }

  get isServer(): boolean {
    return this.role !== 'workstation';
  }

  /** Windows process ids are multiples of four. */
  nextPid(): number {
    this.#pid += 4 * this.#random.integer(1, 9);
    return this.#pid;
  }

  nextPort(): number {
    const next = this.#port + this.#random.integer(1, 5);
    this.#port = next > lastPort ? next - lastPort + firstDynamicPort : next;
    return this.#port;
  }

  /** Sysmon's process GUID: machine, start second, sequence; the start can be read back out of it. */
  processGuid(startedAt: Micros): string {
    this.#sequence += 1;
    const time = Math.floor((startedAt + this.skew) / second)
      .toString(16)
      .padStart(8, '0');
    const sequence = this.#sequence.toString(16).padStart(4, '0').slice(-4);
    const swapped = sequence.slice(2) + sequence.slice(0, 2);
    const high = Math.floor(this.#sequence / 0x10000)
      .toString(16)
      .padStart(4, '0');
    return `{${this.#guidHead}-${time.slice(4)}-${time.slice(0, 4)}-${swapped}-${high}00000400}`;
  }

  /** A logon id (LUID) as Windows writes it; later logons have larger ones, and none comes twice. */
  logonId(at: Micros): string {
    this.#logons = (this.#logons + 1) % 0x100;
    return `0x${(Math.floor((at - this.bootedAt) / (100 * millisecond)) * 0x100 + this.#logons).toString(16)}`;
  }

  logonGuid(logonId: string): string {
    const digits = logonId.slice(2).padStart(12, '0');
    return `{${this.#guidHead}-0000-0000-0000-${digits.slice(-12)}}`;
  }

  /** The record id of the `ordinal`-th record of a channel in this scenario. */
  recordId(channelNumber: number, ordinal: number): number {
    return this.#recordBase + channelNumber * 1_000_003 + ordinal;
  }

  /** What this host's clock shows. */
  clock(at: Micros): Micros {
    return at + this.skew;
  }
}

/** The ten servers and thirty workstations, in this order. */
export function createHosts(random: Random, day: Day, domainSid: string): readonly Host[] {
  const member = (name: string, role: HostRole, ip: string, index: number) =>
    new Host(random, day, name, role, ip, `${domainSid}-${1_100 + index}`);
  const fixed = servers.map(([name, role], index) => member(name, role, `10.20.10.${11 + index}`, index));
  const desks = Array.from({ length: workstationCount }, (_, index) =>
    member(`HL-WS-${`${index + 1}`.padStart(2, '0')}`, 'workstation', `10.20.30.${21 + index}`, 20 + index),
  );
  return [...fixed, ...desks];
}

/** The one host of a role, or the first of several. */
export function hostOf(hosts: readonly Host[], role: HostRole): Host {
  return hosts.find((host) => host.role === role) as Host;
}
