import { hostOf } from '../company/hosts.ts';
import { images } from '../windows/images.ts';
import { isoTime } from '../windows/record.ts';
import type { World } from '../world.ts';
import { readCloud } from './cloud.ts';
import type { ProcessFact, ScenarioFacts } from './facts.ts';
import { readNetwork } from './network.ts';
import { readWindows } from './windows.ts';

/** Reads the truth about a scenario out of the records that it will write. `byStream` counts them. */
export function readFacts(world: World, byStream: Readonly<Record<string, number>>): ScenarioFacts {
  const fileServer = hostOf(world.hosts, 'file-server');
  const windows = readWindows(world);
  const network = readNetwork(world, fileServer.ip);
  const { stolenKey, bucket, objects, objectBytes } = readCloud(world);
  const { attacker } = world.outside;
  const hosts = [...new Set(windows.processes.map((process) => process.host))];
  const upload = windows.processes.find((process) => process.image === images.curl);
  const drop = network.trafficTo(attacker.drop.name);
  return {
    window: { from: isoTime(world.day.start), to: isoTime(world.day.end) },
    events: { total: sum(Object.values(byStream)), byStream },
    intrusion: {
      from: windows.processes[0]?.at ?? '',
      to: latest([windows.processes.at(-1)?.at, network.trafficTo(attacker.command.name).to, stolenKey.to]),
      hosts,
      processGuids: [...world.marks.processGuids],
      connectionUids: [...world.marks.connectionUids],
      cloudEventIds: [...world.marks.cloudEventIds],
    },
    victim: victim(world, windows.processes),
    commandAndControl: network.trafficTo(attacker.command.name),
    credentialDump: dump(windows),
    lateralMovement: movement(world, windows),
    stolenKey,
    exfiltration: {
      bucket,
      objects,
      objectBytes,
      host: upload?.host ?? '',
      domain: drop.domain,
      address: drop.address,
      bytesSent: drop.bytesSent,
    },
    failedLogons: failedLogons(windows),
    traffic: {
      topTalker: bytesOf(network.sent.ranked()[0]),
      fileServer: {
        host: fileServer.dnsName,
        address: fileServer.ip,
        receivers: network.sentByFileServer.ranked().map(bytesOf),
      },
    },
  };
}

type Windows = ReturnType<typeof readWindows>;

function victim(world: World, processes: readonly ProcessFact[]): ScenarioFacts['victim'] {
  const first = processes[0];
  const host = first?.host ?? '';
  return {
    host,
    address: world.hosts.find((candidate) => candidate.dnsName === host)?.ip ?? '',
    user: accountOf(first?.user ?? ''),
    document: first?.command.split('"').find((part) => part.endsWith('.docm')) ?? '',
    processes: processes.filter((process) => process.host === host),
  };
}

function dump(windows: Windows): ScenarioFacts['credentialDump'] {
  const found = windows.dumps[0];
  const process = windows.processes.find((candidate) => candidate.guid === found?.processGuid);
  return {
    host: found?.host ?? '',
    at: found?.at ?? '',
    command: process?.command ?? '',
    processGuid: found?.processGuid ?? '',
  };
}

function movement(world: World, windows: Windows): ScenarioFacts['lateralMovement'] {
  const hosts = windows.processes
    .filter((process) => process.image === images.psexesvc)
    .map((process) => process.host);
  const controllers = new Set(world.controllers.map((host) => host.dnsName));
  return {
    account: windows.handedOver[0] ?? '',
    service: 'PSEXESVC',
    hosts,
    domainController: hosts.find((host) => controllers.has(host)) ?? '',
  };
}

function failedLogons(windows: Windows): ScenarioFacts['failedLogons'] {
  const [user, count] = windows.failedLogons.ranked()[0] ?? ['', 0];
  return {
    total: windows.failedLogons.total,
    most: { user, count },
    byUser: windows.failedLogons.toObject(),
  };
}

function bytesOf(entry: readonly [string, number] | undefined) {
  return { address: entry?.[0] ?? '', bytes: entry?.[1] ?? 0 };
}

function accountOf(qualified: string): string {
  return qualified.slice(qualified.indexOf('\\') + 1);
}

function latest(times: readonly (string | undefined)[]): string {
  const known = times.filter((time) => time !== undefined && time !== '');
  return new Date(Math.max(...known.map((time) => Date.parse(time ?? '')))).toISOString();
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
