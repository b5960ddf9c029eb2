import {
  type DetectedBy,
  type Detection,
  type DetectionWindow,
  maxWindowEvents,
} from '../../contracts/index.ts';
import { detectionId } from '../../detect/index.ts';
import type { EpisodeHead, StoredEpisode } from './tables.ts';

export interface ToldEpisode {
  readonly tenant: string;
  readonly rule: DetectedBy;
  readonly episode: StoredEpisode;
  readonly state: DetectionWindow['state'];
  /** True for the first detection of the episode. */
  readonly first: boolean;
  readonly supersedes: readonly string[];
  readonly supersededBy: string | null;
}

/**
 * What is told of an episode. The first detection has the episode's id; each further one an id that follows from what it says, so that a
 * repeat is the same one.
 */
export function detectionOfEpisode(told: ToldEpisode, now: Date): Detection {
  const { tenant, rule, episode, state, first, supersedes, supersededBy } = told;
  const { head } = episode;
  const window: DetectionWindow = {
    ...{ episode: episode.id, state, cut: episode.cut, event_count: episode.eventCount },
    from: isoOf(episode.from),
    to: isoOf(episode.lastMet),
    group: [...head.group],
    events: episode.eventIds.slice(0, maxWindowEvents),
    supersedes: supersedes.slice(0, maxWindowEvents),
    superseded_by: supersededBy,
  };
  const said = JSON.stringify([episode.id, window.to, window.event_count, supersedes, state === 'gone']);
  return {
    id: first ? episode.id : detectionId(tenant, rule.logic, said),
    ...{ tenant, rule, event: eventOf(head), entity: head.entity },
    matched: head.group.map(({ field, value }) => ({ field, value })),
    detected_at: now.toISOString(),
    window,
  };
}

const eventOf = ({ event_id, time, received_at, source, raw_sha256 }: EpisodeHead): Detection['event'] => ({
  ...{ event_id, source, raw_sha256 },
  time: isoOf(time),
  received_at: new Date(received_at).toISOString(),
});

const microsPerSecond = 1_000_000;

/** ISO 8601 in UTC with microseconds. */
function isoOf(micros: number): string {
  const seconds = new Date(Math.floor(micros / microsPerSecond) * 1_000).toISOString().slice(0, 19);
  return `${seconds}.${String(micros % microsPerSecond).padStart(6, '0')}Z`;
}
