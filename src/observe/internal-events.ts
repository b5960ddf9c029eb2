import type { Log, LogFields, LogLevel } from './log.ts';
import type { Counter, Metrics, Series } from './metrics.ts';

/**
 * What the program drops, refuses or cuts short, each with its reason. A reason is an error code (`room.what`) or
 * one of the words below, never free text: it becomes a label.
 */
export type InternalEvent =
  /** A request was answered with an error. */
  | {
      readonly kind: 'request-refused';
      readonly route: string;
      readonly reason: string;
      readonly status: number;
    }
  /** Records that could not be framed, so that no log holds them. */
  | {
      readonly kind: 'records-refused';
      readonly source: string;
      readonly reason: string;
      readonly count: number;
    }
  /** Records that were accepted and became dead letters. */
  | {
      readonly kind: 'records-dead';
      readonly source: string;
      readonly reason: string;
      readonly count: number;
    }
  /** A response stream that ended before its last event. */
  | {
      readonly kind: 'stream-cut';
      readonly route: string;
      readonly reason: 'client_gone' | 'client_stalled' | 'shutdown' | 'failed';
    };

export type Emit = (event: InternalEvent, log?: Log) => void;

/** Makes the one place where internal events become a counter and a log line. */
export function createEmit(dependencies: { readonly log: Log; readonly metrics: Metrics }): Emit {
  const { metrics } = dependencies;
  const counters = {
    'request-refused': metrics.counter({
      name: 'tyrian_requests_refused_total',
      help: 'Requests answered with an error, by route and code.',
      labels: ['route', 'reason'],
    }),
    'records-refused': metrics.counter({
      name: 'tyrian_records_refused_total',
      help: 'Records that could not be framed, by source and code.',
      labels: ['source', 'reason'],
    }),
    'records-dead': metrics.counter({
      name: 'tyrian_records_dead_total',
      help: 'Records that became dead letters, by source and code.',
      labels: ['source', 'reason'],
    }),
    'stream-cut': metrics.counter({
      name: 'tyrian_streams_cut_total',
      help: 'Response streams that ended before their last event, by route and reason.',
      labels: ['route', 'reason'],
    }),
  } satisfies Record<InternalEvent['kind'], Series<Counter>>;
  return (event, log = dependencies.log) => {
    const { kind, ...fields } = event;
    const place = 'route' in event ? event.route : event.source;
    counters[kind](place, event.reason).add('count' in event ? event.count : 1);
    log[levelOf(event)]({ event: kind, ...fields } satisfies LogFields, messages[kind]);
  };
}

const messages: Readonly<Record<InternalEvent['kind'], string>> = {
  'request-refused': 'a request was refused',
  'records-refused': 'records were refused',
  'records-dead': 'records became dead letters',
  'stream-cut': 'a response stream was cut short',
};

/** What others can provoke at will stays below `info`, so that a flood of bad requests doesn't fill the disk. */
function levelOf(event: InternalEvent): Exclude<LogLevel, 'silent'> {
  switch (event.kind) {
    case 'request-refused':
      return event.status >= 500 ? 'warn' : 'debug';
    case 'records-refused':
      return 'debug';
    case 'records-dead':
      return 'info';
    case 'stream-cut':
      return event.reason === 'failed' ? 'warn' : 'debug';
  }
}
