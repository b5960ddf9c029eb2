import { type Alternative, type Bound, type CorrelationTest, fold, isWithin } from '../../detect/index.ts';
import type { MemberHit } from './hit.ts';

/**
 * Hits of one group that numbers, and rules in order, are taken from: of more in one window the newest. Counts of events, values and
 * rules have no such bound.
 */
export const maxWindowHits = 10_000;

/** A test over a window that moves on: hits come in and go out in the order of time. */
export interface WindowTest {
  add(hit: MemberHit): void;
  remove(hit: MemberHit): void;
  /** `window` gives the hits that are in, oldest first; asked only where counts are not enough. */
  isMet(window: () => readonly MemberHit[]): boolean;
  /** True when a window had more hits than were looked at. */
  readonly cut: boolean;
}

export interface TestContext {
  readonly test: CorrelationTest;
  /** Of a condition over rules. */
  readonly alternatives: readonly Alternative[];
  /** What a hit has in a field of the correlation. */
  readonly valueIn: (hit: MemberHit, field: string) => string | undefined;
}

/** A test over one group's window, empty yet. */
export function createWindowTest({ test, alternatives, valueIn }: TestContext): WindowTest {
  switch (test.kind) {
    case 'events':
      return counting(
        ({ identity }) => identity,
        (counts) => isWithin(counts.size, test.bounds),
      );
    case 'values': {
      const key = (hit: MemberHit) => {
        const values = test.fields.map((field) => valueIn(hit, field));
        return values.every((value) => value !== undefined) ? JSON.stringify(values.map(fold)) : undefined;
      };
      return counting(key, (counts) => isWithin(counts.size, test.bounds));
    }
    case 'numbers':
    case 'percentile':
      return looking((window) => {
        const numbers = numbersIn(window, (hit) => valueIn(hit, test.field));
        return numbers.length > 0 && isWithin(measured(test, numbers), test.bounds);
      });
    case 'rules':
      if (test.ordered) return looking((window) => longestIn(window, () => true, test.bounds));
      return counting(
        ({ member }) => member,
        (counts) => isWithin(counts.size, test.bounds),
      );
    case 'condition':
      return test.ordered ? ordered(alternatives) : together(alternatives);
  }
}

function counting<K>(
  keyOf: (hit: MemberHit) => K | undefined,
  isMet: (counts: ReadonlyMap<K, number>) => boolean,
): WindowTest {
  const counts = new Map<K, number>();
  const change = (hit: MemberHit, by: number) => {
    const key = keyOf(hit);
    if (key === undefined) return;
    const count = (counts.get(key) ?? 0) + by;
    if (count > 0) counts.set(key, count);
    else counts.delete(key);
  };
  return {
    add: (hit) => change(hit, 1),
    remove: (hit) => change(hit, -1),
    isMet: () => counts.size > 0 && isMet(counts),
    cut: false,
  };
}

/** Looks at the window anew each time: what is added up and taken away again would differ with where one began. */
function looking(isMet: (window: readonly MemberHit[]) => boolean): WindowTest {
  let cut = false;
  return {
    add: () => undefined,
    remove: () => undefined,
    isMet(window) {
      const hits = window();
      cut ||= hits.length > maxWindowHits;
      return isMet(hits.slice(-maxWindowHits));
    },
    get cut() {
      return cut;
    },
  };
}

function together(alternatives: readonly Alternative[]): WindowTest {
  return counting(
    ({ member }) => member,
    (counts) =>
      alternatives.some(
        ({ present, absent }) =>
          present.every((member) => counts.has(member)) && !absent.some((member) => counts.has(member)),
      ),
  );
}

function ordered(alternatives: readonly Alternative[]): WindowTest {
  return looking((window) => {
    const members = new Set(window.map(({ member }) => member));
    return alternatives.some(
      ({ present, absent }) =>
        present.every((member) => members.has(member)) &&
        !absent.some((member) => members.has(member)) &&
        longestIn(window, (member) => present.includes(member), [
          { comparison: 'gte', value: present.length },
        ]),
    );
  });
}

/**
 * Whether as many of the rules as the bounds want hit one after the other in the order in which they are written: by time, at the same
 * moment in any order, each by an event of its own.
 */
function longestIn(
  window: readonly MemberHit[],
  counts: (member: number) => boolean,
  bounds: readonly Bound[],
): boolean {
  /** By member: the most rules of a row that ends with it. */
  const ending = new Map<number, number>();
  for (const event of eventsInOrder(window)) {
    const reached = event
      .filter(counts)
      .map((member) => [member, 1 + longestBefore(ending, member)] as const);
    for (const [member, length] of reached) ending.set(member, Math.max(length, ending.get(member) ?? 0));
  }
  return isWithin(Math.max(0, ...ending.values()), bounds);
}

const longestBefore = (ending: ReadonlyMap<number, number>, member: number): number => {
  let longest = 0;
  for (const [other, length] of ending) if (other < member && length > longest) longest = length;
  return longest;
};

/** The rules of each event, by time; at one moment the event of the rule that is written first. */
function eventsInOrder(window: readonly MemberHit[]): readonly (readonly number[])[] {
  const events = new Map<string, { readonly time: number; readonly members: number[] }>();
  for (const { hit, member } of window) {
    const event = events.get(hit.eventId) ?? { time: hit.time, members: [] };
    event.members.push(member);
    events.set(hit.eventId, event);
  }
  const first = ({ members }: { readonly members: readonly number[] }) => Math.min(...members);
  return [...events.values()]
    .sort((left, right) => left.time - right.time || first(left) - first(right))
    .map(({ members }) => members);
}

/** The numbers of a field, one for each event; texts that are no number are left out. */
function numbersIn(
  window: readonly MemberHit[],
  valueIn: (hit: MemberHit) => string | undefined,
): readonly number[] {
  const values = new Map<string, number>();
  for (const hit of window) {
    const text = valueIn(hit)?.trim();
    const value = text === undefined || text === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value) && !values.has(hit.identity)) values.set(hit.identity, value);
  }
  return [...values.values()];
}

function measured(
  test: Extract<CorrelationTest, { kind: 'numbers' | 'percentile' }>,
  numbers: readonly number[],
): number {
  const sum = () => numbers.reduce((total, value) => total + value, 0);
  if (test.kind === 'percentile') return percentileOf(numbers, test.percentile);
  if (test.by === 'sum') return sum();
  return test.by === 'average' ? sum() / numbers.length : medianOf(numbers);
}

const sorted = (numbers: readonly number[]) => [...numbers].sort((left, right) => left - right);

/** Of an even number the mean of the two in the middle. */
function medianOf(numbers: readonly number[]): number {
  const rising = sorted(numbers);
  const middle = rising.length >> 1;
  const upper = rising[middle] ?? 0;
  return rising.length % 2 === 1 ? upper : ((rising[middle - 1] ?? 0) + upper) / 2;
}

/** Nearest rank: the smallest number that at least so many of a hundred do not exceed. */
function percentileOf(numbers: readonly number[], percentile: number): number {
  const rising = sorted(numbers);
  const rank = Math.max(1, Math.ceil((percentile / 100) * rising.length));
  return rising[rank - 1] ?? 0;
}
