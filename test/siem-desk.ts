/** What tests of the whole SIEM share: a rule of their own and records that it hits, polling, a receiver of webhooks. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { AlertRow } from '../src/contracts/alert.ts';
import type { LedgerView } from '../src/contracts/index.ts';
import { logon } from './bad-records.ts';
import { type Ended, post, type RunningServer, runCommand } from './running-server.ts';

export const ruleId = '5f1c0f4e-8f8b-4a52-9d63-54b6d9c1aaaa';

/** A rule over failed logons of one user that no recording knows. */
export const ruleText = (user = 'mallory-of-the-test', id = ruleId) => `title: Failed logon of ${user}
id: ${id}
status: test
author: The test
level: high
tags: [attack.t1110]
logsource: { product: windows, service: security }
detection:
  logon: { EventID: 4625, TargetUserName: ${user} }
  condition: logon
`;

/** A folder with that rule, as a user keeps it. */
export function ruleFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'mallory.yml'), ruleText());
  return path;
}

/** A record that the rule hits; another number is another event. */
export const failedLogon = (host: string, record: number, more: Readonly<Record<string, unknown>> = {}) =>
  logon(host, {
    ...{ EventID: 4625, TargetUserName: 'mallory-of-the-test', EventRecordID: record },
    TimeCreated: new Date(Date.UTC(2026, 10, 1, 9) + record * 1_000).toISOString(),
    ...more,
  });

/** Longer than the lease of a notice (a minute), after which one is sent again that a killed process had taken. */
const patienceMilliseconds = 120_000;
const pauseMilliseconds = 50;

export const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Asks again until the answer is there (not undefined, not false); throws what was wrong at the last look when it never is. */
export async function until<T>(
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const end = performance.now() + patienceMilliseconds;
  for (;;) {
    let wrong: unknown = new Error(`not within ${patienceMilliseconds} ms: ${look.toString()}`);
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      wrong = error;
    }
    if (performance.now() > end) throw wrong;
    await pause(pauseMilliseconds);
  }
}

type Reached = Pick<RunningServer, 'client'>;

/** Waits until nothing is in flight any more. */
export const settled = ({ client }: Reached): Promise<LedgerView> =>
  until(async () => {
    const view = await client.ledger({ query: {} });
    return view.total.in_flight === 0 && view;
  });

/** Waits for open alerts of the test's rule on a host. */
export const alertOn = ({ client }: Reached, host: string, status: AlertRow['status'] = 'new') =>
  until(async () => {
    const { alerts } = await client.alerts({ query: { entity: `host:${host}`, rule: ruleId, status } });
    return alerts[0];
  });

/** Posts records and throws unless all are taken. */
export async function send(server: RunningServer, records: readonly string[], key = server.key) {
  const answer = await post(`${server.url}/v1/telemetry/windows`, { key, body: records.join('\n') });
  if (answer.status !== 202 || answer.json.accepted !== records.length)
    throw new Error(`${answer.status} ${JSON.stringify(answer.json)}`);
}

/** Runs a command on a data folder and gives what it printed; throws when it fails. */
export async function told(folder: string, ...words: readonly string[]): Promise<string> {
  const { code, out, err }: Ended = await runCommand(['--data', folder, ...words]);
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${err}${out}`);
  return out.trim();
}

export interface Hook {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly taken: readonly Hook[];
  /** Whether it answers; what it does not answer is taken all the same. */
  answers: boolean;
  close(): void;
}

/** A server of webhooks on loopback. */
export async function startReceiver(): Promise<Receiver> {
  const taken: Hook[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      taken.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      if (receiver.answers) response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    taken,
    answers: true,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return receiver;
}
