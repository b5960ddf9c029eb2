import type { Account } from '../company/accounts.ts';
import type { Host } from '../company/hosts.ts';
import type { Micros } from '../day.ts';
import type { World } from '../world.ts';
import { eventKinds } from './event-kinds.ts';
import { logWindows } from './record.ts';

export function logServiceState(
  world: World,
  host: Host,
  at: Micros,
  service: string,
  state: 'running' | 'stopped',
): void {
  const data = { param1: service, param2: state };
  logWindows(world, { host, at, kind: eventKinds.serviceState, data });
}

interface NewService {
  readonly name: string;
  readonly path: string;
  readonly start: 'demand start' | 'auto start';
  readonly by: Account;
}

export function logServiceInstalled(world: World, host: Host, at: Micros, service: NewService): void {
  const data = {
    ServiceName: service.name,
    ImagePath: service.path,
    ServiceType: 'user mode service',
    StartType: service.start,
    AccountName: 'LocalSystem',
  };
  logWindows(world, { host, at, kind: eventKinds.serviceInstalled, data, user: service.by });
}
