import { connect } from '../activity/connect.ts';
import { visitShare } from '../activity/shares.ts';
import { talkTls } from '../activity/web.ts';
import type { Host } from '../company/hosts.ts';
import { clock, type Micros, minute, second } from '../day.ts';
import { images } from '../windows/images.ts';
import { startProcess } from '../windows/processes.ts';
import { logFileCreate } from '../windows/sysmon.ts';
import type { World } from '../world.ts';

const gigabyte = 1_000_000_000;

/** By night every server pushes its data to the backup server, which sends the day's copy off-site: the big transfers. */
export function backUp(world: World): void {
  const vault = world.server('backup-server');
  for (const host of world.servers) {
    if (host !== vault) pushBackup(world, host, vault, clock(world.random, world.day, 0.3, 2));
  }
  const upload = clock(world.random, world.day, 4.2, 4.8);
  for (let part = 0; part < 6; part += 1) sendOffsite(world, vault, upload + part * 11 * minute);
}

function pushBackup(world: World, host: Host, vault: Host, at: Micros): void {
  const { random } = world;
  const boot = world.boot(host);
  const archive = `D:\\Backup\\${host.name}.7z`;
  const packer = startProcess(world, {
    at,
    parent: boot.scheduler,
    image: images.sevenZip,
    command: `"${images.sevenZip}" a -pB4ckup -mhe=on ${archive} D:\\`,
    session: boot.sessions.system,
    lasts: 58 * minute,
  });
  logFileCreate(world, packer, at + 2 * second, archive);
  visitShare(world, {
    at: at + 12 * minute,
    from: host,
    to: vault,
    account: world.services.backup,
    share: 'Backup$',
    localPath: 'E:\\Backup',
    files: [
      { path: `${host.name}\\daily.7z`, bytes: 4_096, write: true, mime: 'application/x-7z-compressed' },
    ],
    lasts: minute,
  });
  connect(world, {
    at: at + 13 * minute,
    from: host,
    to: vault,
    port: 9_392,
    sent:
      random.integer(host.role === 'file-server' ? 18 : 2, host.role === 'file-server' ? 26 : 7) * gigabyte +
      random.integer(0, gigabyte),
    received: random.integer(2, 9) * 1_000_000,
    lasts: random.integer(9, 40) * minute,
    by: packer,
    takenBy: world.boot(vault).main,
  });
}

function sendOffsite(world: World, vault: Host, at: Micros): void {
  talkTls(world, {
    at,
    process: world.boot(vault).main,
    site: world.outside.offsiteBackup,
    sent: world.random.integer(5, 11) * gigabyte + world.random.integer(0, gigabyte),
    received: 3_000_000,
    lasts: 10 * minute,
  });
}
