import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { type Client, connectLocally, createClient } from '../client/index.ts';
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
import { holderOf, openTyrian, startServer, type Tyrian } from '../system/index.ts';

interface GlobalOptions {
  readonly config?: string;
  readonly data?: string;
  readonly tenant?: string;
  readonly verbose?: boolean;
  readonly url?: string;
  readonly key?: string;
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

interface Parts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** Opens the data folder for one command, runs it, and closes in order whatever happens. */
export async function withTyrian<T>(
  command: Command,
  config: Config,
  work: (tyrian: Tyrian, parts: Parts) => Promise<T>,
): Promise<T> {
  const log = logOf(command);
  const metrics = createMetrics();
  const emit = createEmit({ log, metrics });
  return await interruptible(async (signal, stop) => {
    const tyrian = await openTyrian({
      config,
      command: command.name(),
      log,
      metrics,
      emit,
      clock: Date.now,
      onFatal: stop,
    });
    try {
      return await work(tyrian, { log, metrics, emit, signal });
    } finally {
      await tyrian.close();
    }
  });
}

/**
 * Runs a command through the HTTP API, wherever that is: the server at `--url`; else the process that holds the data folder, over its
 * socket; else the folder is opened for this command alone, and all that came in before is stored first.
 */
export async function withClient<T>(
  command: Command,
  work: (client: Client, parts: { readonly signal: AbortSignal; readonly config: Config }) => Promise<T>,
): Promise<T> {
  const { url, key } = command.optsWithGlobals<GlobalOptions>();
  const config = configOf(command);
  if (url !== undefined) {
    const client = createClient({ url, ...(key === undefined ? {} : { key }) });
    return await interruptible((signal) => work(client, { signal, config }));
  }
  const holder = holderOf(config.data_folder);
  if (holder !== undefined && holder.socket !== '') {
    return await interruptible((signal) =>
      overSocket(holder.socket, config, (client) => work(client, { signal, config })),
    );
  }
  return await withTyrian(command, config, async (tyrian, parts) => {
    const server = await startServer(tyrian, { ...parts, config, listen: false });
    try {
      await tyrian.settled(parts.signal);
      await tyrian.workflow.journal.settled(parts.signal);
      return await overSocket(tyrian.folder.socket, config, (client) =>
        work(client, { signal: parts.signal, config }),
      );
    } finally {
      await server.close();
    }
  });
}

/** This machine's user is who changes are by. */
async function overSocket<T>(
  socket: string,
  config: Config,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = connectLocally({ socket, tenant: config.tenant, name: userInfo().username });
  try {
    return await work(createClient({ url: 'http://tyrian.local', fetch: connection.fetch }));
  } finally {
    await connection.close();
  }
}

/** The first SIGINT or SIGTERM aborts the signal; so does `stop`, with its reason. */
export async function interruptible<T>(
  work: (signal: AbortSignal, stop: (error: Error) => void) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const interrupt = () => stop.abort(new DOMException('stopped', 'AbortError'));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    return await work(stop.signal, (error) => stop.abort(error));
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
