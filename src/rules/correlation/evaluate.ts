import { createHash } from 'node:crypto';
import { type CorrelationMember, fold, type ResolvedCorrelation } from '../../detect/index.ts';
import { type Episode, type Meeting, splitIntoEpisodes } from './episode.ts';
import { byTime, type MemberHit, type RuleHitRow } from './hit.ts';
import { createWindowTest, maxWindowHits } from './measure.ts';

/** Groups of one correlation in one evaluation. */
const maxGroups = 100_000;

/** What of an evaluation was past a bound: said with the result, never left out in silence. */
export interface Exceeded {
  readonly rule: string;
  readonly bound: 'groups' | 'window' | 'hits';
  readonly limit: number;
}

export interface Evaluation<H extends RuleHitRow = RuleHitRow> {
  /** By the time at which they open, then their id. */
  readonly episodes: readonly Episode<H>[];
  readonly exceeded: readonly Exceeded[];
  /** Microseconds: what was met from here on is known, what was before is not. */
  readonly knownFrom: number;
}

export interface EvaluationInput<H extends RuleHitRow> {
  readonly tenant: string;
  readonly correlation: ResolvedCorrelation;
  /** Of the rules below the correlation; in any order, repeats are taken once. */
  readonly hits: readonly H[];
  /** Microseconds: `hits` holds all from here on. Undefined: there are none before. */
  readonly hitsFrom?: number | undefined;
  readonly limits?: { readonly groups: number };
}

const microsPerSecond = 1_000_000;

/** Microseconds. */
export const timespanOf = ({ rule }: ResolvedCorrelation) =>
  rule.correlation.timespanSeconds * microsPerSecond;

/** Microseconds before a moment in which a hit may have a part in what is met then, by way of the correlations below. */
export function reachOf(correlation: ResolvedCorrelation): number {
  const below = correlation.members.map(({ of }) => (of.kind === 'rule' ? 0 : reachOf(of.correlation)));
  return timespanOf(correlation) + Math.max(0, ...below);
}

/** Ids of the rules at the bottom of a correlation. */
export function rulesBelow(correlation: ResolvedCorrelation): readonly string[] {
  const ids = correlation.members.flatMap(({ of }) =>
    of.kind === 'rule' ? [of.rule.id] : rulesBelow(of.correlation),
  );
  return [...new Set(ids)];
}

/**
 * The episodes of a correlation over hits, by event time. At each moment at which a group has a hit, its window is all of its hits of
 * the timespan up to that moment, both ends taken in. Where the test is met an episode opens; it closes when the test was not met again
 * for one timespan. Equal hits give equal episodes, in whatever order they come. A hit without a value in a field of the group is in none.
 */
export function evaluateCorrelation<H extends RuleHitRow>(input: EvaluationInput<H>): Evaluation<H> {
  const exceeded = new Map<string, Exceeded>();
  const evaluator = new Evaluator(input, ({ rule, bound, limit }) =>
    exceeded.set(`${rule} ${bound}`, { rule, bound, limit }),
  );
  const found = evaluator.evaluate(input.correlation);
  return { ...found, exceeded: [...exceeded.values()] };
}

type Found<H extends RuleHitRow> = Omit<Evaluation<H>, 'exceeded'>;

class Evaluator<H extends RuleHitRow> {
  readonly #input: EvaluationInput<H>;
  readonly #exceed: (exceeded: Exceeded) => void;
  readonly #byRule = new Map<string, Map<string, H>>();
  /** Two correlations may stand on the same one. */
  readonly #done = new Map<ResolvedCorrelation, Found<H>>();

  constructor(input: EvaluationInput<H>, exceed: (exceeded: Exceeded) => void) {
    this.#input = input;
    this.#exceed = exceed;
    for (const hit of input.hits) {
      const ofRule = this.#byRule.get(hit.rule) ?? new Map<string, H>();
      if (!ofRule.has(hit.eventId)) ofRule.set(hit.eventId, hit);
      this.#byRule.set(hit.rule, ofRule);
    }
  }

  evaluate(correlation: ResolvedCorrelation): Found<H> {
    const done = this.#done.get(correlation);
    if (done !== undefined) return done;
    const timespan = timespanOf(correlation);
    const below = correlation.members.map((member, place) => this.#hitsOf(member, place));
    const knownFrom = Math.max(...below.map((member) => member.knownFrom)) + timespan;
    const hits = below.flatMap((member) => member.hits).sort(byTime);
    const episodes: Episode<H>[] = [];
    for (const [groupKey, ofGroup] of this.#groupsOf(correlation, hits)) {
      const meetings = this.#meetingsOf(correlation, ofGroup, knownFrom);
      const idOf = (eventId: string) =>
        episodeId({ tenant: this.#input.tenant, logic: correlation.logic, groupKey, eventId });
      const groupOf = (hit: MemberHit) => namedGroup(correlation, hit);
      episodes.push(
        ...splitIntoEpisodes({ meetings, hits: ofGroup, timespan, knownFrom, idOf, groupKey, groupOf }),
      );
    }
    const found = { episodes: episodes.sort(byOpening), knownFrom };
    this.#done.set(correlation, found);
    return found;
  }

  #hitsOf(
    { of }: CorrelationMember,
    member: number,
  ): { readonly hits: readonly MemberHit<H>[]; readonly knownFrom: number } {
    if (of.kind === 'rule') {
      const hits = [...(this.#byRule.get(of.rule.id)?.values() ?? [])];
      const knownFrom = this.#input.hitsFrom ?? Number.NEGATIVE_INFINITY;
      return { hits: hits.map((hit) => ({ hit, identity: hit.eventId, member, group: noGroup })), knownFrom };
    }
    const { episodes, knownFrom } = this.evaluate(of.correlation);
    return { hits: episodes.flatMap((episode) => hitsOfEpisode(episode, member)), knownFrom };
  }

  #groupsOf(
    correlation: ResolvedCorrelation,
    hits: readonly MemberHit<H>[],
  ): ReadonlyMap<string, MemberHit<H>[]> {
    const groups = new Map<string, MemberHit<H>[]>();
    const limit = this.#input.limits?.groups ?? maxGroups;
    for (const hit of hits) {
      const key = groupKeyOf(correlation, hit);
      if (key === undefined) continue;
      const group = groups.get(key);
      if (group !== undefined) group.push(hit);
      else if (groups.size < limit) groups.set(key, [hit]);
      else this.#exceed({ rule: correlation.rule.id, bound: 'groups', limit });
    }
    return groups;
  }

  #meetingsOf(
    correlation: ResolvedCorrelation,
    hits: readonly MemberHit<H>[],
    knownFrom: number,
  ): readonly Meeting<H>[] {
    const { test } = correlation.rule.correlation;
    const valueIn = (hit: MemberHit, field: string) => fieldOf(correlation, hit, field);
    const window = createWindowTest({ test, alternatives: correlation.alternatives, valueIn });
    const timespan = timespanOf(correlation);
    const meetings: Meeting<H>[] = [];
    let start = 0;
    for (let at = 0; at < hits.length; ) {
      const time = hits[at]?.hit.time ?? 0;
      let end = at;
      for (let hit = hits[end]; hit !== undefined && hit.hit.time === time; hit = hits[++end])
        window.add(hit);
      for (let hit = hits[start]; hit !== undefined && hit.hit.time < time - timespan; hit = hits[++start])
        window.remove(hit);
      if (time >= knownFrom && window.isMet(() => hits.slice(start, end)))
        meetings.push({ time, from: hits[start]?.hit.time ?? time, hits: hits.slice(at, end) });
      at = end;
    }
    if (window.cut) this.#exceed({ rule: correlation.rule.id, bound: 'window', limit: maxWindowHits });
    return meetings;
  }
}

const noGroup: ReadonlyMap<string, string> = new Map();

const byOpening = (left: Episode, right: Episode) =>
  left.opened - right.opened || (left.id < right.id ? -1 : 1);

/**
 * An episode as the correlation above sees it: a hit by each event at which it was met, counted as one; so that it is there for as long as
 * it lasts, and a hundred events more do not make it a hundred episodes.
 */
function hitsOfEpisode<H extends RuleHitRow>(episode: Episode<H>, member: number): readonly MemberHit<H>[] {
  const group = new Map(episode.group.map(({ field, value }) => [field, value]));
  return episode.meetings.flatMap(({ hits }) => {
    const events = new Map(hits.map(({ hit }) => [hit.eventId, hit]));
    return [...events.values()].map((hit) => ({ hit, identity: episode.id, member, group }));
  });
}

/** What a hit has in a field of the correlation, by the alias of its member. */
function fieldOf({ members }: ResolvedCorrelation, hit: MemberHit, field: string): string | undefined {
  const own = members[hit.member]?.aliases.get(field) ?? field;
  return hit.group.get(own) ?? (Object.hasOwn(hit.hit.fields, own) ? hit.hit.fields[own] : undefined);
}

/** Fields of a group in one order, as the logic has them. */
const groupFields = ({ rule }: ResolvedCorrelation) => [...rule.correlation.groupBy].sort();

/** Values are compared without case, as Sigma does. */
function groupKeyOf(correlation: ResolvedCorrelation, hit: MemberHit): string | undefined {
  const values = groupFields(correlation).map((field) => fieldOf(correlation, hit, field));
  return values.every((value) => value !== undefined) ? JSON.stringify(values.map(fold)) : undefined;
}

function namedGroup(correlation: ResolvedCorrelation, hit: MemberHit): Episode['group'] {
  return groupFields(correlation).map((field) => ({ field, value: fieldOf(correlation, hit, field) ?? '' }));
}

/** 32 hex digits. */
function episodeId(parts: {
  readonly tenant: string;
  readonly logic: string;
  readonly groupKey: string;
  readonly eventId: string;
}): string {
  const text = JSON.stringify([parts.tenant, parts.logic, parts.groupKey, parts.eventId]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
