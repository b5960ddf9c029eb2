import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { routes, type TelemetryReceipt } from '../../contracts/index.ts';
import {
  createAuthenticate,
  createFailureLimit,
  createKeys,
  localPrincipal,
  openKeyFile,
} from '../../guard/index.ts';
import { createHttpServer } from '../../http/index.ts';
import { createRefusals } from '../../ledger/index.ts';
import { type LogOptions, openLog } from '../../log/index.ts';
import { loadCatalogue } from '../../normalise/index.ts';
import { createEmit, createLog, createMetrics, createTrace } from '../../observe/index.ts';
import { createTelemetryReceiver } from '../index.ts';

const root = mkdtempSync(join(tmpdir(), 'tyrian-receiver-'));
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(() => rmSync(root, { recursive: true }));

const receivedAt = Date.parse('2026-11-23T12:00:00Z');
const sources = loadCatalogue();
const source = sources.sources[0] ?? '';

/** The receiver behind its route, over a real log. */
async function start(logOptions: Partial<LogOptions> = {}) {
  const folder = mkdtempSync(join(root, 'data-'));
  const now = () => performance.now();
  const log = await openLog({ folder: join(folder, 'log'), partitions: 2, ...logOptions });
  const store = await openKeyFile({ folder, now });
  const keys = createKeys({ store, random: randomBytes, clock: () => new Date() });
  const { text, record } = await keys.issue(localPrincipal('acme'), {
    name: 'shipper',
    scopes: ['telemetry:write'],
  });
  const lines = createLog({
    level: 'silent',
    trace: createTrace(randomBytes),
    sink: { write: () => undefined },
  });
  const metrics = createMetrics();
  const emit = createEmit({ log: lines, metrics });
  const refusals = createRefusals();
  const clock = () => new Date(receivedAt);
  const receive = createTelemetryReceiver({ sources, log, refusals, metrics, emit, clock });
  const server = createHttpServer(
    {
      authenticate: createAuthenticate(store, createFailureLimit({ now })),
      log: lines,
      metrics,
      emit,
      random: randomBytes,
      now,
      maxBodyBytes: 64 * 1024 * 1024,
      maxInFlight: 8,
    },
    { sendTelemetry: routes.sendTelemetry },
    { sendTelemetry: receive },
  );
  const { url } = await server.listen({ host: '127.0.0.1', port: 0 });
  closing.push(
    () => log.close(),
    () => store.close(),
    () => server.close(0),
  );
  const send = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}, to = source) =>
    fetch(`${url}/v1/telemetry/${to}`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${text}`, ...headers },
    });
  const groups = async () => {
    const reads = [0, 1].map((partition) => log.read({ partition, from: 0, maxBytes: 1024 ** 3 }));
    const items = (await Promise.all(reads)).flatMap((read) => read.items);
    return items.flatMap((item) => (item.kind === 'frame' ? item.groups : []));
  };
  return { send, groups, refusals, metrics, key: record.id };
}

const receipt = async (response: Response) => (await response.json()) as TelemetryReceipt;

describe('POST /v1/telemetry/{source}', () => {
  it('acknowledges what is in the log: tenant and stream from the key, time and trace from the request', async () => {
    const { send, groups, key } = await start();
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const response = await send('{"a":1}\n{"a":2}\n', {
      'x-tyrian-stream': 'dc1',
      traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
    });
    expect(response.status).toBe(202);
    expect(await receipt(response)).toEqual({ accepted: 2, refused: { total: 0, records: [] } });
    const [group, ...others] = await groups();
    expect(others).toEqual([]);
    expect(group).toMatchObject({
      tenant: 'acme',
      source,
      stream: `${key}/dc1`,
      receivedAt,
      count: 2,
      scheme: 'request',
    });
    expect(group?.traceparent).toContain(traceId);
  });

  it('refuses by index what is no object, and takes the rest', async () => {
    const { send, groups, refusals, metrics } = await start();
    const response = await send('{"a":1}\nnot json\n[1]\n{"a":2}\n7\n');
    expect(response.status).toBe(202);
    const { accepted, refused } = await receipt(response);
    expect(accepted).toBe(2);
    expect(refused.total).toBe(refused.records.length);
    expect(refused.records.map((one) => one.index)).toContain(1);
    expect((await groups()).reduce((sum, group) => sum + group.count, 0)).toBe(2);
    expect(refusals.between('acme', receivedAt, receivedAt + 1).get(source)).toBe(refused.total);
    expect(metrics.expose()).toContain(`tyrian_records_accepted_total{source="${source}"} 2`);
  });

  it('answers 400 when not one record could be taken', async () => {
    const { send, groups } = await start();
    const response = await send('not json\nneither\n');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'intake.none_accepted',
      details: {
        accepted: 0,
        refused: { total: 2, records: [{ index: 0, code: 'intake.not_json' }, { index: 1 }] },
      },
    });
    expect(await groups()).toEqual([]);
  });

  it('tells the sources that there are when one is unknown, and recognises with auto', async () => {
    const { send, groups } = await start();
    const response = await send('{}', {}, 'nonsense');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      code: 'intake.unknown_source',
      details: { sources: ['auto', ...sources.sources] },
    });
    expect((await send('{"what":"ever"}', {}, 'auto')).status).toBe(202);
    expect(await groups()).toHaveLength(1);
  });

  it('gives an equal body an equal seed, unless its Idempotency-Key differs', async () => {
    const { send, groups } = await start();
    for (const key of ['', '', 'a', 'b']) await send('{"a":1}', key === '' ? {} : { 'idempotency-key': key });
    const seeds = (await groups()).map((group) => group.seed);
    expect(seeds).toHaveLength(4);
    expect(new Set(seeds).size).toBe(3);
  });

  it('takes a large request, also when the log lets few bytes wait', async () => {
    const { send, groups } = await start({ maxPendingBytes: 16 * 1024 * 1024 });
    const line = `${JSON.stringify({ text: 'x'.repeat(4_000) })}\n`;
    const response = await send(zstdCompressSync(line.repeat(10_000)), { 'content-encoding': 'zstd' });
    expect(await receipt(response)).toMatchObject({ accepted: 10_000 });
    expect((await groups()).reduce((sum, group) => sum + group.count, 0)).toBe(10_000);
  });

  it('acknowledges nothing on a full disk, and says when to come again', async () => {
    const { send, groups, refusals } = await start({
      statfs: async () => ({ bavail: 1, blocks: 100 }),
    });
    const response = await send('{"a":1}\nnot json\n');
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '30']);
    expect(await response.json()).toMatchObject({ code: 'log.disk_full' });
    expect(await groups()).toEqual([]);
    expect(refusals.between('acme', receivedAt, receivedAt + 1).size).toBe(0);
  });

  it.each([
    ['a stream name with spaces', { 'x-tyrian-stream': 'a b' }],
    ['a stream name beyond its bound', { 'x-tyrian-stream': 'a'.repeat(201) }],
    ['an idempotency key beyond its bound', { 'idempotency-key': 'a'.repeat(201) }],
  ])('refuses %s', async (_, headers) => {
    const { send, groups } = await start();
    expect((await send('{"a":1}', headers)).status).toBe(400);
    expect(await groups()).toEqual([]);
  });
});
