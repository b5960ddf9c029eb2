import { type ClientRequest, request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Route } from '../contracts/index.ts';
import { startServer } from './rig.suite.ts';

const declared = {
  take: {
    method: 'POST',
    path: '/take',
    access: 'telemetry:write',
    summary: '',
    body: { kind: 'bytes', description: '' },
    answer: { kind: 'json', statuses: [202], schema: z.strictObject({ bytes: z.int() }) },
  },
  look: {
    method: 'GET',
    path: '/look',
    access: 'telemetry:write',
    summary: '',
    answer: { kind: 'json', statuses: [200], schema: z.strictObject({}) },
  },
} as const satisfies Record<string, Route>;

/** Three quarters of these are for telemetry: 12. */
const maxInFlight = 16;
const maxBodyBytes = 1_024;

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A server on which tenants hold requests open. */
async function start() {
  let now = 0;
  const server = await startServer(
    declared,
    { take: async ({ body }) => ({ body: { bytes: body.length } }), look: async () => ({ body: {} }) },
    { maxInFlight, maxBodyBytes, now: () => now },
  );
  stops.push(() => server.stop());
  const tenant = async (name: string) => {
    const headers = await server.keyOf(name, ['telemetry:write']);
    const open: ClientRequest[] = [];
    return {
      /** Opens requests that have sent so much of their body; they stay open until `end`. */
      async hold(count: number, bytes = 1) {
        const before = figure(server.metrics.expose(), 'tyrian_http_held_body_bytes');
        for (let index = 0; index < count; index += 1) {
          const sending = request(`${server.url}/take`, { method: 'POST', headers });
          sending.on('error', () => undefined).write('x'.repeat(bytes));
          open.push(sending);
        }
        await eventually(
          () => figure(server.metrics.expose(), 'tyrian_http_held_body_bytes') === before + count * bytes,
        );
      },
      async end(count: number) {
        const before = figure(server.metrics.expose(), 'tyrian_http_in_flight');
        for (const sending of open.splice(0, count)) sending.destroy();
        await eventually(() => figure(server.metrics.expose(), 'tyrian_http_in_flight') === before - count);
      },
      send: async (body = 'x') =>
        (await fetch(`${server.url}/take`, { method: 'POST', headers, body })).status,
      look: async () => (await fetch(`${server.url}/look`, { headers })).status,
    };
  };
  return { tenant, pass: (milliseconds: number) => (now += milliseconds) };
}

const figure = (exposed: string, name: string) =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(exposed)?.[1]);

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('places for telemetry', () => {
  it('are all a lone tenant’s, but one that comes finds a place and the flood is cut to its part', async () => {
    const { tenant } = await start();
    const [flood, small] = [await tenant('flood'), await tenant('small')];
    await flood.hold(12);
    expect(await flood.send()).toBe(503);
    expect(await small.send()).toBe(202);
    // Places that become free are the other's until the flood is below its half of 12.
    await flood.end(6);
    expect(await flood.send()).toBe(503);
    await small.hold(6);
    expect(await small.send()).toBe(503);
    await flood.end(1);
    expect(await flood.send()).toBe(202);
  });

  it('are a tenant’s alone again when nobody else has sent for a while', async () => {
    const { tenant, pass } = await start();
    const [flood, small] = [await tenant('flood'), await tenant('small')];
    expect(await small.send()).toBe(202);
    await flood.hold(6);
    expect(await flood.send()).toBe(503);
    pass(2_001);
    expect(await flood.send()).toBe(202);
    await flood.hold(6);
  });

  it('are never all there is: other requests pass', async () => {
    const { tenant } = await start();
    const tenants = await Promise.all(['a', 'b', 'c'].map(tenant));
    for (const { send } of tenants) await send();
    for (const { hold } of tenants) await hold(4);
    for (const { send, look } of tenants) expect([await send(), await look()]).toEqual([503, 200]);
  });
});

describe('room for bodies', () => {
  it('is divided too: a flood of large bodies leaves room for another tenant’s', async () => {
    const { tenant } = await start();
    const [flood, small] = [await tenant('flood'), await tenant('small')];
    await flood.hold(4, maxBodyBytes);
    expect(await flood.send()).toBe(503);
    expect(await small.send('x'.repeat(maxBodyBytes / 2))).toBe(202);
    await flood.end(3);
    await small.hold(1, maxBodyBytes);
    expect([await flood.send(), await small.send()]).toEqual([202, 202]);
  });

  it('takes the largest body however many tenants there are', async () => {
    const { tenant } = await start();
    const tenants = await Promise.all(Array.from({ length: 8 }, (_, index) => tenant(`t${index}`)));
    for (const { send } of tenants) expect(await send('x'.repeat(maxBodyBytes))).toBe(202);
  });
});
