import { afterEach, describe, expect, it } from 'vitest';
import { createOutbound } from '../guard/index.ts';
import { createLog, createTrace } from '../observe/index.ts';
import { createCheckIn, createWatch, createWebhookSender, type Health, type Outcome } from './index.ts';
import { Closing, noon, receiver } from './rig.suite.ts';

const closing = new Closing();
afterEach(() => closing.all());
const { signal } = new AbortController();
const never = (_ms: number, until: AbortSignal) =>
  new Promise<void>((_resolve, reject) => {
    until.addEventListener('abort', () => reject(until.reason as Error), { once: true });
  });

function checkIn(url: string, healthy: () => Promise<Health>, allow = '127.0.0.1', wait = never) {
  const lines: string[] = [];
  const outbound = createOutbound({ allow });
  closing.add(() => outbound.close());
  const trace = createTrace((count) => new Uint8Array(count).fill(1));
  const log = createLog({ level: 'debug', trace, sink: { write: (line) => lines.push(line) } });
  return { lines, made: createCheckIn({ url, outbound, healthy, wait, log }) };
}

describe('the check-in', () => {
  it('calls while all is well, and does not while it is not', async () => {
    const hook = await receiver(closing, (_request, response) => response.end());
    let health: Health = { ok: true };
    const { made, lines } = checkIn(`${hook.url}/hidden`, async () => health);
    expect(await made.beat(signal)).toBe('called');
    health = { ok: false, why: 'the pipeline stands still' };
    expect(await made.beat(signal)).toBe('unhealthy');
    expect(await made.beat(signal)).toBe('unhealthy');
    health = { ok: true };
    expect(await made.beat(signal)).toBe('called');
    expect(hook.received).toHaveLength(2);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('the pipeline stands still');
    expect(lines.join('')).not.toContain('hidden');
  });

  it('does not call when the look at the health throws or hangs', async () => {
    const hook = await receiver(closing, (_request, response) => response.end());
    const broken = checkIn(hook.url, async () => {
      throw new Error('broken');
    });
    expect(await broken.made.beat(signal)).toBe('unhealthy');
    const hanging = checkIn(
      hook.url,
      () => new Promise(() => undefined),
      '127.0.0.1',
      async () => undefined,
    );
    expect(await hanging.made.beat(signal)).toBe('unhealthy');
    expect(hook.received).toHaveLength(0);
  });

  it('says when it can not call, without the path', async () => {
    const hook = await receiver(closing, (_request, response) => response.writeHead(500).end());
    const failing = checkIn(`${hook.url}/hidden`, async () => ({ ok: true }));
    expect(await failing.made.beat(signal)).toBe('failed');
    const refused = checkIn(`${hook.url}/hidden`, async () => ({ ok: true }), '');
    expect(await refused.made.beat(signal)).toBe('failed');
    expect(hook.received).toHaveLength(1);
    expect([...failing.lines, ...refused.lines].join('')).not.toContain('hidden');
  });

  it('goes on until it is stopped', async () => {
    const hook = await receiver(closing, (_request, response) => response.end());
    const stop = new AbortController();
    let beats = 0;
    const { made } = checkIn(
      hook.url,
      async () => ({ ok: true }),
      '127.0.0.1',
      async (ms, until) => {
        if (ms < 60_000) return await never(ms, until);
        beats += 1;
        if (beats === 3) stop.abort();
      },
    );
    await made.run(stop.signal);
    expect(hook.received).toHaveLength(3);
  });
});

describe('the watch', () => {
  const minute = 60_000;
  function watch(tell: (subject: string) => Outcome) {
    let now = noon;
    let health: Health | Error = { ok: true };
    const said: string[] = [];
    const lines: string[] = [];
    const made = createWatch({
      probe: async () => {
        if (health instanceof Error) throw health;
        return health;
      },
      tell: async (notice) => {
        const outcome = tell(notice.subject);
        if (outcome.ok) said.push(`${notice.severity} ${notice.kind}`);
        return outcome;
      },
      tenant: 'acme',
      what: 'http://siem.example:7117',
      silentMs: 5 * minute,
      everyMs: 30_000,
      clock: () => now,
      wait: never,
      say: (line) => lines.push(line.slice(line.indexOf(' ') + 1)),
    });
    return {
      said,
      lines,
      async look(after: number, seen: Health | Error) {
        now += after;
        health = seen;
        await made.look(signal);
      },
    };
  }
  const gone = new Error('connection refused');
  const done: Outcome = { ok: true, status: 200, code: null };
  const failed: Outcome = { ok: false, status: null, code: 'respond.failed' };

  it('tells once after minutes of silence, once a day while it lasts, and when it is over', async () => {
    const { said, look } = watch(() => done);
    await look(0, { ok: true });
    for (let minutes = 1; minutes <= 4; minutes += 1) await look(minute, gone);
    expect(said).toEqual([]);
    for (let minutes = 5; minutes <= 60; minutes += 1) await look(minute, gone);
    expect(said).toEqual(['critical tyrian.silent']);
    await look(24 * 60 * minute, { ok: false, why: 'not ready: store' });
    expect(said).toHaveLength(2);
    await look(minute, { ok: true });
    await look(minute, { ok: true });
    expect(said.slice(2)).toEqual(['high tyrian.back']);
  });

  it('writes a line when the state changes, not at every look', async () => {
    const { lines, look } = watch(() => done);
    const unready = { ok: false, why: 'not ready: store' };
    for (const seen of [gone, gone, gone, unready, unready, { ok: true }, { ok: true }]) await look(1, seen);
    expect(lines).toEqual([
      'no good answer: connection refused',
      'no good answer: not ready: store',
      'http://siem.example:7117 answers well',
    ]);
  });

  it('says nothing of a short silence', async () => {
    const { said, look } = watch(() => done);
    for (let times = 0; times < 10; times += 1) {
      await look(4 * minute, gone);
      await look(minute / 2, { ok: true });
    }
    expect(said).toEqual([]);
  });

  it('tells later what it could not tell at once', async () => {
    let outcome: Outcome = failed;
    const { said, look } = watch(() => outcome);
    await look(6 * minute, gone);
    expect(said).toEqual([]);
    outcome = done;
    await look(minute, gone);
    expect(said).toEqual(['critical tyrian.silent']);
    outcome = failed;
    await look(minute, { ok: true });
    outcome = done;
    await look(minute, { ok: true });
    expect(said).toEqual(['critical tyrian.silent', 'high tyrian.back']);
  });

  it('speaks the webhook that channels speak', async () => {
    const hook = await receiver(closing, (_request, response) => response.end());
    const outbound = createOutbound({ allow: '127.0.0.1' });
    closing.add(() => outbound.close());
    const sender = createWebhookSender({ outbound, clock: () => noon, version: '1.2.3' });
    const made = createWatch({
      probe: async () => ({ ok: false, why: 'gone' }),
      tell: (notice, until) =>
        sender.send(notice, { url: hook.url, secret: `whsec_${'A'.repeat(32)}`, format: 'json' }, until),
      tenant: 'acme',
      what: 'http://siem.example',
      silentMs: 0,
      everyMs: 1,
      clock: () => noon,
      wait: never,
      say: () => undefined,
    });
    await made.look(signal);
    expect(hook.received[0]?.headers['webhook-signature']).toMatch(/^v1,/);
    expect(hook.received[0]?.body).toContain('tyrian.silent');
  });
});
