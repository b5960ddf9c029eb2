import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryCache } from '../../cache/index.ts';
import { type RecordGroup, routes, type TelemetryReceipt } from '../../contracts/index.ts';
import {
  createAuthenticate,
  createFailureLimit,
  createKeys,
  guardProjection,
  type KeyStore,
  localPrincipal,
  openKeyStore,
} from '../../guard/index.ts';
import { createHttpServer } from '../../http/index.ts';
import { journalMigrations, openJournal } from '../../journal/index.ts';
import { createRefusals } from '../../ledger/index.ts';
import { type LogOptions, openLog, openTopics } from '../../log/index.ts';
import { loadCatalogue } from '../../normalise/index.ts';
import { createEmit, createLog, createMetrics, createTrace } from '../../observe/index.ts';
import { openState } from '../../state/index.ts';
import { createQuota, createTelemetryReceiver } from '../index.ts';

const root = mkdtempSync(join(tmpdir(), 'tyrian-receiver-'));
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(async () => {
  for (const close of closingLast.reverse()) await close();
  rmSync(root, { recursive: true });
});

const receivedAt = Date.parse('2026-11-23T12:00:00Z');
const sources = loadCatalogue();
// One that reads JSON only: to a source of text every line is a record.
const source = 'aws-cloudtrail';

let store: KeyStore;
const closingLast: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  const projections = [guardProjection];
  const migrations = [...journalMigrations, ...guardProjection.migrations];
  const topics = await openTopics({ folder: join(root, 'topics') });
  const state = await openState({ folder: join(root, 'state'), migrations });
  const onFault = (fault: unknown) => {
    throw fault;
  };
  const journal = await openJournal({ topics, state, projections, clock: () => new Date(), onFault });
  store = await openKeyStore({ journal, state });
  closingLast.push(
    () => topics.close(),
    () => state.close(),
    () => journal.close(),
    () => store.close(),
  );
});

/** The receiver behind its route, over a real log; `onAppend` sees each group before the log does. */
async function start(
  logOptions: Partial<LogOptions> = {},
  {
    onAppend = async () => {},
    recordsPerSecond = 0,
  }: { onAppend?: (group: RecordGroup) => Promise<void>; recordsPerSecond?: number } = {},
) {
  const folder = mkdtempSync(join(root, 'data-'));
  const now = () => performance.now();
  const log = await openLog({ folder: join(folder, 'log'), partitions: 2, ...logOptions });
  const keys = createKeys({ store, random: randomBytes, clock: () => new Date() });
  const issue = (tenant: string) =>
    keys.issue(localPrincipal(tenant), { name: 'shipper', scopes: ['telemetry:write'] });
  const { text, record } = await issue('acme');
  const lines = createLog({
    level: 'silent',
    trace: createTrace(randomBytes),
    sink: { write: () => undefined },
  });
  const metrics = createMetrics();
  const emit = createEmit({ log: lines, metrics });
  const refusals = createRefusals();
  const clock = () => new Date(receivedAt);
  const append = async (group: RecordGroup) => {
    await onAppend(group);
    return await log.append(group);
  };
  const quota = createQuota({ cache: createMemoryCache(), recordsPerSecond, metrics, clock });
  const receive = createTelemetryReceiver({
    ...{ sources, refusals, metrics, emit, clock, quota },
    log: { append },
  });
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
    () => server.close(0),
  );
  const send = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}, to = source) =>
    fetch(`${url}/v1/telemetry/${to}`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${text}`, ...headers },
    });
  const sendAs = async (tenant: string, body: NonNullable<RequestInit['body']>) => {
    const headers = { authorization: `Bearer ${(await issue(tenant)).text}`, 'content-encoding': 'zstd' };
    return await fetch(`${url}/v1/telemetry/${source}`, { method: 'POST', body, headers });
  };
  const groups = async () => {
    const reads = [0, 1].map((partition) => log.read({ partition, from: 0, maxBytes: 1024 ** 3 }));
    const items = (await Promise.all(reads)).flatMap((read) => read.items);
    return items.flatMap((item) => (item.kind === 'frame' ? item.groups : []));
  };
  return { send, sendAs, groups, refusals, metrics, key: record.id };
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

  it('refuses a request beyond the quota whole, books it and says when to come again', async () => {
    const { send, groups, refusals } = await start({}, { recordsPerSecond: 1 });
    expect((await send('{"a":1}\n'.repeat(8))).status).toBe(202);
    const refused = await send('{"a":2}\n'.repeat(3));
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: 'intake.quota' });
    expect((await groups()).reduce((sum, group) => sum + group.count, 0)).toBe(8);
    expect(refusals.between('acme', receivedAt, receivedAt + 1).get(source)).toBe(3);
    expect((await send('{"a":2}\n{"a":3}')).status).toBe(202);
  });

  it('appends tenants in turn: a large body delays a small one by what is under way, not by itself', async () => {
    const gate = Promise.withResolvers<void>();
    const order: string[] = [];
    const onAppend = async ({ tenant }: RecordGroup) => {
      order.push(tenant);
      await gate.promise;
    };
    const { sendAs, metrics } = await start({}, { onAppend });
    const line = `${JSON.stringify({ text: 'x'.repeat(4_000) })}\n`;
    const records = 10_000;
    const flood = sendAs('flood', zstdCompressSync(line.repeat(records)));
    while (order.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const underWay = order.length;
    const small = '{"a":1}';
    const others = ['small', 'tiny'].map((tenant) => sendAs(tenant, zstdCompressSync(small)));
    // Both have come, and wait behind what the log has been given already.
    const all = records * line.length + 2 * small.length;
    while (!metrics.expose().includes(`{route="POST /v1/telemetry/{source}"} ${all}\n`))
      await new Promise((resolve) => setTimeout(resolve, 5));
    gate.resolve();
    for (const response of await Promise.all([flood, ...others])) expect(response.status).toBe(202);
    expect(order.length).toBeGreaterThan(2 * underWay);
    for (const tenant of ['small', 'tiny']) expect(order.indexOf(tenant)).toBeLessThanOrEqual(underWay + 3);
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
