import { type CloudAccounts, createCloud } from './company/cloud.ts';
import { createHosts, type Host } from './company/hosts.ts';
import { createOutside, type Outside } from './company/outside.ts';
import { createPeople, createServiceAccounts, type Person, type ServiceAccounts } from './company/people.ts';
import type { Day } from './day.ts';
import { createLogs, type Logs } from './logs.ts';
import { createMarks, type Marks } from './marks.ts';
import { createRandom, type Random } from './random.ts';
import { type BootProcesses, bootProcesses } from './windows/processes.ts';

/** The company on its day, and everything that its sensors have noted so far. */
export interface World {
  readonly day: Day;
  readonly random: Random;
  readonly hosts: readonly Host[];
  readonly desks: readonly Host[];
  readonly servers: readonly Host[];
  readonly controllers: readonly Host[];
  readonly people: readonly Person[];
  readonly services: ServiceAccounts;
  readonly outside: Outside;
  readonly cloud: CloudAccounts;
  readonly logs: Logs;
  /** What belongs to the intrusion. */
  readonly marks: Marks;
  /** How often a noise activity of `perDay` happens at this scenario's scale; at least once. */
  count(perDay: number): number;
  boot(host: Host): BootProcesses;
  server(role: Host['role']): Host;
}

export function createWorld(seed: number, day: Day, scale: number): World {
  const root = createRandom(seed);
  const setting = root.fork('company');
  const domainSid = `S-1-5-21-${[0, 1, 2].map(() => setting.integer(1e8, 4e9)).join('-')}`;
  const hosts = createHosts(setting, day, domainSid);
  const desks = hosts.filter((host) => !host.isServer);
  const people = createPeople(setting, desks, domainSid);
  const outside = createOutside(setting);
  const running = new Map(hosts.map((host) => [host, bootProcesses(host)]));
  const cloud = createCloud(setting, people, outside);
  return {
    day,
    random: root.fork('day'),
    hosts,
    desks,
    servers: hosts.filter((host) => host.isServer),
    controllers: hosts.filter((host) => host.role === 'domain-controller'),
    people,
    services: createServiceAccounts(domainSid),
    outside,
    cloud,
    logs: createLogs([cloud.production, cloud.data, cloud.shared]),
    marks: createMarks(),
    count: (perDay) => Math.max(1, Math.round(perDay * scale)),
    boot: (host) => running.get(host) as BootProcesses,
    server: (role) => hosts.find((host) => host.role === role) as Host,
  };
}
