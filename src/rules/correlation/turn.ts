import type { DetectedBy, Detection } from '../../contracts/index.ts';
import type { ResolvedCorrelation } from '../../detect/index.ts';
import type { Journal } from '../../journal/index.ts';
import type { State } from '../../state/index.ts';
import { detectionOfEpisode } from './detections.ts';
import type { Episode } from './episode.ts';
import { type Exceeded, timespanOf } from './evaluate.ts';
import { type CorrelationStore, readHits, type TellableHit } from './hit-store.ts';
import type { Position } from './position.ts';
import type { EpisodeChange } from './reconcile.ts';
import { runCorrelation } from './run.ts';
import {
  type CorrelationKey,
  readEpisodes,
  readPosition,
  readUntold,
  type StoredEpisode,
  writeEpisodes,
  writePosition,
} from './tables.ts';

/** A correlation that is new here takes hits in that were written since so long. */
export const takesInMilliseconds = 24 * 3_600_000;
/** Hits that are read at once, and as many before them. */
const hitsAtOnce = 50_000;

export interface TurnOptions {
  readonly store: CorrelationStore;
  readonly state: State;
  readonly journal: Pick<Journal, 'detected'>;
  readonly clock: () => number;
  /** Told of what was past a bound. */
  readonly onExceeded: (exceeded: Exceeded & { readonly tenant: string }) => void;
}

/** One correlation in one tenant, and how far it is to come. */
export interface Turn {
  readonly tenant: string;
  readonly correlation: ResolvedCorrelation;
  readonly rule: DetectedBy;
  readonly until: Position;
  readonly signal: AbortSignal;
}

/** One correlation in one tenant, from where it is to `until`. */
export async function runTurn(
  options: TurnOptions,
  turn: Turn,
): Promise<{ readonly told: number; readonly position: Position }> {
  const { store, state, journal, clock, onExceeded } = options;
  const { tenant, correlation, rule, signal } = turn;
  const key = { tenant, logic: correlation.logic };
  const since = (await readPosition(state, key)) ?? beginning(clock());
  const until = noEarlier(turn.until, since);
  const timespan = timespanOf(correlation);
  const isClosed = ({ lastMet }: StoredEpisode) => lastMet + timespan < until.watermark;
  let told = 0;
  const tell = async (detections: readonly Detection[]) => {
    told += detections.length;
    if (detections.length > 0) await journal.detected(detections);
  };
  const stateOf = (episode: StoredEpisode) => (isClosed(episode) ? 'closed' : 'open');
  const exceeded = await runCorrelation<TellableHit>({
    ...{ tenant, correlation, since, until, signal, limits: { hits: hitsAtOnce } },
    hits: readHits(store, tenant, correlation, signal),
    known: (metFrom) => readEpisodes(state, key, metFrom),
    async keep(changes, late) {
      const before = await readEpisodes(state, key, earliestOf(changes));
      const heads = new Map(before.map((episode) => [episode.id, episode]));
      const isLate = late && since.watermark !== notBegun;
      const kept = changes.map((change) => storedOf(change, heads.get(change.episode.id), isLate));
      const detections = kept.flatMap(({ change, episode, isTold }) =>
        isTold
          ? [
              detectionOfEpisode(
                { tenant, rule, episode, ...outcomeOf(change, stateOf(episode)) },
                new Date(clock()),
              ),
            ]
          : [],
      );
      // On disk in the journal first: a repeat has the same ids.
      await tell(detections);
      const standing = kept.filter(({ change }) => change.kind !== 'superseded');
      const gone = kept.filter(({ change }) => change.kind === 'superseded').map(({ episode }) => episode.id);
      await writeEpisodes(
        state,
        key,
        standing.map(({ episode }) => episode),
        gone,
      );
    },
  });
  for (const bound of exceeded) onExceeded({ ...bound, tenant });
  await closeUntold(state, key, until.watermark - timespan, (episodes) =>
    tell(
      episodes.map((episode) => detectionOfEpisode({ tenant, rule, episode, ...closing }, new Date(clock()))),
    ),
  );
  await writePosition(state, key, until);
  return { told, position: until };
}

const closing = { state: 'closed', first: false, supersedes: [], supersededBy: null } as const;

/** What was written before that counts as looked at. */
const beginning = (now: number): Position => ({
  ingested: now - takesInMilliseconds,
  imported: now - takesInMilliseconds,
  watermark: notBegun,
});

const notBegun = Number.MAX_SAFE_INTEGER;

/** A watermark never goes back; the one of the beginning is none. */
const noEarlier = (until: Position, since: Position): Position => ({
  ingested: Math.max(until.ingested, since.ingested),
  watermark: since.watermark === notBegun ? until.watermark : Math.max(until.watermark, since.watermark),
  imported: Math.max(until.imported, since.imported),
});

const earliestOf = (changes: readonly EpisodeChange[]) =>
  Math.min(...changes.map(({ episode }) => episode.opened));

interface Kept {
  readonly change: EpisodeChange<TellableHit>;
  readonly episode: StoredEpisode;
  /** Told at once, or when it closes. */
  readonly isTold: boolean;
}

/** Growth within the watermark is told when the episode closes; all else at once. */
function storedOf(
  change: EpisodeChange<TellableHit>,
  before: StoredEpisode | undefined,
  late: boolean,
): Kept {
  const isTold = change.kind !== 'amended' || late || change.supersedes.length > 0;
  const head = before?.head ?? (change.kind === 'superseded' ? undefined : headOf(change.found));
  if (head === undefined) throw new Error(`the episode ${change.episode.id} is not known`);
  return { change, isTold, episode: { ...change.episode, head, told: isTold } };
}

function headOf({ first, group }: Episode<TellableHit>): StoredEpisode['head'] {
  return {
    ...{ event_id: first.eventId, time: first.time, received_at: first.receivedAt, source: first.source },
    ...{ raw_sha256: first.rawSha256, entity: first.entity, group: [...group] },
  };
}

function outcomeOf(change: EpisodeChange<TellableHit>, state: 'open' | 'closed') {
  return change.kind === 'superseded'
    ? ({ state: 'gone', first: false, supersedes: [], supersededBy: change.by ?? null } as const)
    : { state, first: change.kind === 'opened', supersedes: change.supersedes, supersededBy: null };
}

/** Tells of episodes that grew and are over now. */
async function closeUntold(
  state: State,
  key: CorrelationKey,
  metBefore: number,
  tell: (episodes: readonly StoredEpisode[]) => Promise<void>,
): Promise<void> {
  const untold = await readUntold(state, key, metBefore);
  if (untold.length === 0) return;
  await tell(untold);
  const told = untold.map((episode) => ({ ...episode, told: true }));
  await writeEpisodes(state, key, told, []);
}
