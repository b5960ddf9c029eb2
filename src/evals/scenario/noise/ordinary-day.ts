import type { World } from '../world.ts';
import { administer } from './administration.ts';
import { arrive, type Desk } from './arrival.ts';
import { runBackground } from './background.ts';
import { backUp } from './backup.ts';
import { browse } from './browsing.ts';
import { runCloudJobs } from './cloud-builds.ts';
import { useCloud } from './cloud-people.ts';
import { workAtDesks } from './desk-work.ts';
import { useShares } from './file-shares.ts';
import { takeInventory } from './fleet-agent.ts';
import { scanNetwork } from './scanning.ts';
import { reportTelemetry } from './telemetry.ts';
import { mistypePasswords } from './typos.ts';
import { installUpdates } from './updates.ts';
import { serveVisitors } from './web-server.ts';

/** Everything that happens on a day without an intruder. Returns the people at their desks. */
export function liveOrdinaryDay(world: World): readonly Desk[] {
  const desks = arrive(world);
  workAtDesks(world, desks);
  browse(world, desks);
  useShares(world, desks);
  mistypePasswords(world, desks);
  administer(world, desks);
  runBackground(world);
  takeInventory(world);
  reportTelemetry(world);
  installUpdates(world);
  scanNetwork(world);
  backUp(world);
  serveVisitors(world);
  runCloudJobs(world);
  useCloud(world, desks);
  return desks;
}
