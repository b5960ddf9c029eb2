import { expect, test } from 'vitest';
import { ruleWatermark, sourceWatermark } from './watermark.ts';

const minute = 60_000;
const micros = 1_000;
const lateness = { milliseconds: 5 * minute };
const now = Date.UTC(2026, 10, 23, 12);
const at = (minutes: number) => now + minutes * minute;
const live = (newest: number) => ({ newest: at(newest) * micros, lastReceived: at(-1) });
const minutesOf = (watermark: number) => (watermark / micros - now) / minute;

test('a live source is as far as its largest time less the lateness', () => {
  expect(minutesOf(sourceWatermark(live(-2), lateness, now))).toBe(-7);
  expect(minutesOf(sourceWatermark(live(-90), lateness, now))).toBe(-95);
});

test('an idle source moves on with the wall clock, never back', () => {
  const idle = { newest: at(-60) * micros, lastReceived: at(-6) };
  expect(minutesOf(sourceWatermark(idle, lateness, now))).toBe(-10);
  expect(minutesOf(sourceWatermark({ ...idle, newest: at(-7) * micros }, lateness, at(-4)))).toBe(-12);
});

test('a rule waits for the slowest source that it names, and for no other', () => {
  const sources = new Map([
    ['windows', live(0)],
    ['zeek', live(-30)],
    ['okta', live(-300)],
  ]);
  const of = (...named: readonly string[]) =>
    minutesOf(ruleWatermark(sources, new Set(named), lateness, now));
  expect(of('windows')).toBe(-5);
  expect(of('windows', 'zeek')).toBe(-35);
  expect(of('windows', 'aws')).toBe(-5);
  expect(minutesOf(ruleWatermark(sources, undefined, lateness, now))).toBe(-305);
});

test('where none of its sources sends, the wall clock is all there is', () => {
  expect(minutesOf(ruleWatermark(new Map(), new Set(['windows']), lateness, now))).toBe(-10);
});
