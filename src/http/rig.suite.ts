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
  localPrincipal,
  openKeyFile,
} from '../guard/index.ts';
import { createEmit, createLog, createMetrics, createTrace } from '../observe/index.ts';
import { createHttpServer, type HttpOptions, type RouteHandlers } from './index.ts';

/** A server of given routes on a free port, with real keys in a folder that goes with it. */
export async function startServer<const T extends Readonly<Record<string, Route>>>(
  routes: T,
  handlers: RouteHandlers<T>,
  changes: Partial<HttpOptions> = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'tyrian-http-'));
  const now = () => performance.now();
  const store = await openKeyFile({ folder, now });
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
  return {
    url,
    port,
    server,
    metrics,
    lines,
    async key(...scopes: Scope[]) {
      const { text } = await keys.issue(localPrincipal('acme'), { name: 'ann', scopes });
      return { authorization: `Bearer ${text}` };
    },
    async stop() {
      await server.close(0);
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
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
