import type { Micros } from '../day.ts';
import { awsId } from '../identifiers.ts';
import type { Random } from '../random.ts';
import type { Outside } from './outside.ts';
import type { Person } from './people.ts';

/** Who calls AWS, as CloudTrail's `userIdentity` tells it. */
export interface Caller {
  readonly kind: 'user' | 'role';
  readonly account: string;
  /** IAM user name, or role name. */
  readonly name: string;
  readonly principalId: string;
  readonly accessKeyId: string;
  /** Session name of a role; empty for a user. */
  readonly session: string;
  /** When a role's session began. */
  readonly since?: Micros;
  readonly address: string;
  readonly userAgent: string;
}

export interface Bucket {
  readonly name: string;
  readonly account: string;
}

export interface CloudAccounts {
  readonly production: string;
  readonly data: string;
  readonly shared: string;
  readonly builders: readonly Caller[];
  readonly terraform: Caller;
  readonly auditor: Caller;
  readonly pipeline: Caller;
  readonly rotation: Caller;
  readonly backup: Caller;
  /** One caller an engineer, at the office, in the order of `engineers`. */
  readonly developers: readonly Developer[];
  readonly buckets: readonly Bucket[];
}

export interface Developer {
  readonly person: Person;
  readonly caller: Caller;
}

/** AWS's own example account ids. */
const production = '111122223333';
const data = '444455556666';
const shared = '123456789012';

const sdk = 'aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#amd64';
const boto = 'Boto3/1.34.144 md/Botocore#1.34.144 ua/2.0 os/linux#6.1 md/arch#x86_64 lang/python#3.12.4';
const cli = 'aws-cli/2.17.13 md/awscrt#0.20.11 ua/2.0 os/windows#10 md/arch#amd64 lang/python#3.11.8';
const terraformAgent = 'APN/1.0 HashiCorp/1.0 Terraform/1.9.2 aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5';

/** Three accounts with the roles and people that use them on an ordinary day. */
export function createCloud(random: Random, people: readonly Person[], outside: Outside): CloudAccounts {
  const runner = () => random.pick(outside.runnerAddresses);
  const role = (account: string, name: string, userAgent: string): Caller => ({
    kind: 'role',
    account,
    name,
    principalId: awsId(random, 'AROA'),
    accessKeyId: awsId(random, 'ASIA'),
    session: `${name}-${random.integer(1_000, 9_999)}`,
    address: runner(),
    userAgent,
  });
  const engineers = people.filter((person) => person.department === 'engineering');
  return {
    production,
    data,
    shared,
    builders: [production, data, shared].map((account) => role(account, 'ci-deploy', sdk)),
    terraform: role(production, 'terraform-apply', terraformAgent),
    auditor: role(shared, 'posture-audit', boto),
    pipeline: role(data, 'nightly-etl', boto),
    rotation: role(shared, 'key-rotation', boto),
    backup: role(data, 'backup-copy', sdk),
    developers: engineers.map((person) => ({ person, caller: developer(random, person, outside) })),
    buckets: createBuckets(random),
  };
}

function developer(random: Random, person: Person, outside: Outside): Caller {
  return {
    kind: 'user',
    account: data,
    name: person.account.name,
    principalId: awsId(random, 'AIDA'),
    accessKeyId: awsId(random, 'AKIA'),
    session: '',
    address: outside.officeAddress,
    userAgent: cli,
  };
}

function createBuckets(random: Random): readonly Bucket[] {
  const tail = random.text('abcdefghijklmnopqrstuvwxyz0123456789', 6);
  const bucket = (account: string) => (name: string) => ({ account, name: `hl-${name}-${tail}` });
  return [
    ...['customer-exports', 'contracts-archive', 'analytics-lake', 'ml-training', 'db-dumps'].map(
      bucket(data),
    ),
    ...['web-assets', 'app-releases', 'load-balancer-logs'].map(bucket(production)),
    ...['build-cache', 'terraform-state', 'audit-trail'].map(bucket(shared)),
  ];
}
