import { visitShare } from '../activity/shares.ts';
import type { Department } from '../company/people.ts';
import { millisecond, second } from '../day.ts';
import type { World } from '../world.ts';
import { atWork, type Desk } from './arrival.ts';

const visitsPerPerson = 17;

const shareOf: Readonly<Record<Department, string>> = {
  finance: 'Finance',
  sales: 'Sales',
  people: 'People',
  engineering: 'Engineering',
  it: 'Public',
};
const topics = ['invoices', 'contracts', 'offers', 'reviews', 'designs', 'minutes', 'payroll'];
const kinds: readonly (readonly [string, string])[] = [
  ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ['docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['pdf', 'application/pdf'],
  ['csv', 'text/plain'],
];

/** People read and write files on the file server. */
export function useShares(world: World, desks: readonly Desk[]): void {
  for (const desk of desks) {
    for (let visit = world.count(visitsPerPerson); visit > 0; visit -= 1) openFiles(world, desk);
  }
}

function openFiles(world: World, desk: Desk): void {
  const { random } = world;
  const share = random.chance(0.2) ? 'Public' : shareOf[desk.person.department];
  const files = Array.from({ length: random.integer(1, 3) }, () => {
    const [ending, mime] = random.pick(kinds);
    const path = `${random.pick(topics)}\\${2026 - random.integer(0, 3)}\\file-${random.integer(1, 900)}.${ending}`;
    return { path, mime, bytes: random.size(8_000, 6_000_000), write: random.chance(0.25) };
  });
  visitShare(world, {
    at: atWork(world, desk),
    from: desk.person.desk,
    to: world.server('file-server'),
    account: desk.person.account,
    share,
    localPath: `D:\\Shares\\${share}`,
    files,
    lasts: random.integer(1, 90) * second + random.integer(0, 999) * millisecond,
    hasTicket: random.chance(0.6),
  });
}
