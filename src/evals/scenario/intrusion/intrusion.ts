import { between, hour, minute } from '../day.ts';
import type { Desk } from '../noise/arrival.ts';
import type { World } from '../world.ts';
import { castIntrusion } from './cast.ts';
import { stealFromCloud } from './cloud-theft.ts';
import { dumpCredentials } from './credentials.ts';
import { lookAround } from './discovery.ts';
import { beacon, openAttachment } from './foothold.ts';
import { helpVictim } from './help-visit.ts';
import { robController, robDeveloper, robFileServer } from './movement.ts';

/**
 * One intrusion in the course of a working day (ATT&CK in brackets): phishing attachment (T1566.001, T1204.002),
 * PowerShell (T1059.001), beacon (T1071.001), discovery (T1033, T1069, T1482), lsass memory (T1003.001), PsExec
 * (T1569.002, T1021.002), keys in files (T1552.001), directory copy (T1003.003), archive and upload (T1560,
 * T1048), cloud account (T1078.004), cloud storage (T1530), further credentials (T1098.001).
 */
export function intrude(world: World, desks: readonly Desk[]): void {
  const cast = castIntrusion(world, desks);
  helpVictim(world, cast);
  const foothold = openAttachment(world, cast);
  const start = cast.opensAt;
  const leaves = start + 4.5 * hour;
  beacon(world, foothold.shell, start + 1.2 * minute, leaves);
  const after = (minutes: number) =>
    between(world.random, start + minutes * minute, start + (minutes + 6) * minute);
  lookAround(world, foothold.shell, after(16));
  dumpCredentials(world, foothold.elevated, after(46));
  robDeveloper(world, cast, foothold, after(78));
  robController(world, cast, foothold, after(124));
  robFileServer(world, cast, foothold, after(168));
  stealFromCloud(world, cast, after(205));
}
