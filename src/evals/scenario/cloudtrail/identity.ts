import type { Caller } from '../company/cloud.ts';
import { type Micros, millisecond } from '../day.ts';
import { awsId } from '../identifiers.ts';
import type { World } from '../world.ts';
import { logCall } from './record.ts';

export function getCallerIdentity(world: World, at: Micros, caller: Caller): string {
  return logCall(world, { at, caller, service: 'sts', name: 'GetCallerIdentity', readOnly: true });
}

/** Makes a new key for a user; returns the key's id and the event's. */
export function createAccessKey(
  world: World,
  at: Micros,
  caller: Caller,
  userName: string,
): { readonly keyId: string; readonly eventId: string } {
  const keyId = awsId(world.random, 'AKIA');
  const accessKey = { accessKeyId: keyId, status: 'Active', userName, createDate: longDate(at) };
  const eventId = logCall(world, {
    at,
    caller,
    service: 'iam',
    name: 'CreateAccessKey',
    readOnly: false,
    request: { userName },
    response: { accessKey },
  });
  return { keyId, eventId };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** IAM's own notation in responses: `Nov 17, 2026, 1:48:09 PM`. Written out, as locale data changes with versions. */
function longDate(at: Micros): string {
  const date = new Date(at / millisecond);
  const hours = date.getUTCHours();
  const minutesAndSeconds = date.toISOString().slice(14, 19);
  const day = `${months[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
  return `${day}, ${hours % 12 || 12}:${minutesAndSeconds} ${hours < 12 ? 'AM' : 'PM'}`;
}
