import { getObject, listBuckets, listObjects, putObject } from '../cloudtrail/buckets.ts';
import { getCallerIdentity } from '../cloudtrail/identity.ts';
import type { Developer } from '../company/cloud.ts';
import { type Micros, second } from '../day.ts';
import type { World } from '../world.ts';
import { atWork, type Desk } from './arrival.ts';

const sessionsPerDeveloper = 8;

/** Developers use the data account from the office. */
export function useCloud(world: World, desks: readonly Desk[]): void {
  for (const developer of world.cloud.developers) {
    const desk = desks.find((candidate) => candidate.person === developer.person) as Desk;
    for (let session = world.count(sessionsPerDeveloper); session > 0; session -= 1) {
      lookAtData(world, developer, atWork(world, desk));
    }
  }
}

function lookAtData(world: World, developer: Developer, at: Micros): void {
  const { random, cloud } = world;
  const { caller } = developer;
  const bucket = random.pick(cloud.buckets.filter((candidate) => candidate.account === caller.account));
  if (random.chance(0.3)) getCallerIdentity(world, at, caller);
  if (random.chance(0.3)) listBuckets(world, at + second, caller);
  listObjects(world, at + 3 * second, caller, bucket);
  const reads = random.integer(1, 7);
  for (let index = 0; index < reads; index += 1) {
    const key = `${random.pick(['samples', 'tests', 'models'])}/${random.integer(1, 400)}.json`;
    getObject(world, at + (6 + index * 8) * second, caller, bucket, {
      key,
      bytes: random.size(900, 4_000_000),
    });
  }
  if (random.chance(0.25))
    putObject(world, at + 90 * second, caller, bucket, `tests/run-${random.integer(1, 999)}.json`);
}
