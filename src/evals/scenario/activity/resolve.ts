import { type Micros, millisecond } from '../day.ts';
import type { Process } from '../windows/processes.ts';
import { logDnsQuery } from '../windows/sysmon.ts';
import type { World } from '../world.ts';
import { logDns } from '../zeek/protocols.ts';
import { connect } from './connect.ts';

/**
 * A process asks for a name: the host's resolver asks a domain controller, which answers.
 * Returns when the answer is there.
 */
export function resolve(
  world: World,
  at: Micros,
  process: Process,
  name: string,
  addresses: readonly string[],
): Micros {
  const { host } = process;
  const controller = world.random.pick(world.controllers);
  const rtt = world.random.integer(300, 28_000);
  logDnsQuery(world, process, at, name, addresses);
  if (controller !== host) {
    const connection = connect(world, {
      at,
      from: host,
      to: controller,
      port: 53,
      protocol: 'udp',
      service: 'dns',
      sent: 20 + name.length,
      received: 36 + name.length + 16 * addresses.length,
      lasts: rtt,
    });
    logDns(world, connection, name, addresses, rtt);
  }
  return at + rtt + millisecond;
}
