import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { maxReceipts } from '../contracts/notice-routes.ts';
import { createChannelTest } from './index.ts';
import { ann, Closing, type Engines, emptied, enginesIn, openRig, receiver } from './rig.suite.ts';
import { signedHeaders } from './webhook/sign.ts';

const ofFile = new Closing();
const closing = new Closing();
let engines: Engines;
beforeAll(async () => {
  engines = await enginesIn(ofFile);
});
beforeEach(() => emptied(engines));
afterEach(() => closing.all());
afterAll(() => ofFile.all());
const hour = 3_600_000;

describe('a webhook', () => {
  it('is signed as the vector of Standard Webhooks says', () => {
    const message = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      at: 1_614_265_330_999,
      body: Buffer.from('{"test": 2432232314}'),
    };
    expect(signedHeaders(message, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')).toEqual({
      'webhook-id': message.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('brings an alert to who is to be told, signed with the secret that was shown once', async () => {
    const rig = openRig(closing, engines);
    const hook = await receiver(closing, (_request, response) => response.end('thanks'));
    const { secret = '' } = await rig.webhook(`${hook.url}/in?token=x`);
    await rig.alert('Encoded PowerShell', { payload: { count: 1, alerts: [{ id: 'a1' }] } });
    await rig.pass();

    const [got] = hook.received;
    if (got === undefined) throw new Error('nothing came');
    expect(got.path).toBe('/in?token=x');
    const body: unknown = JSON.parse(got.body);
    expect(body).toMatchObject({
      type: 'alert.opened',
      timestamp: '2026-11-23T12:00:00.000Z',
      data: { tenant: 'acme', severity: 'high', subject: 'Encoded PowerShell', truncated: false },
    });
    const id = String(got.headers['webhook-id']);
    expect(got.headers).toMatchObject(
      signedHeaders({ id, at: rig.clock(), body: Buffer.from(got.body) }, secret),
    );
    expect(await rig.list()).toMatchObject([
      { state: 'sent', attempts: 1, last_status: 200, last_code: null },
    ]);
  });

  it('is told once, however often the outbox is looked at', async () => {
    const rig = openRig(closing, engines);
    const hook = await receiver(closing, (_request, response) => response.end());
    await rig.webhook(hook.url);
    await rig.alert('one');
    for (let times = 0; times < 3; times += 1) await rig.pass();
    expect(hook.received).toHaveLength(1);
  });

  it('that fails is tried again, later and later, with the same id, and told in the end', async () => {
    const rig = openRig(closing, engines);
    const answers = [500, 503, 200];
    const hook = await receiver(closing, (_request, response) =>
      response.writeHead(answers.shift() ?? 200).end(),
    );
    await rig.webhook(hook.url);
    await rig.alert('one');
    await rig.pass();
    expect(await rig.list()).toMatchObject([
      { state: 'failed', attempts: 1, last_status: 500, last_code: 'respond.answered' },
    ]);
    await rig.pass();
    expect(hook.received).toHaveLength(1);
    rig.later(5_000);
    await rig.pass();
    rig.later(5_000);
    await rig.pass();
    expect(hook.received).toHaveLength(2);
    rig.later(5_000);
    await rig.pass();
    expect(new Set(hook.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(await rig.list()).toMatchObject([{ state: 'sent', attempts: 3 }]);
  });

  it('waits as long as Retry-After says, for all that goes there', async () => {
    const rig = openRig(closing, engines);
    let status = 429;
    const hook = await receiver(closing, (_request, response) =>
      response.writeHead(status, status === 429 ? { 'retry-after': '600' } : {}).end(),
    );
    await rig.webhook(hook.url);
    await rig.alert('one');
    await rig.alert('two');
    await rig.pass();
    expect(hook.received).toHaveLength(1);
    rig.later(599_000);
    await rig.pass();
    expect(hook.received).toHaveLength(1);
    status = 200;
    rig.later(1_000);
    await rig.pass();
    expect((await rig.list()).map(({ state }) => state)).toEqual(['sent', 'sent']);
  });

  it.each(['slack', 'cef'] as const)(
    'may want %s: signed over the very bytes that are sent',
    async (format) => {
      const rig = openRig(closing, engines);
      const hook = await receiver(closing, (_request, response) => response.end('ok'));
      const { secret = '', channel } = await rig.webhook(hook.url, { format });
      expect(channel.format).toBe(format);
      const subject = 'Ünïcode <!channel> `x` |10| act=blocked 😀';
      await rig.alert(subject, { payload: { count: 1, note: '<@U1> cs1=evil' } });
      await rig.pass();
      const [got] = hook.received;
      if (got === undefined) throw new Error('nothing came');
      const id = String(got.headers['webhook-id']);
      expect(got.headers).toMatchObject(
        signedHeaders({ id, at: rig.clock(), body: Buffer.from(got.body) }, secret),
      );
      expect(got.headers['content-type']).toBe(
        format === 'slack' ? 'application/json' : 'text/plain; charset=utf-8',
      );
      expect(got.body).not.toMatch(format === 'slack' ? /<[!@]/ : / cs1=evil/);
      expect(got.body).toMatch(
        format === 'slack'
          ? /^\{"text":"\*Tyrian\* `high` /
          : /^CEF:0\|Tyrian\|Tyrian\|1\.2\.3\|alert\.opened\|/,
      );
    },
  );

  it('leaves a receipt of each attempt: when, how long, what was answered, what went wrong', async () => {
    const rig = openRig(closing, engines);
    const answers = [500, 302, 204];
    const hook = await receiver(closing, (_request, response) =>
      response.writeHead(answers.shift() ?? 200).end(),
    );
    await rig.webhook(hook.url);
    await rig.alert('one');
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await rig.pass();
      rig.later(60_000);
    }
    const [{ id = '' } = {}] = await rig.list();
    expect(await rig.deliveries.get('acme', id)).toMatchObject({
      ...{ id, state: 'sent', attempts: 3, last_error: null },
      receipts: [
        { at: '2026-11-23T12:00:00.000Z', ok: false, status: 500, code: 'respond.answered' },
        { at: '2026-11-23T12:01:00.000Z', ok: false, status: 302, code: 'respond.redirected' },
        { at: '2026-11-23T12:02:00.000Z', ok: true, status: 204, code: null, error: null },
      ],
    });
    await expect(rig.deliveries.get('other', id)).rejects.toMatchObject({ code: 'respond.delivery_unknown' });
  });

  it('says in its receipt what is wrong in words, and keeps no more receipts than are bounded', async () => {
    const rig = openRig(closing, engines, { allow: '' });
    await rig.webhook('http://127.0.0.1:9/');
    await rig.alert('one');
    await rig.pass();
    const [{ id = '' } = {}] = await rig.list();
    const first = await rig.deliveries.get('acme', id);
    expect(first.last_error).toMatch(/outbound\.allow/);
    expect(first.receipts).toMatchObject([{ code: 'guard.outbound_refused', status: null }]);
    for (let attempt = 0; attempt < maxReceipts + 2; attempt += 1) {
      await rig.state.query(
        `UPDATE deliveries SET attempts = 1, state = 'failed', next_at = $1, since = $1 WHERE tenant = 'acme'`,
        [new Date(rig.clock()).toISOString()],
      );
      rig.circuits.close('acme/hook');
      await rig.pass();
      rig.later(1_000);
    }
    const { receipts } = await rig.deliveries.get('acme', id);
    expect(receipts).toHaveLength(maxReceipts);
    expect(receipts.at(-1)?.at).toBe(new Date(rig.clock() - 1_000).toISOString());
  });

  it('shows that it rests, is half open after that, and is closed by a success, a test or being set again', async () => {
    const rig = openRig(closing, engines);
    let status = 500;
    const hook = await receiver(closing, (_request, response) => response.writeHead(status).end());
    await rig.webhook(hook.url);
    const circuit = async () => (await rig.channels.list('acme'))[0]?.circuit;
    const closed = { state: 'closed', failures: 0, until: null };
    const breakIt = async () => {
      for (let number = 0; number < 5; number += 1) await rig.alert(`alert ${number} ${rig.clock()}`);
      await rig.pass();
    };
    expect(await circuit()).toEqual(closed);
    await breakIt();
    expect(await circuit()).toEqual({ state: 'open', failures: 5, until: '2026-11-23T12:01:00.000Z' });
    rig.later(60_000);
    expect(await circuit()).toEqual({ state: 'half_open', failures: 5, until: null });
    await rig.pass();
    expect(await circuit()).toMatchObject({ state: 'open', failures: 6 });
    status = 200;
    const test = createChannelTest(rig);
    expect((await test({ tenant: 'acme', name: 'hook' }, new AbortController().signal)).ok).toBe(true);
    expect(await circuit()).toEqual(closed);
    status = 500;
    await breakIt();
    expect(await circuit()).toMatchObject({ state: 'open' });
    await rig.webhook(hook.url);
    expect(await circuit()).toEqual(closed);
    status = 200;
    rig.later(2 * hour);
    await rig.pass();
    expect(await circuit()).toEqual(closed);
  });

  it('is left alone after five failures in a row, tried once after a minute, and used again when that works', async () => {
    const rig = openRig(closing, engines);
    let status = 500;
    const hook = await receiver(closing, (_request, response) => response.writeHead(status).end());
    await rig.webhook(hook.url);
    for (let number = 0; number < 12; number += 1) await rig.alert(`alert ${number}`);
    await rig.pass();
    await rig.pass();
    expect(hook.received).toHaveLength(5);
    rig.later(60_000);
    await rig.pass();
    await rig.pass();
    expect(hook.received).toHaveLength(6);
    status = 200;
    rig.later(2 * 60_000);
    await rig.pass();
    await rig.pass();
    expect((await rig.list()).every(({ state }) => state === 'sent')).toBe(true);
  });

  it('that redirects is not followed, and a private address is not called unless it is allowed', async () => {
    const rig = openRig(closing, engines);
    const inner = await receiver(closing, (_request, response) => response.end());
    const hook = await receiver(closing, (_request, response) =>
      response.writeHead(307, { location: inner.url }).end(),
    );
    await rig.webhook(hook.url);
    await rig.alert('one');
    await rig.pass();
    expect(inner.received).toHaveLength(0);
    expect(await rig.list()).toMatchObject([{ last_code: 'respond.redirected', last_status: 307 }]);

    const closed = openRig(closing, await emptied(engines), { allow: '' });
    await closed.webhook(inner.url);
    await closed.alert('one');
    await closed.pass();
    expect(inner.received).toHaveLength(0);
    expect(await closed.list()).toMatchObject([{ last_code: 'guard.outbound_refused', last_status: null }]);
  });

  it('that hangs holds up no other channel, and is given back untried when the program stops', async () => {
    const rig = openRig(closing, engines);
    const hanging = await receiver(closing, () => undefined);
    const other = await receiver(closing, (_request, response) => response.end());
    await rig.webhook(hanging.url, { name: 'hanging' });
    await rig.webhook(other.url, { name: 'other' });
    const stop = new AbortController();
    const running = rig.dispatcher.run(stop.signal);
    for (let number = 0; number < 3; number += 1) await rig.alert(`alert ${number}`);
    rig.dispatcher.wake();
    await expect.poll(() => other.received.length, { timeout: 10_000 }).toBe(3);
    await expect.poll(() => hanging.received.length, { timeout: 10_000 }).toBe(1);
    stop.abort();
    await running;
    const left = (await rig.list()).filter(({ channel }) => channel === 'hanging');
    expect(left).toMatchObject(left.map(() => ({ state: 'pending', attempts: 0 })));
  });

  it('is given up after a day, which is told over the other channels, and can be replayed', async () => {
    const rig = openRig(closing, engines);
    let status = 500;
    const hook = await receiver(closing, (_request, response) => response.writeHead(status).end());
    const other = await receiver(closing, (_request, response) => response.end());
    await rig.webhook(hook.url, { kinds: ['alert.*'] });
    await rig.webhook(other.url, { name: 'other', kinds: ['notify.*'] });
    await rig.alert('one');
    for (let hours = 0; hours <= 25; hours += 1) {
      await rig.pass();
      rig.later(hour);
    }
    const [dead] = (await rig.list()).filter(({ channel }) => channel === 'hook');
    expect(dead).toMatchObject({ state: 'dead', next_at: null, last_status: 500 });
    expect(dead?.attempts).toBeLessThan(21);
    expect(other.received.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
      { type: 'notify.undeliverable', data: { details: { key: 'notify.undeliverable/hook' } } },
    ]);

    status = 200;
    expect(await rig.deliveries.replay('other-tenant', {})).toEqual({ replayed: 0, remaining: 0 });
    const id = dead?.id ?? '';
    await expect(rig.deliveries.replayOne('other-tenant', id)).rejects.toMatchObject({
      code: 'respond.delivery_unknown',
    });
    expect(await rig.deliveries.replayOne('acme', id)).toMatchObject({ id, state: 'pending', attempts: 0 });
    await expect(rig.deliveries.replayOne('acme', id)).rejects.toMatchObject({
      code: 'respond.delivery_alive',
    });
    expect(await rig.deliveries.replay('acme', { channel: 'hook' })).toEqual({ replayed: 0, remaining: 0 });
    await rig.pass();
    await rig.pass();
    expect((await rig.list()).filter(({ channel }) => channel === 'hook')).toMatchObject([
      { state: 'sent', attempts: 1 },
    ]);
    expect(other.received).toHaveLength(2);
  });

  it('survives a restart between failure and success', async () => {
    const hook = await receiver(closing, (_request, response) =>
      response.writeHead(answers.shift() ?? 200).end(),
    );
    const answers = [500];
    const before = await enginesIn(closing);
    const first = openRig(closing, before);
    await first.webhook(hook.url);
    await first.alert('one');
    await first.pass();
    await before.close();
    const second = openRig(closing, await enginesIn(closing, before.folder));
    second.later(10_000);
    await second.pass();
    expect(hook.received).toHaveLength(2);
    expect(hook.received[0]?.headers['webhook-id']).toBe(hook.received[1]?.headers['webhook-id']);
    expect(await second.list()).toMatchObject([{ state: 'sent', attempts: 2 }]);
  });

  it('whose process died in the middle is sent again once its lease has ended', async () => {
    const rig = openRig(closing, engines);
    const hook = await receiver(closing, (_request, response) => response.end());
    await rig.webhook(hook.url);
    await rig.alert('one');
    await rig.pass();
    // As the table stands when the process dies between the answer and the booking.
    await rig.state.query(
      `UPDATE deliveries SET state = 'pending', attempts = 0, ended_at = NULL, leased_until = $1 WHERE tenant = 'acme'`,
      [new Date(rig.clock() + 60_000).toISOString()],
    );
    await rig.pass();
    expect(hook.received).toHaveLength(1);
    rig.later(60_000);
    await rig.pass();
    expect(hook.received).toHaveLength(2);
  });

  it('goes to the channels of its own tenant, and only by their filters', async () => {
    const rig = openRig(closing, engines);
    const hook = await receiver(closing, (_request, response) => response.end());
    await rig.webhook(`${hook.url}/severe`, { name: 'severe', min_severity: 'high' });
    await rig.webhook(`${hook.url}/sources`, { name: 'sources', kinds: ['source.*'] });
    await rig.webhook(`${hook.url}/off`, { name: 'off', enabled: false });
    await rig.channels.set(
      { ...ann, tenant: 'other' },
      {
        name: 'all',
        kind: 'webhook',
        format: 'json',
        url: `${hook.url}/other`,
        min_severity: 'low',
        kinds: [],
        enabled: true,
      },
    );
    await rig.alert('low', { severity: 'low' });
    await rig.alert('critical', { severity: 'critical' });
    await rig.alert('a severity that nobody knows', { severity: 'apocalyptic' });
    await rig.alert('silent', { kind: 'source.silent', severity: 'medium' });
    await rig.pass();
    await rig.pass();
    expect(hook.received.map(({ path }) => path).sort()).toEqual(['/severe', '/severe', '/sources']);
  });

  it('that has ten thousand notices waiting takes no more: they are dead, seen and can be replayed', async () => {
    const rig = openRig(closing, engines);
    await rig.webhook('https://hooks.invalid/', { enabled: true });
    await rig.state.query(
      `INSERT INTO deliveries (tenant, notice_id, channel, state, attempts, since, next_at)
       SELECT 'acme', 'old ' || number, 'hook', 'pending', 0, $1, $1 FROM generate_series(1, 10000) AS number`,
      [new Date(rig.clock() + 1_000).toISOString()],
    );
    await rig.alert('one too many');
    await rig.pass();
    expect(await rig.list()).toMatchObject([{ state: 'dead', last_code: 'respond.backlog_full' }]);
  });

  it('has its deliveries listed page by page, newest first, without a gap or a repeat', async () => {
    const rig = openRig(closing, engines);
    const hook = await receiver(closing, (_request, response) => response.end());
    for (const name of ['one', 'two', 'three']) await rig.webhook(hook.url, { name });
    for (let number = 0; number < 5; number += 1) {
      await rig.alert(`alert ${number}`);
      await rig.pass();
      rig.later(number < 3 ? 1_000 : 0);
    }
    const whole = (await rig.list()).map(({ id }) => id);
    expect(whole).toHaveLength(15);
    const paged: string[] = [];
    let after: string | undefined;
    do {
      const page = await rig.deliveries.list('acme', { after, limit: 4 });
      paged.push(...page.deliveries.map(({ id }) => id));
      after = page.next ?? undefined;
    } while (after !== undefined);
    expect(paged).toEqual(whole);
    expect((await rig.deliveries.list('acme', { channel: 'two', limit: 9 })).deliveries).toHaveLength(5);
  });

  it('tells nothing that is more than a day old', async () => {
    const rig = openRig(closing, engines);
    const hook = await receiver(closing, (_request, response) => response.end());
    await rig.webhook(hook.url);
    await rig.alert('old');
    rig.later(25 * hour);
    await rig.pass();
    expect(hook.received).toHaveLength(0);
  });

  it('carries telemetry as plain, bounded text', async () => {
    const rig = openRig(closing, engines);
    const hook = await receiver(closing, (_request, response) => response.end());
    await rig.webhook(hook.url);
    await rig.alert('line\r\nBcc: you@example.org \u202egnp.exe', {
      payload: {
        long: 'x'.repeat(100_000),
        control: 'a\u0007b',
        many: Array.from({ length: 999 }, (_, at) => at),
      },
    });
    await rig.pass();
    const { data } = JSON.parse(hook.received[0]?.body ?? '') as { data: Record<string, unknown> };
    expect(data.subject).toBe('line Bcc: you@example.org gnp.exe');
    expect(data.truncated).toBe(true);
    expect(hook.received[0]?.body.length).toBeLessThan(8_000);
  });
});
