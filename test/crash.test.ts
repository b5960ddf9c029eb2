import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Order } from './crash-child.ts';
import { hitRuleText, kindOf, nameOf } from './crash-records.ts';

/** 10 rounds where a landing is checked; `npm run test:crash` runs 100. */
const rounds = Number(process.env.CRASH_ROUNDS ?? 10);
const seed = Number(process.env.CRASH_SEED ?? 20_261_123);
const steps = [
  'recovered',
  'staged',
  'batch-opened',
  'detections-written',
  'dead-letters-written',
  'events-written',
  'markers-written',
  'batch-closed',
];
const batchSizes = [50, 1_000, 7, 300, 5_000];
const child = fileURLToPath(new URL('./crash-child.ts', import.meta.url));

/** A generator of whole numbers below `bound`, from a seed. */
function dice(start: number): (bound: number) => number {
  let state = start >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * bound);
  };
}

interface Life {
  /** One past the last record that was acknowledged, or sent. */
  readonly acknowledged: number;
  readonly sent: number;
  readonly code: number | null;
  readonly errors: string;
}

async function live(order: Order, killAfterMilliseconds: number | undefined): Promise<Life> {
  const running = spawn(process.execPath, [child, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let acknowledged = order.from;
  let sent = order.from;
  let errors = '';
  let timer: NodeJS.Timeout | undefined;
  running.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4_000);
  });
  createInterface({ input: running.stdout }).on('line', (line) => {
    const [word, rest] = [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)];
    if (word === 'ack') acknowledged = Number(rest);
    if (word === 'sent') sent = Number(rest);
    // Counted from the first acknowledgement, so that something is at stake however slow the start is.
    if (word === 'ack' && killAfterMilliseconds !== undefined) {
      timer ??= setTimeout(() => running.kill('SIGKILL'), killAfterMilliseconds);
    }
  });
  const limit = setTimeout(() => running.kill('SIGKILL'), 120_000);
  const [code] = (await once(running, 'close')) as [number | null];
  clearTimeout(timer);
  clearTimeout(limit);
  return { acknowledged, sent, code, errors };
}

test(`killed at every step and at random times, ${rounds} rounds: nothing acknowledged is lost, nothing is stored or counted twice`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tyrian-crash-'));
  const found = `${folder}.json`;
  const rules = `${folder}.rules`;
  mkdirSync(rules);
  writeFileSync(join(rules, 'reads.yml'), hitRuleText);
  const roll = dice(seed);
  const certain: number[] = [];
  const possible: number[] = [];
  let from = 0;
  for (let round = 0; round < rounds; round += 1) {
    const atStep = round % 2 === 0 || round < steps.length;
    const order: Order = {
      folder,
      seed,
      from,
      batchRecords: batchSizes[round % batchSizes.length] ?? 100,
      groupRecords: 1 + roll(60),
      step: atStep ? (steps[round % steps.length] ?? '') : '',
      nth: 1 + roll(3),
      drain: false,
      found,
      rules,
    };
    const life = await live(order, atStep ? undefined : 50 + roll(1_500));
    expect(life.code, `round ${round} was to be killed: ${life.errors}`).toBe(null);
    for (let index = from; index < life.acknowledged; index += 1) certain.push(index);
    for (let index = life.acknowledged; index < life.sent; index += 1) possible.push(index);
    from = life.sent;
  }
  const drained = await live(
    { folder, seed, from, batchRecords: 400, groupRecords: 1, step: '', nth: 0, drain: true, found, rules },
    undefined,
  );
  expect(drained.code, drained.errors).toBe(0);
  const result = JSON.parse(readFileSync(found, 'utf8')) as {
    readonly total: Readonly<Record<string, number | boolean>>;
    readonly twice: number;
    readonly events: readonly { readonly name: string; readonly n: string }[];
    readonly dead: readonly { readonly name: string; readonly n: string }[];
    readonly matching: readonly string[];
    readonly evidence: readonly string[];
    readonly detected: readonly string[];
    readonly alerts: readonly { readonly hits: number; readonly events: number }[];
  };

  const expected = (kinds: readonly string[], indexes: readonly number[]) =>
    new Set(
      indexes.filter((index) => kinds.includes(kindOf(seed, index))).map((index) => nameOf(seed, index)),
    );
  const events = new Map(result.events.map(({ name, n }) => [name, Number(n)]));
  const dead = new Map(result.dead.map(({ name, n }) => [name, Number(n)]));
  expect(certain.length).toBeGreaterThan(rounds * 5);
  expect([...expected(['event', 'repeat'], certain)].filter((name) => !events.has(name))).toEqual([]);
  expect([...expected(['broken'], certain)].filter((name) => !dead.has(name))).toEqual([]);
  expect([...events].filter(([, times]) => times !== 1)).toEqual([]);
  expect([...dead].filter(([, times]) => times !== 1)).toEqual([]);
  const all = [...certain, ...possible];
  const [allEvents, allDead] = [expected(['event', 'repeat'], all), expected(['broken'], all)];
  expect([...events.keys()].filter((name) => !allEvents.has(name))).toEqual([]);
  expect([...dead.keys()].filter((name) => !allDead.has(name))).toEqual([]);
  expect(result.twice).toBe(0);
  expect(result.total).toMatchObject({ balanced: true, in_flight: 0, stored: events.size, dead: dead.size });
  expect(Number(result.total.received)).toBeGreaterThanOrEqual(certain.length);
  expect(Number(result.total.received)).toBeLessThanOrEqual(all.length);
  // A detection for each stored event that the rule matches, none twice and none for an event that is not there.
  expect(result.matching.length).toBeGreaterThan(rounds);
  expect(result.detected).toEqual(result.matching);
  const evidence = new Set(result.evidence);
  expect(result.matching.filter((id) => !evidence.has(id))).toEqual([]);
  const sum = (of: 'hits' | 'events') => result.alerts.reduce((all, alert) => all + alert[of], 0);
  expect([sum('hits'), sum('events')]).toEqual([result.matching.length, result.matching.length]);
  for (const path of [folder, found, rules]) rmSync(path, { recursive: true, force: true });
});
