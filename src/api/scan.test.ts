import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../client/index.ts';
import { scanRoutes } from '../contracts/scan-routes.ts';
import { type Authenticate, localPrincipal } from '../guard/index.ts';
import { createHttpServer } from '../http/index.ts';
import { createEmit, createLog, createMetrics, createTrace } from '../observe/index.ts';
import { createScanner, ownYaraRules } from '../scan/index.ts';
import { scanHandlers } from './scan.ts';

const scanner = createScanner({ folders: [ownYaraRules], threads: 1, maxHeldBytes: 2 ** 20 });
const lines: string[] = [];
let url = '';
let close = async () => {};

/** The bearer key is the one scope that it has. */
const authenticate: Authenticate = async ({ authorization = '' }) => {
  const scope = authorization.replace('Bearer ', '');
  const all = localPrincipal('acme');
  return { ok: true, principal: { ...all, scopes: all.scopes.filter((one) => one === scope) } };
};

beforeAll(async () => {
  const sink = { write: (line: string) => lines.push(line) };
  const log = createLog({ level: 'debug', trace: createTrace(randomBytes), sink });
  const metrics = createMetrics();
  const server = createHttpServer(
    {
      ...{ authenticate, log, metrics, random: randomBytes, maxInFlight: 8 },
      emit: createEmit({ log, metrics }),
      now: () => performance.now(),
      maxBodyBytes: 64 * 1024,
    },
    scanRoutes,
    scanHandlers({ scanner }),
  );
  ({ url } = await server.listen({ host: '127.0.0.1', port: 0 }));
  close = () => server.close(0);
});
afterAll(async () => {
  await close();
  await scanner.close();
});

const shell = "<?php @eval($_POST['secret-parameter']);";
const client = () => createClient({ url, key: 'files:scan' });

describe('files over HTTP', () => {
  it('are scanned as they are, and nothing of them is kept or logged', async () => {
    const scan = await client().scanFile({ body: shell });
    expect(scan).toMatchObject({
      size: shell.length,
      matches: [{ rule: 'PHP_Request_Eval', namespace: 'tyrian', tags: ['webshell'] }],
    });
    expect((await client().scanFile({ body: Uint8Array.from([0, 1, 2]) })).matches).toEqual([]);
    expect(lines.join('')).toContain(scan.sha256);
    expect(lines.join('')).not.toContain('secret-parameter');
  });

  it('may be encoded for the way, and are scanned decoded', async () => {
    const headers = { authorization: 'Bearer files:scan', 'content-encoding': 'gzip' };
    const body = gzipSync(shell);
    const response = await fetch(`${url}/v1/files/scan`, { method: 'POST', headers, body });
    expect(await response.json()).toMatchObject({
      size: shell.length,
      matches: [{ rule: 'PHP_Request_Eval' }],
    });
  });

  it('are refused past the bound of a body, and without the scope', async () => {
    await expect(client().scanFile({ body: 'x'.repeat(64 * 1024 + 1) })).rejects.toMatchObject({
      status: 413,
    });
    const reader = createClient({ url, key: 'events:read' });
    await expect(reader.scanFile({ body: 'x' })).rejects.toMatchObject({ status: 403 });
    await expect(reader.scanRules({})).rejects.toMatchObject({ status: 403 });
  });

  it('are scanned by rules whose files can be looked at', async () => {
    const { namespaces, diagnostics } = await client().scanRules({});
    expect(namespaces).toMatchObject([{ name: 'tyrian' }]);
    expect(diagnostics).toEqual([]);
  });
});
