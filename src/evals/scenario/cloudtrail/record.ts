import type { Caller } from '../company/cloud.ts';
import { isInside, type Micros } from '../day.ts';
import { requestId, uuid } from '../identifiers.ts';
import { isoTime } from '../windows/record.ts';
import type { World } from '../world.ts';

/** A record of a CloudTrail log file (event version 1.09). */
export interface CloudTrailRecord {
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly eventID: string;
  readonly sourceIPAddress: string;
  readonly userIdentity: UserIdentity;
  readonly requestParameters: Parameters;
  readonly responseElements: Parameters;
  readonly [key: string]: unknown;
}

interface UserIdentity {
  readonly accessKeyId: string;
  readonly [key: string]: unknown;
}

type Parameters = Readonly<Record<string, unknown>> | null;

interface ApiCall {
  readonly at: Micros;
  readonly caller: Caller;
  /** `s3`, `iam`: the service's name before `.amazonaws.com`. */
  readonly service: string;
  readonly name: string;
  readonly readOnly: boolean;
  readonly request?: Parameters;
  readonly response?: Parameters;
  readonly resources?: readonly Readonly<Record<string, string>>[];
  /** True for object-level events, which CloudTrail calls data events. */
  readonly dataEvent?: boolean;
  readonly bytesOut?: number;
  readonly denied?: boolean;
}

const region = 'eu-west-1';
const globalServices = new Set(['iam', 'sts']);

/** Notes an API call in the trail of the caller's account. Returns the event's id. */
export function logCall(world: World, call: ApiCall): string {
  const eventId = uuid(world.random);
  const { caller } = call;
  if (!isInside(world.day, call.at)) return eventId;
  const ids = { eventId, requestId: requestId(world.random) };
  world.logs.cloudTrail(caller.account).add(call.at, () => record(call, ids));
  return eventId;
}

function record(
  call: ApiCall,
  ids: { readonly eventId: string; readonly requestId: string },
): CloudTrailRecord {
  const { caller } = call;
  const isGlobal = globalServices.has(call.service);
  const host = `${call.service}.${isGlobal ? '' : `${region}.`}amazonaws.com`;
  return {
    eventVersion: '1.09',
    userIdentity: userIdentity(caller, call.at),
    eventTime: `${isoTime(call.at).slice(0, 19)}Z`,
    eventSource: `${call.service}.amazonaws.com`,
    eventName: call.name,
    awsRegion: isGlobal ? 'us-east-1' : region,
    sourceIPAddress: caller.address,
    userAgent: caller.userAgent,
    ...(call.denied === true ? refusal(call) : {}),
    requestParameters: call.request ?? null,
    responseElements: call.denied === true ? null : (call.response ?? null),
    ...(call.service === 's3' ? { additionalEventData: transfer(call) } : {}),
    requestID: ids.requestId,
    eventID: ids.eventId,
    readOnly: call.readOnly,
    ...(call.resources === undefined ? {} : { resources: call.resources }),
    eventType: 'AwsApiCall',
    managementEvent: call.dataEvent !== true,
    recipientAccountId: caller.account,
    eventCategory: call.dataEvent === true ? 'Data' : 'Management',
    tlsDetails: {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: host,
    },
  };
}

function userIdentity(caller: Caller, at: Micros): UserIdentity {
  const { account, name, principalId, accessKeyId } = caller;
  if (caller.kind === 'user') {
    const arn = `arn:aws:iam::${account}:user/${name}`;
    return { type: 'IAMUser', principalId, arn, accountId: account, accessKeyId, userName: name };
  }
  return {
    type: 'AssumedRole',
    principalId: `${principalId}:${caller.session}`,
    arn: `arn:aws:sts::${account}:assumed-role/${name}/${caller.session}`,
    accountId: account,
    accessKeyId,
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId,
        arn: `arn:aws:iam::${account}:role/${name}`,
        accountId: account,
        userName: name,
      },
      attributes: {
        creationDate: `${isoTime(caller.since ?? at).slice(0, 19)}Z`,
        mfaAuthenticated: 'false',
      },
    },
  };
}

function refusal(call: ApiCall) {
  const { caller } = call;
  const who =
    caller.kind === 'user'
      ? `arn:aws:iam::${caller.account}:user/${caller.name}`
      : `arn:aws:sts::${caller.account}:assumed-role/${caller.name}/${caller.session}`;
  return {
    errorCode: 'AccessDenied',
    errorMessage: `User: ${who} is not authorized to perform: ${call.service}:${call.name}`,
  };
}

function transfer(call: ApiCall) {
  return {
    SignatureVersion: 'SigV4',
    AuthenticationMethod: 'AuthHeader',
    bytesTransferredIn: call.request !== undefined && !call.readOnly ? 512 : 0,
    bytesTransferredOut: call.bytesOut ?? 0,
  };
}
