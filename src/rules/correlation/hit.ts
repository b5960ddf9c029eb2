/** A rule's hit on one event, as correlations look at it. */
export interface RuleHitRow {
  /** Id of the rule that hit. */
  readonly rule: string;
  readonly eventId: string;
  /** Microseconds since the epoch: the event's own time, or its receipt where it has none. */
  readonly time: number;
  /** Fields of the event that correlations group or measure by; a field that it lacks is not there. */
  readonly fields: Readonly<Record<string, string>>;
}

/** A hit as a member of one correlation: of a rule, or of the correlation below it at a moment when that one was met. */
export interface MemberHit<H extends RuleHitRow = RuleHitRow> {
  readonly hit: H;
  /** What is counted once: the event, or the episode of the correlation below. */
  readonly identity: string;
  /** Place among the correlation's rules. */
  readonly member: number;
  /** Of a correlation below: its aliases with their values. */
  readonly group: ReadonlyMap<string, string>;
}

/** By time, then event, then place among the rules, so that equal hits always stand in one order. */
export function byTime(left: MemberHit, right: MemberHit): number {
  if (left.hit.time !== right.hit.time) return left.hit.time - right.hit.time;
  if (left.hit.eventId !== right.hit.eventId) return left.hit.eventId < right.hit.eventId ? -1 : 1;
  return left.member - right.member;
}
