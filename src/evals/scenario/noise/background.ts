import { connect } from '../activity/connect.ts';
import { logoffFrom, logonOver } from '../activity/logons.ts';
import { requestTicket } from '../activity/tickets.ts';
import type { Host } from '../company/hosts.ts';
import { anyTime, millisecond, minute, second } from '../day.ts';
import { images } from '../windows/images.ts';
import { forMinutes, startProcess } from '../windows/processes.ts';
import { logServiceState } from '../windows/services.ts';
import { logImageLoad, logProcessAccess, logRegistrySet } from '../windows/sysmon.ts';
import type { World } from '../world.ts';

const tasksPerHost = 22;
const serviceChangesPerHost = 7;
const accessesPerHost = 14;
const settingsPerHost = 18;
const machineLogonsPerHost = 13;

/** What Windows does without anybody at the keyboard. */
export function runBackground(world: World): void {
  for (const host of world.hosts) {
    repeat(world.count(tasksPerHost), () => runTask(world, host));
    repeat(world.count(serviceChangesPerHost), () => changeService(world, host));
    repeat(world.count(accessesPerHost), () => inspectProcess(world, host));
    repeat(world.count(settingsPerHost), () => writeSetting(world, host));
    repeat(world.count(machineLogonsPerHost), () => machineLogon(world, host));
  }
}

function repeat(times: number, act: () => void): void {
  for (let time = 0; time < times; time += 1) act();
}

const tasks: readonly (readonly [string, string])[] = [
  [images.taskhostw, 'taskhostw.exe'],
  [images.backgroundTask, `"${images.backgroundTask}" -ServerName:App.AppX`],
  [images.dllhost, `${images.dllhost} /Processid:{AB8902B4-09CA-4BB6-B78D-A8F59079A8D5}`],
  [images.searchHost, `"${images.searchHost}" Global\\UsGthrFltPipeMssGthrPipe`],
  [images.wmiprvse, `${images.wmiprvse} -secured -Embedding`],
  [images.rundll32, `${images.rundll32} Startupscan.dll,SusRunTask`],
  [images.sppsvc, images.sppsvc],
  [images.defrag, `"${images.defrag}" -c -h -k -g -$`],
  [images.gpupdate, 'gpupdate.exe /target:computer'],
];

function runTask(world: World, host: Host): void {
  const { random } = world;
  const at = anyTime(random, world.day);
  const [image, command] = random.pick(tasks);
  const { scheduler, dcomLaunch } = world.boot(host);
  const parent = image === images.wmiprvse || image === images.dllhost ? dcomLaunch : scheduler;
  const process = startProcess(world, { at, parent, image, command, lasts: forMinutes(world, 0, 6) });
  if (random.chance(0.4)) {
    logImageLoad(world, process, at + 60 * millisecond, 'C:\\Windows\\System32\\taskschd.dll');
  }
}

const services = [
  'Windows Update',
  'Background Intelligent Transfer Service',
  'Windows Modules Installer',
  'Software Protection',
  'Remote Registry',
  'Volume Shadow Copy',
];

function changeService(world: World, host: Host): void {
  const at = anyTime(world.random, world.day);
  const service = world.random.pick(services);
  logServiceState(world, host, at, service, 'running');
  logServiceState(world, host, at + forMinutes(world, 2, 20), service, 'stopped');
}

/** The malware scanner, WMI and error reporting open other processes, lsass among them. */
function inspectProcess(world: World, host: Host): void {
  const { random } = world;
  const boot = world.boot(host);
  const [source, mask, via] = random.pick([
    [boot.defender, '0x1410', 'C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\mpengine.dll+3f21a'],
    [boot.netsvcs, '0x1000', 'C:\\Windows\\System32\\wmiprov.dll+1c0e2'],
    [boot.fleetAgent, '0x1010', 'C:\\Program Files\\FleetTend\\inventory.dll+20b1c'],
    [boot.services, '0x1fffff', 'C:\\Windows\\System32\\services.exe+4a2d'],
  ] as const);
  const target = random.pick([boot.lsass, boot.lsass, boot.gauge, boot.main, boot.dnsClient]);
  logProcessAccess(world, anyTime(random, world.day), { source, target, mask, via });
}

function writeSetting(world: World, host: Host): void {
  const { random } = world;
  const boot = world.boot(host);
  const [process, path, details] = random.pick([
    [
      boot.netsvcs,
      'HKLM\\System\\CurrentControlSet\\Services\\W32Time\\Config\\Status',
      'DWORD (0x00000000)',
    ],
    [boot.netsvcs, 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\LastScan', 'QWORD'],
    [boot.defender, 'HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Scan\\LastScanRun', 'Binary Data'],
    [boot.services, 'HKLM\\System\\CurrentControlSet\\Services\\BITS\\Start', 'DWORD (0x00000003)'],
    [boot.fleetAgent, 'HKLM\\SOFTWARE\\FleetTend\\Inventory\\LastReport', 'Binary Data'],
  ] as const);
  logRegistrySet(world, process, anyTime(random, world.day), { path, details });
}

/** A machine's own account talks to a controller: group policy, name updates. */
function machineLogon(world: World, host: Host): void {
  const { random } = world;
  const controller = random.pick(world.controllers);
  if (controller === host) return;
  const at = anyTime(random, world.day);
  requestTicket(world, at, host, host.account, controller);
  const connection = connect(world, {
    at: at + 20 * millisecond,
    from: host,
    to: controller,
    port: 389,
    service: 'ldap_tcp',
    sent: random.integer(900, 6_000),
    received: random.integer(2_000, 60_000),
    lasts: random.integer(40, 9_000) * millisecond,
    ...(random.chance(0.4) ? { by: world.boot(host).lsass } : {}),
  });
  const session = logonOver(world, connection, host.account, controller);
  logoffFrom(world, at + minute + random.integer(0, 50) * second, session);
}
