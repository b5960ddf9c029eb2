import { errorCatalogue } from '../../contracts/index.ts';
import type { CloudTrailRecord } from './cloudtrail/record.ts';
import { createDay, hour, type Micros } from './day.ts';
import type { ScenarioFacts } from './facts/facts.ts';
import { readFacts } from './facts/read-facts.ts';
import { intrude } from './intrusion/intrusion.ts';
import type { Logs } from './logs.ts';
import { liveOrdinaryDay } from './noise/ordinary-day.ts';
import type { Track } from './track.ts';
import { createWorld } from './world.ts';

const errors = errorCatalogue('evals', {
  scenario_argument: {
    status: 400,
    meaning: 'a scenario was asked for with a seed, time or scale out of range',
  },
});

/** Beyond this, the notes of what is to be written no longer fit a small machine's memory. */
const maxScale = 20;

export interface ScenarioOptions {
  /** Any whole number; it alone (with `endsAt` and `scale`) determines every byte. */
  readonly seed: number;
  /** End of the 24 hours that are told, exclusive; by default `defaultEnd`. */
  readonly endsAt?: Date;
  /** Multiplies the noise, not the intrusion nor the hosts; 1 gives about 50,000 events. */
  readonly scale?: number;
}

/** One stream in its native format. */
export interface ScenarioStream {
  /** `windows/workstations`, `aws/111122223333`, `zeek/conn`. */
  readonly name: string;
  readonly source: 'windows' | 'aws-cloudtrail' | 'zeek';
  /** ndjson: a line is a record. document: a line is a whole file, here CloudTrail's `{"Records":[…]}` of one hour. */
  readonly kind: 'ndjson' | 'document';
  /** Without line ends; made while they are read, equal each time. */
  lines(): Iterable<string>;
}

export interface Scenario {
  readonly streams: readonly ScenarioStream[];
  readonly facts: ScenarioFacts;
}

/** The end of the day that is told when nobody asks for another: a Tuesday. */
export const defaultEnd = new Date('2026-11-18T00:00:00Z');

/**
 * A quiet working day of 40 hosts, three cloud accounts and a network sensor, with one intrusion in it: the
 * same bytes for the same options. All names and addresses are reserved for documentation (RFC 2606, RFC 5737).
 * Throws `evals.scenario_argument`.
 */
export function createScenario(options: ScenarioOptions): Scenario {
  const { seed, endsAt = defaultEnd, scale = 1 } = options;
  check(seed, endsAt, scale);
  const world = createWorld(seed, createDay(endsAt), scale);
  intrude(world, liveOrdinaryDay(world));
  const streams = streamsOf(world.logs);
  return { streams: streams.map(({ stream }) => stream), facts: readFacts(world, sizes(streams)) };
}

function check(seed: number, endsAt: Date, scale: number): void {
  const wrong = !Number.isSafeInteger(seed)
    ? `seed ${seed} is not a whole number`
    : Number.isNaN(endsAt.getTime())
      ? 'endsAt is not a time'
      : !(scale > 0 && scale <= maxScale)
        ? `scale ${scale} is not above 0 and at most ${maxScale}`
        : undefined;
  if (wrong !== undefined) throw errors.make('scenario_argument', `no such scenario: ${wrong}`);
}

interface Counted {
  readonly stream: ScenarioStream;
  readonly events: number;
}

function streamsOf(logs: Logs): readonly Counted[] {
  const lines = (name: string, source: ScenarioStream['source'], track: Track<unknown>): Counted => ({
    stream: { name, source, kind: 'ndjson', lines: () => asLines(track) },
    events: track.size,
  });
  return [
    ...[...logs.windowsTracks].map(([name, track]) => lines(`windows/${name}`, 'windows', track)),
    ...[...logs.zeekTracks].map(([path, track]) => lines(`zeek/${path}`, 'zeek', track)),
    ...[...logs.cloudTracks].map(([account, track]) => ({
      stream: {
        name: `aws/${account}`,
        source: 'aws-cloudtrail' as const,
        kind: 'document' as const,
        lines: () => asDocuments(track),
      },
      events: track.size,
    })),
  ];
}

function sizes(streams: readonly Counted[]): Readonly<Record<string, number>> {
  return Object.fromEntries(streams.map(({ stream, events }) => [stream.name, events]));
}

function* asLines(track: Track<unknown>): Generator<string> {
  for (const record of track.records()) yield JSON.stringify(record);
}

/** CloudTrail delivers files; here one an hour in which something was called. */
function* asDocuments(track: Track<CloudTrailRecord>): Generator<string> {
  let records: CloudTrailRecord[] = [];
  let current = -1;
  for (const record of track.records()) {
    const delivery = hourOf(record);
    if (delivery !== current && records.length > 0) {
      yield JSON.stringify({ Records: records });
      records = [];
    }
    current = delivery;
    records.push(record);
  }
  if (records.length > 0) yield JSON.stringify({ Records: records });
}

function hourOf(record: CloudTrailRecord): Micros {
  return Math.floor((Date.parse(record.eventTime) * 1_000) / hour);
}
