import { runPsExec } from '../activity/remote-service.ts';
import type { Host } from '../company/hosts.ts';
import { clock, type Micros, millisecond, minute, second } from '../day.ts';
import { images } from '../windows/images.ts';
import { encodedCommand, logScript } from '../windows/powershell.ts';
import { briefly, forMinutes, type Process, startProcess } from '../windows/processes.ts';
import { logFileCreate, logProcessAccess } from '../windows/sysmon.ts';
import type { World } from '../world.ts';
import { atWork, type Desk } from './arrival.ts';

const roundsPerAdministrator = 6;
const remoteRunsPerAdministrator = 3;
const dumpsPerAdministrator = 3;

/** Administrators look around, work remotely and take dumps: the tools of an intruder in good hands. */
export function administer(world: World, desks: readonly Desk[]): void {
  const administrators = desks.filter((desk) => desk.person.admin !== undefined);
  for (const desk of administrators) {
    repeat(world.count(roundsPerAdministrator), () => lookAround(world, desk));
    repeat(world.count(remoteRunsPerAdministrator), () => workRemotely(world, desk));
    repeat(world.count(dumpsPerAdministrator), () => takeDump(world, desk));
  }
  for (const desk of desks) {
    if (desk.person.department === 'engineering') developerShell(world, desk);
  }
  for (const controller of world.controllers) saveDirectory(world, controller);
}

function repeat(times: number, act: () => void): void {
  for (let time = 0; time < times; time += 1) act();
}

const questions: readonly (readonly [string, string])[] = [
  [images.whoami, 'whoami /all'],
  [images.whoami, 'whoami /groups'],
  [images.net, 'net  group "Domain Admins" /domain'],
  [images.net, 'net  localgroup administrators'],
  [images.net, 'net  view \\\\HL-FS-01'],
  [images.nltest, 'nltest  /dclist:harbour.example'],
  [images.nltest, 'nltest  /domain_trusts'],
  [images.ipconfig, 'ipconfig  /all'],
  [images.systeminfo, 'systeminfo'],
  [images.tasklist, 'tasklist  /v'],
];

function lookAround(world: World, desk: Desk): void {
  const { random } = world;
  const at = atWork(world, desk);
  const shell = openShell(world, desk, at);
  const count = random.integer(2, 5);
  for (let index = 0; index < count; index += 1) {
    const [image, command] = random.pick(questions);
    startProcess(world, {
      at: at + (index + 1) * 9 * second,
      parent: shell,
      image,
      command,
      lasts: briefly(world),
    });
  }
  if (!random.chance(0.4)) return;
  const script = 'Get-ADUser -Filter * -Properties LastLogonDate | Export-Csv C:\\Temp\\users.csv';
  const when = at + minute;
  const command = random.chance(0.5)
    ? encodedCommand(script)
    : `"${images.powershell}" -File C:\\Scripts\\users.ps1`;
  const process = startProcess(world, {
    at: when,
    parent: shell,
    image: images.powershell,
    command,
    lasts: minute,
  });
  logScript(world, process, when + 300 * millisecond, script, 'Get-ADUser');
}

function openShell(world: World, desk: Desk, at: Micros): Process {
  return startProcess(world, {
    at,
    parent: desk.explorer,
    image: images.cmd,
    command: `"${images.cmd}"`,
    integrity: 'High',
    lasts: forMinutes(world, 3, 20),
  });
}

function workRemotely(world: World, desk: Desk): void {
  const { admin } = desk.person;
  if (admin === undefined) return;
  const at = atWork(world, desk);
  const to = world.random.pick(world.hosts.filter((host) => host !== desk.person.desk));
  const run = runPsExec(world, {
    at,
    from: openShell(world, desk, at - 5 * second),
    to,
    account: admin,
    lasts: 3 * minute,
  });
  const shell = startProcess(world, {
    at: at + 2 * second,
    parent: run.service,
    image: images.cmd,
    command: '"cmd.exe"',
    session: run.session,
    lasts: 2 * minute,
  });
  const [image, command] = world.random.pick(questions);
  startProcess(world, { at: at + 20 * second, parent: shell, image, command, lasts: briefly(world) });
}

/** A hanging program is dumped for its vendor, with procdump or the system's own comsvcs.dll. */
function takeDump(world: World, desk: Desk): void {
  const { random } = world;
  const at = atWork(world, desk);
  const shell = openShell(world, desk, at);
  const target = random.pick([world.boot(desk.person.desk).gauge, desk.browser, desk.mail]);
  const path = `C:\\Temp\\hang-${random.integer(100, 999)}.dmp`;
  const native = random.chance(0.5);
  const process = startProcess(world, {
    at: at + 8 * second,
    parent: shell,
    image: native ? images.rundll32 : images.procdump,
    command: native
      ? `rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump ${target.pid} ${path} full`
      : `procdump64.exe -accepteula -ma ${target.pid} ${path}`,
    lasts: 12 * second,
  });
  const via = 'C:\\Windows\\System32\\dbgcore.dll+6d3f';
  logProcessAccess(world, at + 9 * second, { source: process, target, mask: '0x1fffff', via });
  logFileCreate(world, process, at + 10 * second, path);
}

/** Developers ask who they are before they call the cloud. */
function developerShell(world: World, desk: Desk): void {
  const at = atWork(world, desk);
  const shell = openShell(world, desk, at);
  startProcess(world, {
    at: at + 4 * second,
    parent: shell,
    image: images.whoami,
    command: 'whoami',
    lasts: briefly(world),
  });
  startProcess(world, {
    at: at + 11 * second,
    parent: shell,
    image: images.aws,
    command: 'aws  sts get-caller-identity',
    lasts: 3 * second,
  });
}

/** Each controller saves its directory by night with the same tool that a thief would use. */
function saveDirectory(world: World, host: Host): void {
  const at = clock(world.random, world.day, 2, 3.5);
  const { scheduler } = world.boot(host);
  const shell = startProcess(world, {
    at,
    parent: scheduler,
    image: images.cmd,
    command: 'cmd.exe /c C:\\Scripts\\systemstate.cmd',
    lasts: 5 * minute,
  });
  const saved = startProcess(world, {
    at: at + 3 * second,
    parent: shell,
    image: images.ntdsutil,
    command: 'ntdsutil.exe "ac i ntds" "ifm" "create full E:\\SystemState" q q',
    lasts: 3 * minute,
  });
  logFileCreate(world, saved, at + 40 * second, 'E:\\SystemState\\Active Directory\\ntds.dit');
  startProcess(world, {
    at: at + 4 * minute,
    parent: shell,
    image: images.vssadmin,
    command: 'vssadmin.exe list shadows',
    lasts: 4 * second,
  });
}
