/** The command line as a user has it: child processes of `bin/tyrian.js`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createClient } from '../src/client/index.ts';

const program = join(import.meta.dirname, '../bin/tyrian.js');
const startMs = 60_000;

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it printed so far. */
  readonly said: () => string;
}

/** Settings of whoever runs the tests must not reach the program. */
function ownEnvironment(added: Readonly<Record<string, string>>) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(TYRIAN_|NODE_OPTIONS$|VITEST)/.test(name));
  return { ...Object.fromEntries(kept), ...added };
}

/** Starts `tyrian` with these words. */
export function startCommand(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Started {
  const child = spawn(process.execPath, [program, ...words], {
    env: ownEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  return { child, ended, said: () => out };
}

/** Runs `tyrian` to its end. */
export const runCommand = (words: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  startCommand(words, environment).ended;

export interface RunningServer {
  readonly url: string;
  /** The first key, '' when an earlier start printed it. */
  readonly key: string;
  readonly child: ChildProcess;
  readonly client: ReturnType<typeof createClient>;
  /** SIGTERM, and what it ended with. */
  stop(): Promise<Ended>;
  /** SIGKILL, as when the power goes but for what the system holds. */
  kill(): Promise<Ended>;
}

/** Starts `tyrian serve` on a free port, with settings by environment; resolves when it listens. */
export async function startServer(
  folder: string,
  key = '',
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const { child, ended, said } = startCommand(['--data', folder, 'serve', '--port', '0'], environment);
  const url = await new Promise<string>((resolve, reject) => {
    const look = () => {
      const found = /listens on (http:\S+)/.exec(said());
      // The key stands in the line behind; both have come when the second line feed has.
      if (found?.[1] !== undefined && (key !== '' || /First key[^\n]*\n/.test(said()))) resolve(found[1]);
    };
    child.stdout?.on('data', look);
    void ended.then(({ err }) => reject(new Error(`serve ended: ${err}`)));
    setTimeout(() => reject(new Error(`serve did not start: ${said()}`)), startMs).unref();
  });
  const first = /First key[^:]*: (\S+)/.exec(said())?.[1] ?? '';
  return {
    ...{ url, child, key: first },
    client: createClient({ url, key: key === '' ? first : key }),
    async stop() {
      child.kill('SIGTERM');
      return await ended;
    },
    async kill() {
      child.kill('SIGKILL');
      return await ended;
    },
  };
}

/** Posts bytes as they are; the client room would not send what these tests send. */
export async function post(
  url: string,
  { key, body, headers = {} }: { key?: string; body: Buffer | string; headers?: Record<string, string> },
): Promise<{ readonly status: number; readonly headers: Headers; readonly json: Record<string, unknown> }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    json: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
  };
}
