import { hash } from 'node:crypto';
import type { RecordGroup } from '../src/contracts/index.ts';

/** What record number `index` is: an event, a repeat of an earlier event, or bytes that are no JSON. */
export type Kind = 'event' | 'repeat' | 'broken';

const streams = 7;
const users = 17;

/** A rule that hits the records of one of the users. */
export const hitRule = { id: '0c8a7d2e-6c39-4c0e-9a51-3e1d5a4bcccc', user: 'user-3' } as const;
export const hitRuleText = `title: Reads by ${hitRule.user}
id: ${hitRule.id}
status: test
level: medium
logsource: { product: aws, service: cloudtrail }
detection:
  reads: { eventName: GetObject, userIdentity.userName: ${hitRule.user} }
  condition: reads
`;

const roll = (seed: number, index: number) => hash('sha256', `${seed}/${index}`, 'buffer').readUInt32BE(0);

export function kindOf(seed: number, index: number): Kind {
  const dice = roll(seed, index) % 100;
  if (dice < 4) return 'broken';
  return dice < 12 && index > 20 && roll(seed, index - 13) % 100 >= 12 ? 'repeat' : 'event';
}

/** The `eventID` that a record carries; broken records carry one too, in what stands of them. */
export const nameOf = (seed: number, index: number) =>
  kindOf(seed, index) === 'repeat' ? `id-${index - 13}` : `id-${index}`;

function recordOf(seed: number, index: number): Buffer {
  const name = nameOf(seed, index);
  if (kindOf(seed, index) === 'broken') return Buffer.from(`{"eventID":"${name}","eventVersion":`);
  const number = Number(name.slice(3));
  const time = new Date(Date.UTC(2026, 0, 1) + number * 700).toISOString().replace(/\.\d+Z$/, 'Z');
  return Buffer.from(
    JSON.stringify({
      eventVersion: '1.08',
      userIdentity: { type: 'IAMUser', userName: `user-${number % users}`, accountId: '111122223333' },
      eventTime: time,
      eventSource: 's3.amazonaws.com',
      eventName: 'GetObject',
      awsRegion: 'us-east-1',
      sourceIPAddress: `192.0.2.${number % 250}`,
      requestParameters: { bucketName: `bucket-${number % 5}` },
      eventID: name,
      eventType: 'AwsApiCall',
      recipientAccountId: '111122223333',
    }),
  );
}

/** Records `from` up to `to` (exclusive) as one group of a connection. */
export function groupOf(seed: number, from: number, to: number, receivedAt: number): RecordGroup {
  const records = Array.from({ length: to - from }, (_, index) => recordOf(seed, from + index));
  return {
    tenant: 'crash',
    source: 'aws-cloudtrail',
    form: 'cloudtrail',
    stream: `s${from % streams}`,
    receivedAt,
    scheme: 'connection',
    seed: '',
    traceparent: '',
    count: records.length,
    body: Buffer.concat(records.flatMap((record) => [lengthOf(record.length), record])),
    ordinals: new Uint32Array(records.length),
  };
}

/** LEB128; records here are shorter than 16,384 bytes. */
const lengthOf = (length: number) =>
  length < 128 ? Buffer.from([length]) : Buffer.from([(length & 127) | 128, length >> 7]);
