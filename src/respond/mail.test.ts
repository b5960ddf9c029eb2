import { createServer } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseMailServer } from './mail/server-url.ts';
import { Closing, type Engines, emptied, enginesIn, openRig } from './rig.suite.ts';

const ofFile = new Closing();
const closing = new Closing();
let engines: Engines;
beforeAll(async () => {
  engines = await enginesIn(ofFile);
});
beforeEach(() => emptied(engines));
afterEach(() => closing.all());
afterAll(() => ofFile.all());

interface Mail {
  readonly to: readonly string[];
  readonly text: string;
}

async function mailServer(options: SMTPServerOptions = {}) {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        mails.push({ to, text: Buffer.concat(chunks).toString() });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.server.once('listening', () => resolve()));
  closing.add(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { mails, port, url: `smtp://127.0.0.1:${port}` };
}

describe('a mail', () => {
  it('tells the addresses of a channel, in plain text', async () => {
    const { mails, url } = await mailServer();
    const rig = openRig(closing, engines, { smtpUrl: url });
    await rig.email('a@example.org', 'b@example.org');
    await rig.alert('Encoded PowerShell', { payload: { count: 2, alerts: [{ id: 'a1', entity: 'web1' }] } });
    await rig.pass();
    const [mail] = mails;
    expect(mail?.to).toEqual(['a@example.org', 'b@example.org']);
    expect(mail?.text).toContain('Subject: [Tyrian high] Encoded PowerShell');
    expect(mail?.text).toContain('From: Tyrian <tyrian@example.org>');
    expect(mail?.text).toContain('Auto-Submitted: auto-generated');
    expect(mail?.text).toContain('Content-Type: text/plain');
    expect(mail?.text).toContain('alerts[0].entity: web1');
    expect(await rig.list()).toMatchObject([{ state: 'sent', last_status: 250 }]);
  });

  it('keeps what an attacker wrote out of its headers', async () => {
    const { mails, url } = await mailServer();
    const rig = openRig(closing, engines, { smtpUrl: url });
    await rig.email('a@example.org');
    await rig.alert('x\r\nBcc: evil@example.org\r\n\r\nPay here', { kind: 'alert.opened' });
    await rig.pass();
    const [head = ''] = mails[0]?.text.split('\r\n\r\n') ?? [];
    expect(head.split('\r\n').filter((line) => /^bcc:/i.test(line))).toEqual([]);
    expect(mails[0]?.to).toEqual(['a@example.org']);
    expect(head).toContain('Pay here');
  });

  it('is tried again when the server refuses it, and says which answer it was', async () => {
    const refusals = [Object.assign(new Error('try later'), { responseCode: 451 })];
    const { mails, url } = await mailServer({
      onMailFrom: (_address, _session, done) => done(refusals.shift()),
    });
    const rig = openRig(closing, engines, { smtpUrl: url });
    await rig.email('a@example.org');
    await rig.alert('one');
    await rig.pass();
    expect(await rig.list()).toMatchObject([
      { state: 'failed', last_code: 'respond.smtp_refused', last_status: 451 },
    ]);
    rig.later(10_000);
    await rig.pass();
    expect(mails).toHaveLength(1);
  });

  it('that reaches some of its addresses says so', async () => {
    const { mails, url } = await mailServer({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('no') ? new Error('unknown') : undefined),
    });
    const rig = openRig(closing, engines, { smtpUrl: url });
    await rig.email('a@example.org', 'nobody@example.org');
    await rig.alert('one');
    await rig.pass();
    expect(mails).toHaveLength(1);
    expect(await rig.list()).toMatchObject([{ state: 'sent', last_code: 'respond.smtp_partly' }]);
  });

  it('never sends a password without TLS', async () => {
    let asked = false;
    const { port } = await mailServer({
      disabledCommands: ['STARTTLS'],
      onAuth: (_auth, _session, done) => {
        asked = true;
        done(null, { user: 'u' });
      },
    });
    const rig = openRig(closing, engines, { smtpUrl: `smtp://user:hidden@127.0.0.1:${port}` });
    await rig.email('a@example.org');
    await rig.alert('one');
    await rig.pass();
    expect(asked).toBe(false);
    expect(await rig.list()).toMatchObject([{ state: 'failed', last_code: 'respond.smtp_tls' }]);
    expect(rig.lines.join('')).not.toContain('hidden');
  });

  it('does not trust a certificate that nobody vouches for', async () => {
    const { port } = await mailServer({ secure: true, disabledCommands: ['AUTH'] });
    const rig = openRig(closing, engines, { smtpUrl: `smtps://127.0.0.1:${port}` });
    await rig.email('a@example.org');
    await rig.alert('one');
    await rig.pass();
    expect(await rig.list()).toMatchObject([{ state: 'failed', last_code: 'respond.smtp_tls' }]);
  });

  it('to a server that hangs ends in time, and one to a private address is not sent', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    closing.add(() => server.close());
    const address = server.address();
    const smtpUrl = `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const rig = openRig(closing, engines, { smtpUrl });
    await rig.email('a@example.org');
    await rig.alert('one');
    await rig.pass();
    expect(await rig.list()).toMatchObject([{ last_code: 'respond.out_of_time' }]);

    const strict = openRig(closing, await emptied(engines), { smtpUrl, allow: '' });
    await strict.email('a@example.org');
    await strict.alert('one');
    await strict.pass();
    expect(await strict.list()).toMatchObject([{ last_code: 'guard.outbound_refused' }]);
  });

  it('without a mail server is a failure that says so', async () => {
    const rig = openRig(closing, engines);
    await rig.email('a@example.org');
    await rig.alert('one');
    await rig.pass();
    expect(await rig.list()).toMatchObject([{ state: 'failed', last_code: 'respond.smtp_missing' }]);
  });
});

describe('smtp.url', () => {
  it('gives host, port, TLS and login', () => {
    expect(parseMailServer('smtp://mail.example')).toEqual({
      host: 'mail.example',
      port: 587,
      secure: false,
      login: undefined,
    });
    expect(parseMailServer('smtps://me%40x:p%2Fw@[2001:db8::1]:2465')).toEqual({
      host: '2001:db8::1',
      port: 2465,
      secure: true,
      login: { user: 'me@x', pass: 'p/w' },
    });
  });

  it.each(['smtp://', 'http://mail.example', 'mail.example', 'smtp://u:%zz@mail.example'])(
    'refuses %s without repeating it',
    (text) => {
      expect(() => parseMailServer(text)).toThrowError(expect.objectContaining({ code: 'respond.smtp_url' }));
      expect(() => parseMailServer(text)).not.toThrow('%zz');
    },
  );
});
