import { connect } from '../activity/connect.ts';
import { deskWay, remoteLogon } from '../activity/logons.ts';
import { requestTicket } from '../activity/tickets.ts';
import { clock, minute, second } from '../day.ts';
import { images } from '../windows/images.ts';
import { startProcess } from '../windows/processes.ts';
import { logLogoff, logLogon } from '../windows/security.ts';
import { openSession } from '../windows/sessions.ts';
import type { World } from '../world.ts';
import type { Cast } from './cast.ts';

/**
 * In good faith and before anything else: the administrator helps the victim by remote desktop, which leaves
 * the administrator's credentials in the memory of the victim's machine.
 */
export function helpVictim(world: World, cast: Cast): void {
  const at = clock(world.random, world.day, 9.15, 9.3);
  const from = cast.administrator.person.desk;
  const to = cast.victim.person.desk;
  requestTicket(world, at - second, from, cast.stolenAccount, to);
  const client = startProcess(world, {
    at,
    parent: cast.administrator.explorer,
    image: images.mstsc,
    command: `mstsc.exe /v:${to.name}`,
    lasts: 7 * minute,
  });
  const connection = connect(world, {
    at: at + second,
    from,
    to,
    port: 3389,
    service: 'rdp,ssl',
    sent: world.random.integer(200_000, 900_000),
    received: world.random.integer(4_000_000, 30_000_000),
    lasts: 6 * minute,
    by: client,
    takenBy: world.boot(to).netsvcs,
  });
  const session = openSession(to, at + 2 * second, cast.stolenAccount, 'desk');
  const origin = { ip: from.ip, port: connection.sourcePort, workstation: from.name };
  logLogon(world, at + 2 * second, session, deskWay(world, to, remoteLogon), origin);
  logLogoff(world, at + 6 * minute, session, remoteLogon);
}
