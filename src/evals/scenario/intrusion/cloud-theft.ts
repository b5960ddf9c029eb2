import { getObject, listBuckets, listObjects, putBucketPolicy } from '../cloudtrail/buckets.ts';
import { createAccessKey, getCallerIdentity } from '../cloudtrail/identity.ts';
import { logCall } from '../cloudtrail/record.ts';
import type { Bucket, Caller } from '../company/cloud.ts';
import { type Micros, second } from '../day.ts';
import type { World } from '../world.ts';
import type { Cast } from './cast.ts';

const fewestObjects = 160;
const mostObjects = 260;

/** The developer's key is tried from an address that never called before; then the bucket is emptied. */
export function stealFromCloud(world: World, cast: Cast, from: Micros): void {
  const { random, cloud, outside } = world;
  const thief: Caller = {
    ...cast.developerKey,
    address: outside.attacker.cloudAddress,
    userAgent: 'aws-cli/2.15.30 md/awscrt#0.19.19 ua/2.0 os/linux#6.6 md/arch#x86_64 lang/python#3.11.8',
  };
  let at = from;
  const next = (least: number, most: number): Micros => {
    at += random.integer(least, most) * second;
    return at;
  };
  const mark = (eventId: string) => world.marks.cloudEventIds.add(eventId);
  mark(getCallerIdentity(world, at, thief));
  for (const name of ['ListUsers', 'ListAttachedUserPolicies', 'GetAccountAuthorizationDetails']) {
    const call = { at: next(4, 20), caller: thief, service: 'iam', name, readOnly: true };
    mark(logCall(world, { ...call, denied: name !== 'ListAttachedUserPolicies' }));
  }
  mark(listBuckets(world, next(5, 30), thief));
  const own = cloud.buckets.filter((bucket) => bucket.account === thief.account);
  for (const bucket of own) mark(listObjects(world, next(3, 12), thief, bucket));
  const bucket = random.pick(own.slice(0, 2));
  mark(putBucketPolicy(world, next(30, 60), thief, bucket, '*'));
  emptyBucket(world, thief, bucket, next, mark);
  const made = createAccessKey(world, next(60, 200), thief, 'svc-reports-2');
  mark(made.eventId);
  const persistent: Caller = { ...thief, accessKeyId: made.keyId, name: 'svc-reports-2' };
  mark(getCallerIdentity(world, next(20, 60), persistent));
}

function emptyBucket(
  world: World,
  thief: Caller,
  bucket: Bucket,
  next: (least: number, most: number) => Micros,
  mark: (eventId: string) => void,
): void {
  const { random } = world;
  const objects = random.integer(fewestObjects, mostObjects);
  for (let index = 0; index < objects; index += 1) {
    const object = { key: `customers/part-${index}.csv.gz`, bytes: random.size(2_000_000, 90_000_000) };
    mark(getObject(world, next(0, 3), thief, bucket, object));
  }
}
