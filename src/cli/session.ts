import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { type Config, readConfig } from '../contracts/index.ts';
import {
  createEmit,
  createLog,
  createMetrics,
  createTrace,
  type Emit,
  type Log,
  type Metrics,
} from '../observe/index.ts';
import { openTyrian, type Tyrian } from '../system/index.ts';

interface GlobalOptions {
  readonly config?: string;
  readonly data?: string;
  readonly tenant?: string;
  readonly verbose?: boolean;
}

/** The configuration of a command: defaults, file, environment, then its own options. */
export function configOf(command: Command, overrides: Readonly<Record<string, unknown>> = {}): Config {
  const options = command.optsWithGlobals<GlobalOptions>();
  return readConfig({
    file: options.config,
    environment: process.env,
    overrides: { data_folder: options.data, tenant: options.tenant, ...overrides },
  });
}

function logOf(command: Command): Log {
  const { verbose } = command.optsWithGlobals<GlobalOptions>();
  return createLog({
    level: verbose === true ? 'debug' : command.name() === 'serve' ? 'info' : 'warn',
    trace: createTrace(randomBytes),
  });
}

/** Opens the data folder for one command, runs it, and closes in order whatever happens. */
export async function withTyrian<T>(
  command: Command,
  config: Config,
  work: (
    tyrian: Tyrian,
    parts: {
      readonly log: Log;
      readonly metrics: Metrics;
      readonly emit: Emit;
      readonly signal: AbortSignal;
    },
  ) => Promise<T>,
): Promise<T> {
  const log = logOf(command);
  const metrics = createMetrics();
  const emit = createEmit({ log, metrics });
  const stop = new AbortController();
  const interrupt = () => stop.abort(new DOMException('stopped', 'AbortError'));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const tyrian = await openTyrian({
    config,
    command: command.name(),
    log,
    metrics,
    emit,
    clock: Date.now,
    onFatal: (error) => stop.abort(error),
  });
  try {
    return await work(tyrian, { log, metrics, emit, signal: stop.signal });
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    await tyrian.close();
  }
}
