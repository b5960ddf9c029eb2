import { randomBytes } from 'node:crypto';
import { createApi } from '../api/index.ts';
import type { Config } from '../contracts/index.ts';
import {
  createAuthenticate,
  createFailureLimit,
  createKeys,
  type KeyStore,
  localPrincipal,
  openKeyFile,
} from '../guard/index.ts';
import { createTelemetryReceiver } from '../intake/index.ts';
import type { Emit, Log, Metrics } from '../observe/index.ts';
import { watchLedger } from './ledger-watch.ts';
import type { Tyrian } from './tyrian.ts';

/** Scopes of the key that a first start issues. */
const firstScopes = [
  'telemetry:write',
  'events:read',
  'ask',
  'ledger:read',
  'keys:admin',
  'metrics:read',
] as const;

export interface Server {
  readonly url: string;
  /** The text of the first key, when this start issued it; it is not kept anywhere. */
  readonly firstKey: string | undefined;
  /** Stops accepting and lets requests end; the engines stay open. */
  close(): Promise<void>;
}

/** Serves the HTTP API of an open Tyrian on the configured address, and tells other commands where. */
export async function startServer(
  tyrian: Tyrian,
  parts: { readonly config: Config; readonly log: Log; readonly metrics: Metrics; readonly emit: Emit },
): Promise<Server> {
  const { config, log, metrics, emit } = parts;
  const now = () => performance.now();
  const store = await openKeyFile({ folder: tyrian.folder.path, now });
  const keys = createKeys({ store, random: randomBytes, clock: () => new Date() });
  const firstKey = await issueFirst(store, keys, config.tenant);
  const http = createApi({
    http: {
      authenticate: createAuthenticate(store, createFailureLimit({ now })),
      ...{ log, metrics, emit, now },
      random: randomBytes,
      maxBodyBytes: config.http.max_body_bytes,
      maxInFlight: config.http.max_in_flight,
    },
    receive: createTelemetryReceiver({
      sources: tyrian.catalogue,
      log: { append: (group) => tyrian.append(group) },
      refusals: tyrian.refusals,
      clock: () => new Date(),
      ...{ metrics, emit },
    }),
    analyst: tyrian.analyst,
    ledger: tyrian.ledger,
    store: tyrian.store,
    snapshot: () => tyrian.snapshot(),
    catalogue: tyrian.catalogue,
    keys,
    checks: tyrian.checks,
    clock: () => new Date(),
  });
  const { url } = await http.listen(config.http);
  tyrian.folder.announce(url);
  const endWatch = watchLedger(tyrian.ledger, log, metrics, Date.now);
  return {
    url,
    firstKey,
    async close() {
      endWatch();
      tyrian.folder.announce('');
      await http.close();
    },
  };
}

async function issueFirst(store: KeyStore, keys: ReturnType<typeof createKeys>, tenant: string) {
  if ((await store.list(tenant)).length > 0) return undefined;
  const { text } = await keys.issue(localPrincipal(tenant), {
    name: 'first key',
    scopes: [...firstScopes],
    tenant,
  });
  return text;
}

/** The keys of a data folder, for commands on this machine; beside a running server too. */
export async function openLocalKeys(config: Config) {
  const store = await openKeyFile({ folder: config.data_folder, now: () => performance.now() });
  return {
    desk: createKeys({ store, random: randomBytes, clock: () => new Date() }),
    by: localPrincipal(config.tenant),
  };
}
