import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '../src/client/index.ts';
import { readConfig } from '../src/contracts/index.ts';
import { createEmit, createLog, createMetrics, createTrace } from '../src/observe/index.ts';
import { openTyrian, startServer, type Tyrian } from '../src/system/index.ts';

/** A rule that hits one record in so many of those that `records` makes. */
export const hitEvery = 100;
export const ruleId = '9d7b1d55-61a5-4d0f-8f40-2b8f6a5adddd';
const rule = `title: Failed logon of a user of the load
id: ${ruleId}
status: test
level: high
logsource: { product: windows, service: security }
detection:
  logon: { EventID: 4625, TargetUserName: marked }
  condition: logon
`;

/** Windows records in the form that Winlogbeat's raw export has, each another event; one in `hitEvery` is hit by the rule. */
export function records(from: number, count: number, now: number): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const number = from + index;
    const hit = number % hitEvery === 0;
    return JSON.stringify({
      Channel: 'Security',
      EventID: hit ? 4625 : 4624,
      Computer: `host-${number % 997}.example.net`,
      TimeCreated: new Date(now + index).toISOString(),
      EventRecordID: number,
      TargetUserName: hit ? 'marked' : `user-${number % 4_001}`,
      TargetDomainName: 'EXAMPLE',
      LogonType: 3,
      LogonProcessName: 'NtLmSsp',
      AuthenticationPackageName: 'NTLM',
      IpAddress: `192.0.2.${number % 250}`,
      IpPort: String(1_024 + (number % 60_000)),
      WorkstationName: `WS-${number % 311}`,
    });
  });
  return lines.join('\n');
}

export interface Served {
  readonly tyrian: Tyrian;
  readonly url: string;
  readonly key: string;
  readonly client: ReturnType<typeof createClient>;
  /** Posts records; throws unless they are taken. */
  post(body: string): Promise<void>;
  close(): Promise<void>;
}

/** What `tyrian serve` is, in this process, with the rules of the package and the one above. */
export async function serveForBench(folder: string): Promise<Served> {
  const rules = join(folder, 'rules');
  mkdirSync(rules, { recursive: true });
  writeFileSync(join(rules, 'marked.yml'), rule);
  const log = createLog({ level: 'warn', trace: createTrace(randomBytes) });
  const metrics = createMetrics();
  const config = readConfig({
    environment: {},
    overrides: { data_folder: join(folder, 'data'), rules: { folder: rules }, http: { port: 0 } },
  });
  const emit = createEmit({ log, metrics });
  const tyrian = await openTyrian({
    ...{ config, command: 'bench', log, metrics, emit, clock: Date.now },
    onFatal: (error) => {
      console.error(error);
      process.exit(1);
    },
  });
  const server = await startServer(tyrian, { config, log, metrics, emit, listen: true });
  const key = server.firstKey ?? '';
  return {
    ...{ tyrian, url: server.url, key },
    client: createClient({ url: server.url, key }),
    post: (body) => postRecords({ url: server.url, key }, body),
    async close() {
      await server.close();
      await tyrian.close();
    },
  };
}

/** Posts Windows records; throws unless they are taken. */
export async function postRecords(to: Pick<Served, 'url' | 'key'>, body: string): Promise<void> {
  const response = await fetch(`${to.url}/v1/telemetry/windows`, {
    method: 'POST',
    headers: { authorization: `Bearer ${to.key}` },
    body,
  });
  const said = await response.text();
  if (response.status !== 202) throw new Error(`${response.status} ${said}`);
}
