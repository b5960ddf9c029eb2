import type { ScorePoint } from '../contracts/alert.ts';
import { type Entity, RuleLevel } from '../contracts/index.ts';

/** What a score is made of; all of it from journal entries and the tables made of them. */
export interface ScoreInput {
  readonly level: RuleLevel;
  /** Detections of the alert so far. */
  readonly hits: number;
  /** Other rules that hit the same entity within 24 hours of this alert's last event. */
  readonly otherRules: number;
  readonly entity: Entity['kind'];
  /** Alerts of the rule that stand closed in this tenant with a verdict on the rule, and how many of them were false. */
  readonly judged: number;
  readonly falsePositives: number;
}

/** Points of a rule's level, and the score from which on an alert has that severity. */
const levels: Readonly<Record<RuleLevel, { readonly points: number; readonly from: number }>> = {
  informational: { points: 5, from: 0 },
  low: { points: 20, from: 15 },
  medium: { points: 40, from: 35 },
  high: { points: 60, from: 55 },
  critical: { points: 80, from: 75 },
};

/** Points for a number of detections: about three for each power of ten. A table, so that every machine gives the same. */
const hitPoints: readonly { readonly hits: number; readonly points: number }[] = [
  { hits: 1_000, points: 9 },
  { hits: 464, points: 8 },
  { hits: 215, points: 7 },
  { hits: 100, points: 6 },
  { hits: 46, points: 5 },
  { hits: 22, points: 4 },
  { hits: 10, points: 3 },
  { hits: 5, points: 2 },
  { hits: 2, points: 1 },
];

const perOtherRule = 3;
const countedOtherRules = 3;

const entityPoints: Readonly<Record<Entity['kind'], number>> = {
  user: 2,
  host: 2,
  resource: 1,
  address: 0,
  source: 0,
};

/** A rule's record counts from so many judged alerts on. */
const enoughJudged = 5;
/** Taken off when each of them was false. */
const mostForFalsePositives = 20;

/**
 * The points of an alert: the highest sum is 100, the lowest the score from which the rule's own severity begins.
 * Reasons without points are left out.
 */
export function scorePoints(input: ScoreInput): readonly ScorePoint[] {
  const { level, hits, otherRules, entity } = input;
  const counted = Math.min(otherRules, countedOtherRules);
  const raised: readonly ScorePoint[] = [
    { reason: `rule level ${level}`, points: levels[level].points },
    {
      reason: `${hits} detections`,
      points: hitPoints.find((step) => hits >= step.hits)?.points ?? 0,
    },
    {
      reason: `${otherRulesInWords(otherRules)} on the same entity within 24 hours`,
      points: counted * perOtherRule,
    },
    { reason: `entity is a ${entity}`, points: entityPoints[entity] },
  ];
  const sum = sumOf(raised);
  return [...raised, falsePositivePoints(input, sum - levels[level].from)].filter(
    ({ points }) => points !== 0,
  );
}

function otherRulesInWords(otherRules: number): string {
  if (otherRules >= countedOtherRules) return `${countedOtherRules} or more other rules`;
  return otherRules === 1 ? 'another rule' : `${otherRules} other rules`;
}

function falsePositivePoints({ judged, falsePositives }: ScoreInput, atMost: number): ScorePoint {
  const wanted = judged < enoughJudged ? 0 : Math.round((mostForFalsePositives * falsePositives) / judged);
  return {
    reason: `${falsePositives} of ${judged} judged alerts of this rule were false positives`,
    points: 0 - Math.min(wanted, atMost),
  };
}

export const sumOf = (points: readonly ScorePoint[]): number =>
  points.reduce((sum, point) => sum + point.points, 0);

/** The severity whose band a score lies in. */
export function severityOf(score: number): RuleLevel {
  return RuleLevel.options.findLast((level) => score >= levels[level].from) ?? 'informational';
}
