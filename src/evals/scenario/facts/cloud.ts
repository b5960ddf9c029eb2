import type { CloudTrailRecord } from '../cloudtrail/record.ts';
import type { World } from '../world.ts';
import type { ScenarioFacts } from './facts.ts';
import { Tally } from './tally.ts';

interface CloudFindings {
  readonly stolenKey: ScenarioFacts['stolenKey'];
  readonly bucket: string;
  readonly objects: number;
  readonly objectBytes: number;
}

export function readCloud(world: World): CloudFindings {
  const all = [...world.logs.cloudTracks.values()].flatMap((track) => [...track.records()]);
  const marked = all.filter((record) => world.marks.cloudEventIds.has(record.eventID));
  const first = marked[0];
  const id = first?.userIdentity.accessKeyId ?? '';
  const thefts = marked.filter((record) => record.userIdentity.accessKeyId === id);
  const operations = new Tally();
  for (const record of thefts) operations.add(record.eventName);
  const reads = thefts.filter((record) => record.eventName === 'GetObject');
  return {
    stolenKey: {
      id,
      user: `${first?.userIdentity.userName}`,
      account: `${first?.userIdentity.accountId}`,
      address: first?.sourceIPAddress ?? '',
      callsByThief: thefts.length,
      calls: all.filter((record) => record.userIdentity.accessKeyId === id).length,
      operationsByThief: operations.toObject(),
      from: first?.eventTime ?? '',
      to: thefts.at(-1)?.eventTime ?? '',
      createdKeyId: createdKey(thefts),
    },
    bucket: `${reads[0]?.requestParameters?.bucketName}`,
    objects: reads.length,
    objectBytes: reads.reduce((bytes, record) => bytes + bytesOut(record), 0),
  };
}

function createdKey(calls: readonly CloudTrailRecord[]): string {
  const response = calls.find((record) => record.eventName === 'CreateAccessKey')?.responseElements;
  const key = response?.accessKey;
  return typeof key === 'object' && key !== null && 'accessKeyId' in key ? `${key.accessKeyId}` : '';
}

function bytesOut(record: CloudTrailRecord): number {
  const data = record.additionalEventData;
  const known = typeof data === 'object' && data !== null && 'bytesTransferredOut' in data;
  return known ? Number(data.bytesTransferredOut) : 0;
}
