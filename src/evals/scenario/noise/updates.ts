import { talkHttp } from '../activity/web.ts';
import { localSystem } from '../company/accounts.ts';
import type { Host } from '../company/hosts.ts';
import { clock, type Micros, millisecond, minute, second } from '../day.ts';
import { images } from '../windows/images.ts';
import { forMinutes, startProcess } from '../windows/processes.ts';
import { logServiceInstalled, logServiceState } from '../windows/services.ts';
import { logFileCreate, logImageLoad, logRegistrySet } from '../windows/sysmon.ts';
import type { World } from '../world.ts';

const filesPerUpdate = 6;

/** Every host downloads and installs the month's updates, workstations by day, servers by night. */
export function installUpdates(world: World): void {
  for (const host of world.hosts) {
    const at = host.isServer
      ? clock(world.random, world.day, 1, 4.5)
      : clock(world.random, world.day, 10, 16);
    download(world, host, at);
    install(world, host, at + 6 * minute);
  }
  updateBrowsers(world);
}

function download(world: World, host: Host, at: Micros): void {
  const { random, outside } = world;
  for (let part = 0; part < world.count(filesPerUpdate); part += 1) {
    talkHttp(
      world,
      {
        at: at + part * 20 * second,
        process: world.boot(host).netsvcs,
        site: outside.updates,
        sent: 0,
        received: random.size(200_000, 90_000_000),
        lasts: random.integer(400, 18_000) * millisecond,
        cached: part > 0,
      },
      {
        method: 'GET',
        uri: `/c/msdownload/update/kb50${random.integer(10_000, 49_999)}.cab`,
        userAgent: 'Microsoft-Delivery-Optimization/10.0',
        status: 206,
        mime: 'application/vnd.ms-cab-compressed',
      },
    );
  }
}

function install(world: World, host: Host, at: Micros): void {
  const { random } = world;
  const boot = world.boot(host);
  logServiceState(world, host, at, 'Windows Modules Installer', 'running');
  const worker = startProcess(world, {
    at: at + second,
    parent: boot.dcomLaunch,
    image: images.tiworker,
    command: `${images.tiworker} -Embedding`,
    lasts: forMinutes(world, 8, 25),
  });
  const changes = world.count(9);
  for (let change = 0; change < changes; change += 1) {
    const when = at + (2 + change * 5) * second;
    const library = `C:\\Windows\\System32\\component${random.integer(10, 99)}.dll`;
    logFileCreate(world, worker, when, library);
    if (change % 3 === 0) logImageLoad(world, worker, when + second, library);
    logRegistrySet(world, worker, when + 2 * second, {
      path: `HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages\\Package_${random.integer(1, 900)}`,
      details: 'DWORD (0x00000070)',
    });
  }
}

/** The browser's updater installs itself anew as a service on some hosts. */
function updateBrowsers(world: World): void {
  const { random } = world;
  for (const host of world.desks) {
    if (!random.chance(0.35)) continue;
    const at = clock(random, world.day, 9, 17);
    const boot = world.boot(host);
    startProcess(world, {
      at,
      parent: boot.services,
      image: images.msiexec,
      command: `${images.msiexec} /V`,
      lasts: minute,
    });
    logServiceInstalled(world, host, at + 2 * second, {
      name: 'MozillaMaintenance',
      path: '"C:\\Program Files (x86)\\Mozilla Maintenance Service\\maintenanceservice.exe"',
      start: 'demand start',
      by: localSystem,
    });
  }
}
