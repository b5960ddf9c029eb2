import { connect } from '../activity/connect.ts';
import { deskWay, networkWay } from '../activity/logons.ts';
import { second } from '../day.ts';
import { logFailedLogon } from '../windows/security.ts';
import type { World } from '../world.ts';
import { atWork, type Desk } from './arrival.ts';

/** One person has a new password today and keeps typing the old one. */
const forgetfulTries = 14;

/** People mistype their passwords; one of them often. */
export function mistypePasswords(world: World, desks: readonly Desk[]): void {
  const { random } = world;
  const forgetful = random.pick(desks);
  for (const desk of desks) {
    const tries = desk === forgetful ? forgetfulTries : random.integer(0, 3);
    for (let time = 0; time < tries; time += 1) {
      if (random.chance(0.5)) mistypeAtDesk(world, desk);
      else mistypeOnServer(world, desk);
    }
  }
}

function mistypeAtDesk(world: World, desk: Desk): void {
  const host = desk.person.desk;
  const at = atWork(world, desk);
  logFailedLogon(world, at, { host, account: desk.person.account, way: deskWay(world, host) });
}

function mistypeOnServer(world: World, desk: Desk): void {
  const host = world.server('file-server');
  const connection = connect(world, {
    at: atWork(world, desk),
    from: desk.person.desk,
    to: host,
    port: 445,
    service: 'gssapi,smb,ntlm',
    sent: 1_900,
    received: 1_400,
    lasts: second,
  });
  logFailedLogon(world, connection.at, {
    host,
    account: desk.person.account,
    way: networkWay('NTLM'),
    origin: {
      ip: connection.sourceIp,
      port: connection.sourcePort,
      workstation: desk.person.desk.name,
    },
  });
}
