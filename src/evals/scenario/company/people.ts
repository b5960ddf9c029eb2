import type { Random } from '../random.ts';
import { type Account, domainName } from './accounts.ts';
import type { Host } from './hosts.ts';

export type Department = 'finance' | 'sales' | 'people' | 'engineering' | 'it';

export interface Person {
  readonly account: Account;
  readonly department: Department;
  readonly desk: Host;
  /** A second, privileged account; only people of the IT department have one. */
  readonly admin?: Account;
}

const names = [
  'anna.brandt',
  'ben.okafor',
  'carla.rossi',
  'david.lind',
  'elif.kaya',
  'frank.moreau',
  'greta.hansen',
  'hugo.silva',
  'ines.castro',
  'jonas.weber',
  'katya.novak',
  'liam.byrne',
  'mara.keller',
  'noah.fischer',
  'olga.petrova',
  'paul.jansen',
  'quinn.avery',
  'rosa.marino',
  'samir.haddad',
  'tess.vandijk',
  'umar.farooq',
  'vera.lang',
  'will.turner',
  'xenia.pappas',
  'yuki.tanaka',
  'zoe.martin',
  'amir.rahimi',
  'britt.olsen',
  'cem.yildiz',
  'dora.szabo',
];

const departments: readonly (readonly [Department, number])[] = [
  ['finance', 7],
  ['sales', 8],
  ['people', 4],
  ['engineering', 8],
  ['it', 3],
];

/** One person a workstation; who works where is drawn from the seed. */
export function createPeople(random: Random, desks: readonly Host[], domainSid: string): readonly Person[] {
  const order = shuffled(random, names);
  const seats = departments.flatMap(([department, size]) => Array.from({ length: size }, () => department));
  return desks.map((desk, index) => {
    const name = order[index] as string;
    const department = seats[index] as Department;
    const rid = 1_600 + index;
    const person = { account: account(name, `${domainSid}-${rid}`, false), department, desk };
    if (department !== 'it') return person;
    return { ...person, admin: account(`adm-${name}`, `${domainSid}-${rid + 200}`, true) };
  });
}

export interface ServiceAccounts {
  readonly backup: Account;
  readonly scanner: Account;
  readonly deployment: Account;
  readonly web: Account;
}

export function createServiceAccounts(domainSid: string): ServiceAccounts {
  return {
    backup: account('svc-backup', `${domainSid}-1301`, true),
    scanner: account('svc-scan', `${domainSid}-1302`, true),
    deployment: account('svc-deploy', `${domainSid}-1303`, true),
    web: account('svc-web', `${domainSid}-1304`, false),
  };
}

function account(name: string, sid: string, privileged: boolean): Account {
  return { name, domain: domainName, sid, privileged };
}

function shuffled<T>(random: Random, items: readonly T[]): readonly T[] {
  const left = [...items];
  return items.map(() => left.splice(random.integer(0, left.length - 1), 1)[0] as T);
}
