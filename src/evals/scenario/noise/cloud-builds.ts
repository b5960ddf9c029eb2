import { getObject, listBuckets, listObjects, putBucketPolicy, putObject } from '../cloudtrail/buckets.ts';
import { createAccessKey, getCallerIdentity } from '../cloudtrail/identity.ts';
import { logCall } from '../cloudtrail/record.ts';
import type { Bucket, Caller } from '../company/cloud.ts';
import { anyTime, clock, type Micros, second, workTime } from '../day.ts';
import { awsId } from '../identifiers.ts';
import type { World } from '../world.ts';

const buildsPerDay = 85;
const auditsPerDay = 24;

/** Build, audit, data and key-rotation roles: they do at scale what an intruder does once. */
export function runCloudJobs(world: World): void {
  for (let build = world.count(buildsPerDay); build > 0; build -= 1) runBuild(world);
  for (let audit = world.count(auditsPerDay); audit > 0; audit -= 1) auditAccounts(world);
  runPipeline(world);
  rotateKeys(world);
  applyTerraform(world);
}

const reads: readonly (readonly [string, string])[] = [
  ['ec2', 'DescribeInstances'],
  ['ec2', 'DescribeSubnets'],
  ['ec2', 'DescribeSecurityGroups'],
  ['ecs', 'DescribeServices'],
  ['ecs', 'DescribeTaskDefinition'],
  ['ecr', 'DescribeRepositories'],
  ['ssm', 'GetParameter'],
  ['secretsmanager', 'DescribeSecret'],
  ['iam', 'GetRole'],
  ['cloudformation', 'DescribeStacks'],
];

/** A session of a role has a key of its own. */
function sessionOf(world: World, role: Caller, since: Micros): Caller {
  const { random, outside } = world;
  return {
    ...role,
    since,
    accessKeyId: awsId(random, 'ASIA'),
    session: `${role.name}-${random.integer(10_000, 99_999)}`,
    address: random.pick(outside.runnerAddresses),
  };
}

function runBuild(world: World): void {
  const { random, cloud } = world;
  let at = random.chance(0.7) ? workTime(random, world.day) : anyTime(random, world.day);
  const caller = sessionOf(world, random.pick(cloud.builders), at);
  const next = (): Micros => {
    at += random.integer(1, 9) * second;
    return at;
  };
  getCallerIdentity(world, next(), caller);
  const count = random.integer(8, 22);
  for (let index = 0; index < count; index += 1) {
    const [service, name] = random.pick(reads);
    logCall(world, {
      at: next(),
      caller,
      service,
      name,
      readOnly: true,
      request: {},
      denied: random.chance(0.02),
    });
  }
  const releases = ownBucket(world, caller);
  putObject(world, next(), caller, releases, `builds/${random.integer(1_000, 9_999)}/app.zip`);
}

function ownBucket(world: World, caller: Caller): Bucket {
  return world.cloud.buckets.find((bucket) => bucket.account === caller.account) as Bucket;
}

function auditAccounts(world: World): void {
  const { random, cloud } = world;
  const at = anyTime(random, world.day);
  const caller = sessionOf(world, cloud.auditor, at);
  getCallerIdentity(world, at, caller);
  listBuckets(world, at + second, caller);
  cloud.buckets
    .filter((bucket) => bucket.account === caller.account)
    .forEach((bucket, index) => {
      const request = { bucketName: bucket.name };
      const call = { caller, service: 's3', readOnly: true, request };
      logCall(world, { ...call, at: at + (2 + index) * second, name: 'GetBucketPolicy' });
      logCall(world, { ...call, at: at + (3 + index) * second, name: 'GetBucketAcl' });
    });
  logCall(world, { at: at + 9 * second, caller, service: 'iam', name: 'ListUsers', readOnly: true });
}

/** The data pipeline reads hundreds of objects in a row, by night. */
function runPipeline(world: World): void {
  const { random, cloud } = world;
  let at = clock(random, world.day, 3, 3.5);
  const caller = sessionOf(world, cloud.pipeline, at);
  const lake = cloud.buckets.find((bucket) => bucket.name.includes('analytics-lake')) as Bucket;
  listBuckets(world, at, caller);
  listObjects(world, at + second, caller, lake);
  const objects = world.count(420);
  for (let index = 0; index < objects; index += 1) {
    at += random.integer(1, 7) * second;
    getObject(world, at, caller, lake, {
      key: `events/part-${index}.parquet`,
      bytes: random.size(200_000, 60_000_000),
    });
    if (index % 5 === 0) putObject(world, at + second, caller, lake, `daily/part-${index}.parquet`);
  }
}

function rotateKeys(world: World): void {
  const at = clock(world.random, world.day, 5, 6);
  const caller = sessionOf(world, world.cloud.rotation, at);
  for (let index = 0; index < 4; index += 1) {
    createAccessKey(world, at + index * 20 * second, caller, `svc-reports-${index + 1}`);
  }
}

function applyTerraform(world: World): void {
  const { random, cloud } = world;
  for (let run = world.count(5); run > 0; run -= 1) {
    const at = workTime(random, world.day);
    const caller = sessionOf(world, cloud.terraform, at);
    getCallerIdentity(world, at, caller);
    listBuckets(world, at + second, caller);
    const trusted = `arn:aws:iam::${cloud.shared}:root`;
    putBucketPolicy(world, at + 40 * second, caller, ownBucket(world, caller), trusted);
  }
}
