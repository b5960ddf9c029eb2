import { deskLogon, deskWay, unlockLogon } from '../activity/logons.ts';
import { visitShare } from '../activity/shares.ts';
import { requestTicket } from '../activity/tickets.ts';
import { domainDns } from '../company/accounts.ts';
import type { Person } from '../company/people.ts';
import { between, clock, type Micros, millisecond, minute, second, workTime } from '../day.ts';
import { images } from '../windows/images.ts';
import { endProcess, type Process, startProcess } from '../windows/processes.ts';
import { logLogoff, logLogon } from '../windows/security.ts';
import { openSession, type Session } from '../windows/sessions.ts';
import type { World } from '../world.ts';

/** A person at their workstation, with the programs that stay open all day. */
export interface Desk {
  readonly person: Person;
  readonly session: Session;
  readonly arrives: Micros;
  readonly leaves: Micros;
  readonly explorer: Process;
  readonly browser: Process;
  readonly mail: Process;
}

/** Everybody comes in the morning and goes in the evening. */
export function arrive(world: World): readonly Desk[] {
  return world.people.map((person) => signIn(world, person));
}

/** A moment when this person is at work. */
export function atWork(world: World, desk: Desk): Micros {
  for (let draw = 0; draw < 6; draw += 1) {
    const at = workTime(world.random, world.day);
    if (at > desk.arrives + 4 * minute && at < desk.leaves - 4 * minute) return at;
  }
  return between(world.random, desk.arrives + 4 * minute, desk.leaves - 4 * minute);
}

function signIn(world: World, person: Person): Desk {
  const { random, day } = world;
  const host = person.desk;
  const arrives = clock(random, day, 7.7, 9.1);
  const leaves = clock(random, day, 16.6, 18.8);
  requestTicket(world, arrives - 120 * millisecond, host, person.account, 'krbtgt');
  requestTicket(world, arrives - 70 * millisecond, host, person.account, host);
  const session = openSession(host, arrives, person.account, 'desk');
  logLogon(world, arrives, session, deskWay(world, host, deskLogon));
  const explorer = openShell(world, session, arrives, leaves);
  readPolicies(world, person, arrives + 3 * second);
  unlocks(world, session, arrives, leaves);
  logLogoff(world, leaves + 4 * second, session, deskLogon);
  const opened = (image: string, after: Micros) => openUntil(world, explorer, image, arrives + after, leaves);
  return {
    person,
    session,
    arrives,
    leaves,
    explorer,
    mail: opened(images.outlook, random.integer(20, 90) * second),
    browser: opened(images.firefox, random.integer(60, 150) * second),
  };
}

function openShell(world: World, session: Session, at: Micros, until: Micros): Process {
  const { winlogon } = world.boot(session.host);
  const userinit = startProcess(world, {
    at: at + 400 * millisecond,
    parent: winlogon,
    image: images.userinit,
    command: 'C:\\Windows\\system32\\userinit.exe',
    session,
    lasts: 25 * second,
  });
  return openUntil(world, userinit, images.explorer, at + 700 * millisecond, until + 2 * second);
}

function openUntil(world: World, parent: Process, image: string, at: Micros, until: Micros): Process {
  const process = startProcess(world, { at, parent, image });
  endProcess(world, process, until + world.random.integer(0, 900) * millisecond);
  return process;
}

function readPolicies(world: World, person: Person, at: Micros): void {
  const file = { path: `${domainDns}\\Policies\\{31B2F340-016D-11D2-945F-00C04FB984F9}\\gpt.ini` };
  visitShare(world, {
    at,
    from: person.desk,
    to: world.random.pick(world.controllers),
    account: person.account,
    share: 'SYSVOL',
    localPath: 'C:\\Windows\\SYSVOL\\sysvol',
    files: [{ ...file, bytes: 22, write: false, mime: 'text/plain' }],
    lasts: 9 * second,
  });
}

/** Coffee and lunch: the screen is locked and unlocked (logon type 7). */
function unlocks(world: World, session: Session, arrives: Micros, leaves: Micros): void {
  const times = world.random.integer(2, 4);
  for (let time = 0; time < times; time += 1) {
    const at = between(world.random, arrives + 30 * minute, leaves - 30 * minute);
    const again = openSession(session.host, at, session.account, 'desk');
    logLogon(world, at, again, deskWay(world, session.host, unlockLogon));
    logLogoff(world, at + 200 * millisecond, again, unlockLogon);
  }
}
