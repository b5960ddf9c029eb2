import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { ownVersion } from '../api/index.ts';
import type { Config } from '../contracts/index.ts';
import { createOutbound, createSecrets } from '../guard/index.ts';
import { createJobs, type JobKind, type Jobs, type Schedule } from '../jobs/index.ts';
import type { Log, Metrics } from '../observe/index.ts';
import {
  type Channels,
  Circuits,
  createChannels,
  createChannelTest,
  createCheckIn,
  createDeliveries,
  createDispatcher,
  createNotices,
  createSend,
  type Deliveries,
  type Notices,
} from '../respond/index.ts';
import { createRulePacks, createRules, type RulePacks, type Rules } from '../rules/index.ts';
import { correlate } from './correlate.ts';
import { createSourceWatch, type SourceWatch } from './source-watch.ts';
import type { Tyrian } from './tyrian.ts';
import { watchConditions } from './watch-conditions.ts';

/** Jobs that run at once in this process: long work must leave the cores to telemetry and questions. */
const parallelJobs = 2;

/** What works on its own beside the API: notices, jobs, the watch over sources, disk and ledger. */
export interface Services {
  readonly jobs: Jobs;
  readonly notices: Notices;
  readonly channels: Channels;
  readonly deliveries: Deliveries;
  readonly testChannel: ReturnType<typeof createChannelTest>;
  readonly rules: Rules;
  readonly rulePacks: RulePacks;
  readonly sources: SourceWatch;
  close(): Promise<void>;
}

export interface ServicesInput {
  readonly tyrian: Tyrian;
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  /** True in a server: notices are sent, schedules kept, conditions watched. A single command runs what jobs are due, and no more. */
  readonly lasting: boolean;
  readonly kinds: readonly JobKind[];
  readonly schedules: readonly Schedule[];
}

/** Makes the services of an open Tyrian and begins their work. Who opens, closes. */
export function startServices(input: ServicesInput): Services {
  const { tyrian, config, log, metrics, lasting } = input;
  const { state, journal, rules: live, rulePacks: installed, mask } = tyrian.workflow;
  const clock = Date.now;
  const stop = new AbortController();
  const outbound = createOutbound({ allow: config.outbound.allow });
  const secrets = createSecrets({ folder: tyrian.folder.path, random: randomBytes });
  const mail = { url: config.smtp.url, from: config.smtp.from };
  const send = createSend({ outbound, secrets, mail, clock, version: ownVersion() });
  const circuits = new Circuits();
  const channels = createChannels({ journal, state, secrets, circuits, clock, random: randomBytes });
  let wake = () => {};
  const notices = createNotices({ state, clock, onTold: () => wake() });
  const jobs = createJobs({
    ...{ state, kinds: input.kinds, parallel: parallelJobs },
    owner: randomUUID(),
    clock: () => new Date(),
    newId: randomUUID,
    onFault: (err, job) => log.error({ err, job }, 'A job failed'),
  });
  const sources = createSourceWatch({ tyrian, config, metrics, clock });
  const running: Promise<unknown>[] = [];
  const pause = (milliseconds: number, signal: AbortSignal) => wait(milliseconds, undefined, { signal });
  const run = (name: string, work: Promise<unknown>) =>
    running.push(
      work.catch((err: unknown) => {
        if (!stop.signal.aborted) log.error({ err }, `The ${name} ended`);
      }),
    );
  const stopWaking: (() => void)[] = [];
  if (lasting) {
    const dispatcher = createDispatcher({
      ...{ state, send, circuits, notices, clock, log, metrics },
      random: Math.random,
      wait: pause,
    });
    wake = () => dispatcher.wake();
    stopWaking.push(journal.onApplied(() => dispatcher.wake()));
    run('dispatcher of notices', dispatcher.run(stop.signal));
    const isErasing = async (tenant: string) =>
      (await jobs.list(tenant, { kind: 'retention.erase' })).some(({ ended_at }) => ended_at === null);
    const watched = { tyrian, config, log, metrics, notices, sources, isErasing, pause };
    run('watch', watchConditions(watched, stop.signal));
    run('correlation', correlate({ tyrian, config, log, metrics, pause }, stop.signal));
    const url = config.health.check_in_url;
    if (url !== undefined) {
      const healthy = async () => {
        for (const { name, holds } of tyrian.checks) if (!(await holds())) return { ok: false, why: name };
        return { ok: true };
      };
      run('check-in', createCheckIn({ url, outbound, healthy, wait: pause, log }).run(stop.signal));
    }
  }
  jobs.begin(lasting ? input.schedules : []);
  return {
    ...{ jobs, notices, channels, sources },
    deliveries: createDeliveries({ state, clock }),
    testChannel: createChannelTest({ channels, send, circuits, clock }),
    rules: createRules({ live, mask }),
    rulePacks: createRulePacks({ live, installed }),
    async close() {
      stop.abort();
      for (const end of stopWaking) end();
      await jobs.close();
      await Promise.all(running);
      await outbound.close();
    },
  };
}
