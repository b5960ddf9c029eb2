import { type Account, realm } from '../company/accounts.ts';
import type { Host } from '../company/hosts.ts';
import { type Micros, millisecond } from '../day.ts';
import { logTicket } from '../windows/security.ts';
import type { World } from '../world.ts';
import { logKerberos } from '../zeek/protocols.ts';
import { connect } from './connect.ts';

/** An account on a host asks a domain controller for a ticket: for itself (`krbtgt`) or for a server. */
export function requestTicket(
  world: World,
  at: Micros,
  from: Host,
  account: Account,
  service: Host | 'krbtgt',
): void {
  const controller = world.random.pick(world.controllers);
  if (controller === from) return;
  const connection = connect(world, {
    at,
    from,
    to: controller,
    port: 88,
    service: 'krb_tcp',
    sent: world.random.integer(1_400, 1_900),
    received: world.random.integer(1_500, 2_100),
    lasts: world.random.integer(1_500, 9_000),
  });
  logKerberos(world, connection, {
    type: service === 'krbtgt' ? 'AS' : 'TGS',
    client: `${account.name}/${realm}`,
    service: service === 'krbtgt' ? `krbtgt/${realm}` : `cifs/${service.dnsName}`,
  });
  logTicket(world, at + 2 * millisecond, {
    controller,
    account,
    service: service === 'krbtgt' ? service : service.account,
    ip: from.ip,
    port: connection.sourcePort,
    logonGuid: controller.logonGuid(controller.logonId(at)),
  });
}
