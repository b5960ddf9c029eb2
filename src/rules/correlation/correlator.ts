import { type ResolvedCorrelation, sourcesOf } from '../../detect/index.ts';
import type { JudgedPack } from '../in-force.ts';
import { type RuleMask, usualSetting } from '../mask.ts';
import { type CorrelationInForce, correlatedBy, correlationsInForce } from './correlations.ts';
import { rulesBelow, timespanOf } from './evaluate.ts';
import { isPast, newestHits } from './newest-hits.ts';
import type { Position } from './position.ts';
import { createSourceProgress } from './source-progress.ts';
import { forgetEpisodes } from './tables.ts';
import { runTurn, type TurnOptions, takesInMilliseconds } from './turn.ts';
import { ruleWatermark, type SourceProgress } from './watermark.ts';

const hour = 3_600_000;
/** Correlations of tenants whose positions are remembered. */
const maxReached = 100_000;

export interface CorrelatorOptions extends TurnOptions {
  readonly mask: Pick<RuleMask, 'of'>;
  readonly packs: () => readonly JudgedPack[];
  /** Milliseconds up to which the store is whole. */
  readonly snapshot: () => number;
  /** Tenants whose imports are not over: what files bring them waits. */
  readonly importing: () => Promise<ReadonlySet<string>>;
  /** How late an event may come and still be in time. */
  readonly latenessMilliseconds: number;
  /** Episodes are forgotten so long after they were met last. */
  readonly keptMilliseconds: number;
}

/** Runs correlation rules over stored hits. */
export interface Correlator {
  /**
   * Takes in what came since the last run and is below the watermark; gives how many detections that made. Throws the first fault of a
   * correlation, after all others had their turn: it goes on from where it was.
   */
  run(signal: AbortSignal): Promise<number>;
}

export function createCorrelator(options: CorrelatorOptions): Correlator {
  const { store, state, snapshot, clock, latenessMilliseconds } = options;
  const progress = createSourceProgress(store, latenessMilliseconds * 2);
  /** Where turns ended that left nothing to come back to until there are newer hits. */
  const reached = new Map<string, Position>();
  const loud = rememberLoud(options.packs);
  let forgotten = 0;
  return {
    async run(signal) {
      const correlations = loud();
      if (correlations.length === 0) return 0;
      const [now, upTo] = [clock(), snapshot()];
      const moment = { now, upTo, latenessMilliseconds, importing: await options.importing() };
      const sources = await progress.upTo(upTo, signal);
      let told = 0;
      let fault: unknown;
      for (const [tenant, newest] of await newestHits(store, now - takesInMilliseconds, signal))
        for (const inForce of correlations) {
          const { correlation } = inForce;
          const { enabled, level } =
            options.mask.of(tenant, correlation.rule.id) ?? usualSetting(inForce.pack, correlation.rule.id);
          const name = JSON.stringify([tenant, correlation.logic]);
          const concerned = rulesBelow(correlation).flatMap((rule) => newest.get(rule) ?? []);
          const position = reached.get(name);
          if (!enabled || concerned.every((hits) => isPast(hits, position, timespanOf(correlation))))
            continue;
          const own = correlatedBy(inForce);
          const rule = level === null ? own : { ...own, level };
          const until = untilOf(correlation, tenant, moment, sources.get(tenant) ?? new Map());
          try {
            const outcome = await runTurn(options, { tenant, correlation, rule, until, signal });
            told += outcome.told;
            if (reached.size >= maxReached) reached.clear();
            reached.set(name, outcome.position);
          } catch (error) {
            signal.throwIfAborted();
            // What fails for one must not hold up all others.
            fault ??= error;
          }
        }
      if (now - forgotten > hour) {
        forgotten = now;
        await forgetEpisodes(state, now - options.keptMilliseconds);
      }
      if (fault !== undefined) throw fault;
      return told;
    },
  };
}

/** The correlations that make alerts; looked up anew when packs changed. */
function rememberLoud(packs: CorrelatorOptions['packs']): () => readonly CorrelationInForce<JudgedPack>[] {
  let known: readonly JudgedPack[] = [];
  let loud: readonly CorrelationInForce<JudgedPack>[] = [];
  return () => {
    const now = packs();
    if (now.length !== known.length || now.some((pack, index) => pack !== known[index]))
      loud = [...correlationsInForce(now).values()].filter(({ silent }) => !silent);
    known = now;
    return loud;
  };
}

interface Moment {
  readonly now: number;
  readonly upTo: number;
  readonly latenessMilliseconds: number;
  readonly importing: ReadonlySet<string>;
}

function untilOf(
  correlation: ResolvedCorrelation,
  tenant: string,
  { now, upTo, latenessMilliseconds, importing }: Moment,
  sources: ReadonlyMap<string, SourceProgress>,
): Position {
  const lateness = { milliseconds: latenessMilliseconds };
  return {
    ingested: upTo,
    watermark: ruleWatermark(sources, sourcesBelow(correlation), lateness, now),
    // Whatever time a file's records have: when it is in, it is final.
    imported: importing.has(tenant) ? 0 : upTo,
  };
}

/** The sources that a correlation's rules name; undefined when any may be meant. */
function sourcesBelow({ members }: ResolvedCorrelation): ReadonlySet<string> | undefined {
  const below = members.map(({ of }) =>
    of.kind === 'rule' ? sourcesOf(of.rule.logsource) : sourcesBelow(of.correlation),
  );
  return below.every((sources) => sources !== undefined)
    ? new Set(below.flatMap((sources) => [...sources]))
    : undefined;
}
