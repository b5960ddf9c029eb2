import type { MemberHit, RuleHitRow } from './hit.ts';

/** A moment at which the window of a group met the test. */
export interface Meeting<H extends RuleHitRow = RuleHitRow> {
  /** Microseconds. */
  readonly time: number;
  /** The earliest hit of the window. */
  readonly from: number;
  /** The hits of that moment. */
  readonly hits: readonly MemberHit<H>[];
}

/** Meetings of one group with no more than a timespan between two. */
export interface Episode<H extends RuleHitRow = RuleHitRow> {
  /** 32 hex digits over tenant, logic, group and the first event: the same from equal data. */
  readonly id: string;
  readonly groupKey: string;
  readonly group: readonly { readonly field: string; readonly value: string }[];
  /** The event at which it opened; of several at that moment the one with the smallest id. */
  readonly first: H;
  /** Microseconds: the earliest hit of the window in which it opened. */
  readonly from: number;
  readonly opened: number;
  readonly lastMet: number;
  /** Its events, each once, by time: all hits of the group from `from` to `lastMet`. */
  readonly events: readonly H[];
  readonly meetings: readonly Meeting<H>[];
  /** True when it may have opened before the hits that were looked at. */
  readonly uncertain: boolean;
}

/** Cuts the meetings of one group, by time, into episodes. */
export function splitIntoEpisodes<H extends RuleHitRow>(input: {
  readonly meetings: readonly Meeting<H>[];
  /** All hits of the group, by time. */
  readonly hits: readonly MemberHit<H>[];
  /** Microseconds, as all times. */
  readonly timespan: number;
  readonly knownFrom: number;
  readonly idOf: (eventId: string) => string;
  readonly groupKey: string;
  readonly groupOf: (hit: MemberHit) => Episode['group'];
}): readonly Episode<H>[] {
  const { meetings, hits, timespan, knownFrom, idOf, groupKey, groupOf } = input;
  const runs: Meeting<H>[][] = [];
  for (const meeting of meetings) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run === undefined || last === undefined || meeting.time - last.time > timespan) runs.push([meeting]);
    else run.push(meeting);
  }
  return runs.flatMap((run) => {
    const [start] = run;
    const opening = start?.hits[0];
    if (start === undefined || opening === undefined) return [];
    const { hit: first } = opening;
    const lastMet = run.at(-1)?.time ?? start.time;
    return {
      ...{ id: idOf(first.eventId), groupKey, group: groupOf(opening), first, lastMet, meetings: run },
      from: start.from,
      opened: start.time,
      events: eventsWithin(hits, start.from, lastMet),
      uncertain: start.time - timespan < knownFrom,
    };
  });
}

function eventsWithin<H extends RuleHitRow>(
  hits: readonly MemberHit<H>[],
  from: number,
  to: number,
): readonly H[] {
  const events = new Map<string, H>();
  for (let at = firstAt(hits, from); at < hits.length; at += 1) {
    const hit = hits[at]?.hit;
    if (hit === undefined || hit.time > to) break;
    if (!events.has(hit.eventId)) events.set(hit.eventId, hit);
  }
  return [...events.values()];
}

/** Index of the first hit at or after a time. */
function firstAt(hits: readonly MemberHit[], time: number): number {
  let low = 0;
  let high = hits.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((hits[middle]?.hit.time ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
