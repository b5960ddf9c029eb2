import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { availableParallelism } from 'node:os';
import { createApi } from '../api/index.ts';
import { createMemoryCache } from '../cache/index.ts';
import {
  type Config,
  LocalHeaders,
  localNameHeader,
  localTenantHeader,
  type Principal,
  Scope,
} from '../contracts/index.ts';
import {
  createAuthenticate,
  createFailureLimit,
  createKeys,
  type KeyStore,
  localPrincipal,
} from '../guard/index.ts';
import { createQuota, createTelemetryReceiver } from '../intake/index.ts';
import type { Emit, Log, Metrics } from '../observe/index.ts';
import { createScanner, ownYaraRules, ruleFolderOf, type Scanner } from '../scan/index.ts';
import { systemErrors } from './errors.ts';
import { composeHunts } from './hunts.ts';
import { importKind } from './import-job.ts';
import { composeOperations } from './operations.ts';
import { withQuestionTrail } from './question-trail.ts';
import { createRefusalTrail } from './refusal-trail.ts';
import { composeRetention } from './retention.ts';
import { startServices } from './services.ts';
import type { Tyrian } from './tyrian.ts';

const minute = 60_000;

export interface Server {
  /** '' when it does not listen beyond the data folder's socket. */
  readonly url: string;
  /** The text of the first key, when this start issued it; it is not kept anywhere. */
  readonly firstKey: string | undefined;
  /** Stops accepting and lets requests end; the engines stay open. */
  close(): Promise<void>;
}

/**
 * Serves the HTTP API of an open Tyrian: to commands of this machine on the data folder's socket, and with `listen` on the configured
 * address too. Tells other commands where.
 */
export async function startServer(
  tyrian: Tyrian,
  parts: {
    readonly config: Config;
    readonly log: Log;
    readonly metrics: Metrics;
    readonly emit: Emit;
    readonly listen: boolean;
  },
): Promise<Server> {
  const { config, log, metrics, emit, listen } = parts;
  const now = () => performance.now();
  const { keys: store } = tyrian.workflow;
  const clock = () => new Date();
  const keys = createKeys({ store, random: randomBytes, clock });
  const retention = composeRetention(tyrian, config);
  const hunts = composeHunts(tyrian);
  let announced = '';
  const operations = composeOperations(tyrian, config, () => announced);
  const services = startServices({
    ...{ tyrian, config, log, metrics },
    lasting: listen,
    kinds: [...retention.kinds, ...operations.kinds, ...hunts.kinds, importKind(tyrian, now)],
    schedules: retention.schedules,
  });
  const { audit } = tyrian.workflow;
  const cache = createMemoryCache();
  const scanner = openScanner(config);
  const refusalTrail = createRefusalTrail({ audit, keys: store, metrics, log, clock });
  const http = createApi({
    http: {
      authenticate: createAuthenticate(store, createFailureLimit({ now })),
      ...{ log, metrics, emit, now },
      random: randomBytes,
      maxBodyBytes: config.http.max_body_bytes,
      maxInFlight: config.http.max_in_flight,
      onRefused: refusalTrail.onRefused,
    },
    receive: createTelemetryReceiver({
      sources: tyrian.catalogue,
      log: { append: (group) => tyrian.append(group) },
      refusals: tyrian.refusals,
      quota: createQuota({ cache, recordsPerSecond: config.quota.records_per_second, metrics, clock }),
      ...{ metrics, emit, clock },
    }),
    analyst: withQuestionTrail(tyrian.analyst, { audit, log }),
    ledger: tyrian.ledger,
    store: tyrian.store,
    snapshot: () => tyrian.snapshot(),
    catalogue: tyrian.catalogue,
    intel: tyrian.intel,
    keys,
    checks: tyrian.checks,
    audit,
    alerts: tyrian.workflow.alerts,
    exceptions: tyrian.workflow.exceptions,
    cases: tyrian.workflow.cases,
    agents: tyrian.workflow.agents,
    silentMilliseconds: config.health.silent_minutes * minute,
    sourceHealth: (tenant, signal) => services.sources.health(tenant, signal),
    scanner,
    ...services,
    hunts: hunts.over(services.jobs),
    ...operations,
    holds: retention.holds,
    retention: { days: retention.days, logHours: config.log.retention_hours },
    clock,
  });
  const { folder } = tyrian;
  const close = async () => {
    folder.announce({ url: '', socket: '' });
    await http.close();
    await refusalTrail.settled();
    await services.close();
    operations.close();
    await scanner.close();
    await cache.close();
  };
  try {
    const { url } = listen ? await http.listen(config.http) : { url: '' };
    announced = url;
    const firstKey = listen ? await issueFirst(store, keys, config.tenant) : undefined;
    rmSync(folder.socket, { force: true });
    await http.listenLocally({ path: folder.socket, principalOf: localCaller });
    folder.announce({ url, socket: folder.socket });
    return { url, firstKey, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One thread while there are two cores: questions and the pipeline have the others. */
const scanThreads = availableParallelism() >= 4 ? 2 : 1;

/** Bodies that are scanned hold at most half of the room that bodies of telemetry have. */
function openScanner({ scan, http }: Config): Scanner {
  const folders = [ownYaraRules, ...(scan.folder === undefined ? [] : [ruleFolderOf(scan.folder)])];
  return createScanner({ folders, threads: scanThreads, maxHeldBytes: 2 * http.max_body_bytes });
}

/** Whom a request over the socket speaks for, as its headers say: who may open it may do everything. */
function localCaller(headers: IncomingHttpHeaders): Principal {
  const said = LocalHeaders.safeParse(headers);
  if (!said.success)
    throw systemErrors.make('local_caller', 'A request over the socket names its tenant and who sends it');
  return localPrincipal(said.data[localTenantHeader], said.data[localNameHeader]);
}

async function issueFirst(store: KeyStore, keys: ReturnType<typeof createKeys>, tenant: string) {
  if ((await store.list(tenant)).length > 0) return undefined;
  const { text } = await keys.issue(localPrincipal(tenant), {
    name: 'first key',
    scopes: [...Scope.options],
    tenant,
  });
  return text;
}
