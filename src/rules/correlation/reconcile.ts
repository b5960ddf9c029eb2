import type { Episode } from './episode.ts';
import type { RuleHitRow } from './hit.ts';

/** Ids of an episode's events that are told; all are counted. */
export const maxToldEvents = 100;

/** An episode as it was told. */
export interface KnownEpisode {
  readonly id: string;
  readonly groupKey: string;
  /** Microseconds, as in `Episode`. */
  readonly from: number;
  readonly opened: number;
  readonly lastMet: number;
  readonly eventCount: number;
  /** The first of them, by when they were found. */
  readonly eventIds: readonly string[];
  /** True when it opened before what could be looked back to. */
  readonly cut: boolean;
}

/** What became of an episode since it was told. */
export type EpisodeChange<H extends RuleHitRow = RuleHitRow> =
  /** A new one, in the place of those that it supersedes. */
  | {
      readonly kind: 'opened';
      readonly episode: KnownEpisode;
      readonly found: Episode<H>;
      readonly supersedes: readonly string[];
    }
  /** The same one, of other length or with other events, or with others joined to it. */
  | {
      readonly kind: 'amended';
      readonly episode: KnownEpisode;
      readonly found: Episode<H>;
      readonly supersedes: readonly string[];
    }
  /** It is no more; an episode of another id may stand in its place, and says so. */
  | { readonly kind: 'superseded'; readonly episode: KnownEpisode; readonly by: string | undefined };

export type Reconciled<H extends RuleHitRow = RuleHitRow> =
  | { readonly kind: 'changes'; readonly changes: readonly EpisodeChange<H>[] }
  /** An episode can't be told from one that began earlier: evaluate again with what is known from then on (microseconds). */
  | { readonly kind: 'look-back'; readonly to: number };

export interface ReconcileInput<H extends RuleHitRow> {
  readonly known: readonly KnownEpisode[];
  readonly found: readonly Episode<H>[];
  /** Microseconds: hits from here on may be new; what was met before stands as it was told. */
  readonly since: number;
  readonly isNew: (hit: H) => boolean;
  readonly timespan: number;
  /** Microseconds: nothing before this is looked back to. */
  readonly lookBackTo: number;
}

/**
 * Compares the episodes found with those told before, group by group. `found` holds every episode that was met at `since` less one
 * timespan or later, `known` too.
 */
export function reconcile<H extends RuleHitRow>(input: ReconcileInput<H>): Reconciled<H> {
  const groups = new Map<string, { known: KnownEpisode[]; found: Episode<H>[] }>();
  const groupOf = (key: string) => {
    const group = groups.get(key) ?? { known: [], found: [] };
    groups.set(key, group);
    return group;
  };
  for (const episode of input.known) groupOf(episode.groupKey).known.push(episode);
  for (const episode of input.found)
    if (episode.lastMet >= input.since - input.timespan) groupOf(episode.groupKey).found.push(episode);
  const changes: EpisodeChange<H>[] = [];
  for (const group of groups.values()) {
    const reconciled = reconcileGroup(input, group.known, group.found);
    if (reconciled.kind === 'look-back') return reconciled;
    changes.push(...reconciled.changes);
  }
  return { kind: 'changes', changes };
}

function reconcileGroup<H extends RuleHitRow>(
  input: ReconcileInput<H>,
  known: readonly KnownEpisode[],
  found: readonly Episode<H>[],
): Reconciled<H> {
  const left = new Set(known);
  const pairs: { readonly now: Episode<H>; readonly before: KnownEpisode | undefined }[] = [];
  for (const now of found) {
    const before = beforeOf(input, known, now);
    if (before === undefined && now.uncertain && now.opened - input.timespan > input.lookBackTo)
      return { kind: 'look-back', to: Math.max(input.lookBackTo, now.opened - input.timespan * 2) };
    if (before !== undefined && now.lastMet < before.lastMet && now.opened > before.opened)
      return { kind: 'look-back', to: before.opened - input.timespan };
    if (before !== undefined) left.delete(before);
    pairs.push({ now, before });
  }
  // What was met before `since` stands; only what began after it can be gone.
  const gone = [...left].filter(({ opened }) => opened >= input.since);
  const changes: EpisodeChange<H>[] = [];
  const replaced = new Map<KnownEpisode, string>();
  for (const { now, before } of pairs) {
    const episode = before === undefined ? knownOf(now) : continued(input, before, now);
    const supersedes = gone.filter((old) => !replaced.has(old) && touches(old, now, input.timespan));
    for (const old of supersedes) replaced.set(old, episode.id);
    const ids = supersedes.map(({ id }) => id);
    if (before === undefined) changes.push({ kind: 'opened', episode, found: now, supersedes: ids });
    else if (ids.length > 0 || !isSame(before, episode))
      changes.push({ kind: 'amended', episode, found: now, supersedes: ids });
  }
  for (const episode of gone) changes.push({ kind: 'superseded', episode, by: replaced.get(episode) });
  return { kind: 'changes', changes };
}

/** The told episode that this one is: by its id, or as its continuation. */
function beforeOf<H extends RuleHitRow>(
  { since }: ReconcileInput<H>,
  known: readonly KnownEpisode[],
  now: Episode<H>,
): KnownEpisode | undefined {
  return (
    known.find(({ id }) => id === now.id) ??
    (now.opened < since
      ? known.find(({ opened, lastMet }) => opened <= now.opened && now.opened <= lastMet)
      : undefined)
  );
}

const knownOf = (found: Episode): KnownEpisode => ({
  id: found.id,
  groupKey: found.groupKey,
  from: found.from,
  opened: found.opened,
  lastMet: found.lastMet,
  eventCount: found.events.length,
  eventIds: found.events.slice(0, maxToldEvents).map(({ eventId }) => eventId),
  cut: found.uncertain,
});

/** All of an episode was looked at, or its end alone, which is joined to what was told of it. */
function continued<H extends RuleHitRow>(
  { isNew }: ReconcileInput<H>,
  before: KnownEpisode,
  now: Episode<H>,
): KnownEpisode {
  if (now.id === before.id && now.from <= before.from) return { ...knownOf(now), cut: before.cut };
  const added = now.events.filter(
    (hit) => hit.time > before.lastMet || (isNew(hit) && hit.time >= before.from),
  );
  const eventIds = [...before.eventIds, ...added.map(({ eventId }) => eventId)].slice(0, maxToldEvents);
  return { ...before, lastMet: now.lastMet, eventCount: before.eventCount + added.length, eventIds };
}

const isSame = (left: KnownEpisode, right: KnownEpisode) =>
  left.lastMet === right.lastMet && left.from === right.from && left.eventCount === right.eventCount;

const touches = (old: KnownEpisode, now: Episode, timespan: number) =>
  old.opened <= now.lastMet + timespan && now.opened <= old.lastMet + timespan;
