import type { Bucket, Caller } from '../company/cloud.ts';
import type { Micros } from '../day.ts';
import type { World } from '../world.ts';
import { logCall } from './record.ts';

export function listBuckets(world: World, at: Micros, caller: Caller): string {
  const request = { Host: 's3.eu-west-1.amazonaws.com' };
  return logCall(world, { at, caller, service: 's3', name: 'ListBuckets', readOnly: true, request });
}

export function listObjects(world: World, at: Micros, caller: Caller, bucket: Bucket): string {
  const request = { bucketName: bucket.name, Host: hostOf(bucket), 'list-type': '2' };
  return logCall(world, {
    at,
    caller,
    service: 's3',
    name: 'ListObjects',
    readOnly: true,
    request,
    resources: [bucketResource(bucket)],
    dataEvent: true,
  });
}

/** Reads an object of `bytes`. */
export function getObject(
  world: World,
  at: Micros,
  caller: Caller,
  bucket: Bucket,
  object: { readonly key: string; readonly bytes: number },
): string {
  return logCall(world, {
    at,
    caller,
    service: 's3',
    name: 'GetObject',
    readOnly: true,
    request: { bucketName: bucket.name, Host: hostOf(bucket), key: object.key },
    resources: [objectResource(bucket, object.key), bucketResource(bucket)],
    dataEvent: true,
    bytesOut: object.bytes,
  });
}

export function putObject(world: World, at: Micros, caller: Caller, bucket: Bucket, key: string): string {
  return logCall(world, {
    at,
    caller,
    service: 's3',
    name: 'PutObject',
    readOnly: false,
    request: { bucketName: bucket.name, Host: hostOf(bucket), key },
    resources: [objectResource(bucket, key), bucketResource(bucket)],
    dataEvent: true,
  });
}

/** Lets `principal` read the bucket (`*` is everyone). */
export function putBucketPolicy(
  world: World,
  at: Micros,
  caller: Caller,
  bucket: Bucket,
  principal: string,
): string {
  const statement = {
    Sid: 'Read',
    Effect: 'Allow',
    Principal: { AWS: principal },
    Action: ['s3:GetObject', 's3:ListBucket'],
    Resource: [`arn:aws:s3:::${bucket.name}`, `arn:aws:s3:::${bucket.name}/*`],
  };
  return logCall(world, {
    at,
    caller,
    service: 's3',
    name: 'PutBucketPolicy',
    readOnly: false,
    request: {
      bucketName: bucket.name,
      Host: hostOf(bucket),
      policy: '',
      bucketPolicy: { Version: '2012-10-17', Statement: [statement] },
    },
    resources: [bucketResource(bucket)],
  });
}

function hostOf(bucket: Bucket): string {
  return `${bucket.name}.s3.eu-west-1.amazonaws.com`;
}

function bucketResource(bucket: Bucket) {
  return { accountId: bucket.account, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucket.name}` };
}

function objectResource(bucket: Bucket, key: string) {
  return { type: 'AWS::S3::Object', ARN: `arn:aws:s3:::${bucket.name}/${key}` };
}
