import type { Account } from '../company/accounts.ts';
import type { Caller } from '../company/cloud.ts';
import { clock, type Micros } from '../day.ts';
import type { Desk } from '../noise/arrival.ts';
import type { World } from '../world.ts';

/** Who is drawn into the intrusion, and when it begins. */
export interface Cast {
  readonly victim: Desk;
  /** The administrator whose account is stolen from the victim's memory. */
  readonly administrator: Desk;
  readonly stolenAccount: Account;
  readonly developer: Desk;
  readonly developerKey: Caller;
  readonly opensAt: Micros;
}

export function castIntrusion(world: World, desks: readonly Desk[]): Cast {
  const { random } = world;
  const inDepartment = (...names: readonly string[]) =>
    desks.filter((desk) => names.includes(desk.person.department));
  const administrator = random.pick(inDepartment('it'));
  const { person, caller } = random.pick(world.cloud.developers);
  return {
    victim: random.pick(inDepartment('finance', 'people')),
    administrator,
    stolenAccount: administrator.person.admin ?? administrator.person.account,
    developer: desks.find((desk) => desk.person === person) as Desk,
    developerKey: caller,
    opensAt: clock(random, world.day, 9.5, 10.4),
  };
}
