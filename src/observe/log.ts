import { type Logger, pino } from 'pino';
import type { TraceContext } from './trace-context.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log. Fields are for programs, the message is one sentence for people; an error goes in `err`. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** The same log with these fields in every line; a field given again replaces the older one. */
  with(fields: LogFields): Log;
  /** The same log with the trace id of this context in every line. */
  withTrace(context: TraceContext): Log;
}

/** Takes one finished line with its line feed. */
export interface LogSink {
  write(line: string): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Trace of the process itself: lines that belong to no request or batch carry its id. */
  readonly trace: TraceContext;
  /** A file descriptor is written synchronously: nothing is lost when the process ends. Default: 2 (stderr). */
  readonly sink?: LogSink | number;
  /** In every line: role, version. */
  readonly fields?: LogFields;
}

const secretNames = [
  'authorization',
  'cookie',
  'set-cookie',
  'api_key',
  'apiKey',
  'key',
  'secret',
  'token',
  'password',
];
/** pino's paths have no "at any depth"; secrets are looked for at the top and up to two levels down. */
const secretPaths = secretNames
  .map((name) => `["${name}"]`)
  .flatMap((name) => [name, `*${name}`, `*.*${name}`]);
/** A last net under the field names: an API key or bearer token inside any text, error messages too. */
const secretTexts = /\bty_[0-9a-f]{1,64}_[\w-]{16,}|\bBearer +[\w.~+/=-]+/gi;
const removed = '[removed]';

/** Makes the log: JSON lines with level, ISO time, trace id, fields and message; no host name, no process id. */
export function createLog(options: LogOptions): Log {
  const sink = typeof options.sink === 'object' ? options.sink : descriptorSink(options.sink ?? 2);
  const root = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretPaths, censor: removed },
    },
    { write: (line: string) => sink.write(line.replace(secretTexts, removed)) },
  );
  return makeLog(root, { ...options.fields, trace_id: options.trace.traceId });
}

/** pino's asynchronous destination throws when the process ends early, so this one isn't. */
function descriptorSink(descriptor: number): LogSink {
  const destination = pino.destination({ fd: descriptor, sync: true });
  return { write: (line) => destination.write(line) };
}

/** Fields are merged before pino sees them: pino writes a repeated field twice into the line. */
function makeLog(root: Logger, fields: LogFields): Log {
  const logger = root.child(fields);
  return {
    debug: (more, message) => logger.debug(more, message),
    info: (more, message) => logger.info(more, message),
    warn: (more, message) => logger.warn(more, message),
    error: (more, message) => logger.error(more, message),
    with: (more) => makeLog(root, { ...fields, ...more }),
    withTrace: (context) => makeLog(root, { ...fields, trace_id: context.traceId }),
  };
}
