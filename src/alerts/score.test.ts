import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RuleLevel } from '../contracts/index.ts';
import { type ScoreInput, scorePoints, severityOf, sumOf } from './score.ts';

const plain: ScoreInput = {
  level: 'medium',
  hits: 1,
  otherRules: 0,
  entity: 'address',
  judged: 0,
  falsePositives: 0,
};
const scoreOf = (change: Partial<ScoreInput>) => sumOf(scorePoints({ ...plain, ...change }));

const input = fc.record<ScoreInput>({
  level: fc.constantFrom(...RuleLevel.options),
  hits: fc.integer({ min: 1, max: 10_000_000 }),
  otherRules: fc.integer({ min: 0, max: 15 }),
  entity: fc.constantFrom('host', 'user', 'address', 'resource', 'source'),
  judged: fc.integer({ min: 0, max: 1_000 }),
  falsePositives: fc.integer({ min: 0, max: 1_000 }),
});

describe('a score', () => {
  test('lies between 0 and 100, sums its points, and keeps at least the severity of the rule', () => {
    fc.assert(
      fc.property(input, (drawn) => {
        const given = { ...drawn, falsePositives: Math.min(drawn.falsePositives, drawn.judged) };
        const points = scorePoints(given);
        const score = sumOf(points);
        const ranks = RuleLevel.options;
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100);
        expect(points.every((point) => Number.isInteger(point.points) && point.points !== 0)).toBe(true);
        expect(ranks.indexOf(severityOf(score))).toBeGreaterThanOrEqual(ranks.indexOf(given.level));
      }),
    );
  });

  test('says for each point why', () => {
    const points = scorePoints({
      ...plain,
      hits: 120,
      otherRules: 2,
      entity: 'user',
      judged: 10,
      falsePositives: 5,
    });
    expect(points).toEqual([
      { reason: 'rule level medium', points: 40 },
      { reason: '120 detections', points: 6 },
      { reason: '2 other rules on the same entity within 24 hours', points: 6 },
      { reason: 'entity is a user', points: 2 },
      { reason: '5 of 10 judged alerts of this rule were false positives', points: -10 },
    ]);
  });

  test("minds a rule's false positives only from five judged alerts on", () => {
    expect(scoreOf({ judged: 4, falsePositives: 4 })).toBe(40);
    expect(scoreOf({ judged: 5, falsePositives: 5 })).toBe(35);
  });

  test('raises the severity of much-hit entities by one level', () => {
    expect(severityOf(scoreOf({}))).toBe('medium');
    expect(severityOf(scoreOf({ hits: 1_000, otherRules: 2 }))).toBe('high');
  });
});
