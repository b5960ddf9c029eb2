import type { ResolvedCorrelation } from '../../detect/index.ts';
import { type Exceeded, evaluateCorrelation, reachOf, timespanOf } from './evaluate.ts';
import type { RuleHitRow } from './hit.ts';
import { counts, type Position } from './position.ts';
import { type EpisodeChange, type KnownEpisode, type Reconciled, reconcile } from './reconcile.ts';

const hourMicros = 3_600_000_000;
/** An episode that began further back than this before what is new is marked cut. */
const lookBackMicros = 24 * hourMicros;

/** A hit as it is stored. */
export interface StoredHit extends RuleHitRow {
  /** Milliseconds. */
  readonly ingestedAt: number;
  /** True when a file brought it. */
  readonly imported: boolean;
}

/** Hits of the rules below one correlation in one tenant, from the telemetry store. */
export interface HitReader<H extends StoredHit = StoredHit> {
  /** Microseconds: the earliest hit after a time that counts at one position and did not at another. */
  firstNew(request: {
    readonly after: number;
    readonly since: Position;
    readonly until: Position;
  }): Promise<number | undefined>;
  /** Hits that count, from one time to another (both taken in), in order of time; `latest`: the last ones of them, when there are more. */
  read(request: {
    readonly from: number;
    readonly to: number;
    readonly until: Position;
    readonly limit: number;
    readonly latest: boolean;
  }): Promise<readonly H[]>;
}

/** What one run works with. */
export interface CorrelationRun<H extends StoredHit = StoredHit> {
  readonly tenant: string;
  readonly correlation: ResolvedCorrelation;
  readonly hits: HitReader<H>;
  readonly since: Position;
  readonly until: Position;
  /** Episodes that were met at a time (microseconds) or later. */
  readonly known: (metFrom: number) => Promise<readonly KnownEpisode[]>;
  /** Makes the changes last; a repeat must be harmless. `late`: what brought them came behind the watermark. */
  readonly keep: (changes: readonly EpisodeChange<H>[], late: boolean) => Promise<void>;
  /** Hits that are read at once, before and from the first new one on. */
  readonly limits: { readonly hits: number };
  readonly signal: AbortSignal;
}

/**
 * Brings the episodes of a correlation from one position to the next: from the first new hit on all is evaluated again, with as much
 * before it as has a part in it, in slices of bounded size. Gives what was past a bound.
 */
export async function runCorrelation<H extends StoredHit>(
  run: CorrelationRun<H>,
): Promise<readonly Exceeded[]> {
  const { hits, since, until, signal } = run;
  const exceeded: Exceeded[] = [];
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    signal.throwIfAborted();
    const from = await hits.firstNew({ after, since, until });
    if (from === undefined) return exceeded;
    const slice = await readSlice(run, from);
    exceeded.push(...slice.exceeded, ...(await evaluateSlice(run, slice)));
    after = slice.to;
  }
}

interface Slice<H extends StoredHit> {
  /** Microseconds, both ends taken in. */
  readonly from: number;
  readonly to: number;
  readonly hits: readonly H[];
  readonly known: readonly KnownEpisode[];
  readonly exceeded: readonly Exceeded[];
}

/** As many hits as fit, but no fewer than episodes reach that are known already: what came late changes all that follows it. */
async function readSlice<H extends StoredHit>(run: CorrelationRun<H>, from: number): Promise<Slice<H>> {
  const { correlation, hits, until, limits } = run;
  const known = await run.known(from - timespanOf(correlation));
  const reach = Math.max(from, ...known.map(({ lastMet }) => lastMet));
  const request = { from, to: Number.MAX_SAFE_INTEGER, until, latest: false };
  const first = await hits.read({ ...request, limit: limits.hits });
  const last = first.at(-1)?.time ?? from;
  if (first.length < limits.hits)
    return { from, to: Number.MAX_SAFE_INTEGER, hits: first, known, exceeded: [] };
  // The last moment may not be whole; a moment that alone is past the limit is taken as far as it goes.
  const to = last > from ? last - 1 : last;
  if (reach <= to) {
    const whole = first.filter(({ time }) => time <= to);
    return { from, to, hits: whole, known, exceeded: last > from ? [] : [tooMany(run)] };
  }
  const more = await hits.read({ ...request, to: reach, limit: limits.hits * mostSlices });
  const complete = more.length < limits.hits * mostSlices;
  const end = complete ? reach : (more.at(-1)?.time ?? to);
  const within = known.filter(({ lastMet }) => lastMet <= end);
  return { from, to: end, hits: more, known: within, exceeded: complete ? [] : [tooMany(run)] };
}

/** A slice that has to reach further may be so many times larger. */
const mostSlices = 5;

const tooMany = ({ correlation, limits }: Pick<CorrelationRun, 'correlation' | 'limits'>): Exceeded => ({
  rule: correlation.rule.id,
  bound: 'hits',
  limit: limits.hits,
});

async function evaluateSlice<H extends StoredHit>(
  run: CorrelationRun<H>,
  slice: Slice<H>,
): Promise<readonly Exceeded[]> {
  const { tenant, correlation, since, until, limits } = run;
  const timespan = timespanOf(correlation);
  const least = reachOf(correlation) + timespan;
  const lookBackTo = slice.from - timespan - lookBackMicros;
  const exceeded: Exceeded[] = [];
  for (let back = timespan; ; ) {
    run.signal.throwIfAborted();
    // What is met a timespan before the first new hit is to be known too: it says what goes on there.
    const hitsFrom = slice.from - back - (least - timespan);
    const request = { from: hitsFrom, to: slice.from - 1, until, latest: true };
    const before = await run.hits.read({ ...request, limit: limits.hits });
    if (before.length === limits.hits) exceeded.push(tooMany(run));
    const found = evaluateCorrelation({ tenant, correlation, hits: [...before, ...slice.hits], hitsFrom });
    const outcome: Reconciled<H> = reconcile({
      ...{ known: slice.known, found: found.episodes, since: slice.from, timespan, lookBackTo },
      isNew: (hit) => !counts(hit, since),
    });
    if (outcome.kind === 'changes') {
      const late = slice.from <= since.watermark;
      if (outcome.changes.length > 0) await run.keep(outcome.changes, late);
      return distinct([...exceeded, ...found.exceeded]);
    }
    back = Math.max(Math.min(back * 2, lookBackMicros + timespan * 2), slice.from - outcome.to);
  }
}

const distinct = (exceeded: readonly Exceeded[]): readonly Exceeded[] => [
  ...new Map(exceeded.map((each) => [`${each.rule} ${each.bound}`, each])).values(),
];
