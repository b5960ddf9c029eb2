import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Route, Scope } from '../contracts/index.ts';
import {
  createAuthenticate,
  createFailureLimit,
  createKeys,
  guardProjection,
  localPrincipal,
  openKeyStore,
} from '../guard/index.ts';
import { journalMigrations, openJournal } from '../journal/index.ts';
import { openTopics } from '../log/index.ts';
import { createEmit, createLog, createMetrics, createTrace } from '../observe/index.ts';
import { openState } from '../state/index.ts';
import { createHttpServer, type HttpOptions, type RouteHandlers } from './index.ts';

/** A server of given routes on a free port, with real keys in a folder that goes with it. */
export async function startServer<const T extends Readonly<Record<string, Route>>>(
  routes: T,
  handlers: RouteHandlers<T>,
  changes: Partial<HttpOptions> = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'tyrian-http-'));
  const now = () => performance.now();
  const { store, closeKeys } = await openKeys(folder);
  const keys = createKeys({ store, random: randomBytes, clock: () => new Date() });
  const lines: string[] = [];
  const log = createLog({
    level: 'debug',
    trace: createTrace(randomBytes),
    sink: { write: (line) => lines.push(line) },
  });
  const metrics = createMetrics();
  const server = createHttpServer(
    {
      authenticate: createAuthenticate(store, createFailureLimit({ now })),
      log,
      metrics,
      emit: createEmit({ log, metrics }),
      random: randomBytes,
      now,
      maxBodyBytes: 1024 * 1024,
      maxInFlight: 8,
      ...changes,
    },
    routes,
    handlers,
  );
  const { url, port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const keyOf = async (tenant: string, scopes: readonly Scope[]) => {
    const { text } = await keys.issue(localPrincipal(tenant), { name: 'ann', scopes });
    return { authorization: `Bearer ${text}` };
  };
  return {
    url,
    port,
    server,
    metrics,
    lines,
    key: (...scopes: Scope[]) => keyOf('acme', scopes),
    keyOf,
    async stop() {
      await server.close(0);
      await closeKeys();
      rmSync(folder, { recursive: true });
    },
  };
}

async function openKeys(folder: string) {
  const migrations = [...journalMigrations, ...guardProjection.migrations];
  const topics = await openTopics({ folder: join(folder, 'topics') });
  const state = await openState({ folder: join(folder, 'state'), migrations });
  const onFault = (fault: unknown) => {
    throw fault;
  };
  const projections = [guardProjection];
  const journal = await openJournal({ topics, state, projections, clock: () => new Date(), onFault });
  const store = await openKeyStore({ journal, state });
  const closeKeys = async () => {
    await store.close();
    await journal.close();
    await state.close();
    await topics.close();
  };
  return { store, closeKeys };
}

/** Sends bytes over a socket and gives what comes back until it is closed. */
export async function rawExchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  const chunks: string[] = [];
  try {
    for await (const chunk of socket.setEncoding('latin1')) chunks.push(String(chunk));
  } catch {
    chunks.push('(reset)');
  }
  return chunks.join('');
}
