import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './opened.ts';
import { type RunningServer, runCommand, startServer } from './running-server.ts';
import { failedLogon, type Receiver, ruleFolder, send, startReceiver, told, until } from './siem-desk.ts';

/** What leaves Tyrian, and files that are scanned by a running server. */
const folder = temporaryFolder('dispatch');
const place = (name: string) => join(folder.path, name);
const data = place('data');
const yara = place('yara');
mkdirSync(yara);
let server: RunningServer;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  server = await startServer(data, '', {
    TYRIAN_RULES_FOLDER: ruleFolder(place('rules')),
    TYRIAN_OUTBOUND_ALLOW: '127.0.0.1',
    TYRIAN_SCAN_FOLDER: yara,
  });
});
afterAll(async () => {
  await server.stop();
  receiver.close();
  folder.remove();
});

/** A host as an attacker would name it. */
const host = '<!channel>|`x` act=blocked';

describe('an alert', () => {
  it('reaches a chat and a SIEM in their own formats, as text and no more', async () => {
    await told(data, 'notify', 'add', 'chat', '--webhook', `${receiver.url}/chat`, '--format', 'slack');
    await told(data, 'notify', 'add', 'siem', '--webhook', `${receiver.url}/siem`, '--format', 'cef');
    await send(server, [failedLogon(host, 1)]);
    const [slack, cef] = await until(() => {
      const bodies = receiver.taken.map(({ body }) => body);
      const both = [
        bodies.find((body) => body.startsWith('{')),
        bodies.find((body) => body.startsWith('CEF')),
      ];
      return both.every((body) => body !== undefined) && both;
    });
    expect(JSON.parse(slack ?? '')).toMatchObject({
      text: expect.stringMatching(/^\*Tyrian\* `high` `/) as string,
    });
    expect(slack).not.toContain('<!');
    expect(cef).toMatch(/^CEF:0\|Tyrian\|Tyrian\|\d+\.\d+\.\d+\|alert\.opened\|/);
    expect(cef).toContain(String.raw`dhost=<!channel>|${'`x`'} act\=blocked`);
  });

  it('leaves receipts that a command shows', async () => {
    const line = await until(async () => {
      const listed = await told(data, 'notify', 'deliveries', '--state', 'sent', '--channel', 'siem');
      return listed.split('\n').find((one) => one.includes('.siem  sent (1)'));
    });
    const id = /msg_[0-9a-f]{32}\.siem/.exec(line)?.[0] ?? '';
    expect(await told(data, 'notify', 'deliveries', id)).toMatch(/\d+ ms {2}delivered {2}204$/m);
    const again = await runCommand(['--data', data, 'notify', 'replay', id]);
    expect(again).toMatchObject({
      code: 1,
      err: expect.stringContaining('respond.delivery_alive') as string,
    });
    expect(await told(data, 'notify', 'list')).toMatch(
      /^chat {2}webhook\/slack {2}http:\/\/127\.0\.0\.1:\d+\/… /m,
    );
  });
});

describe('a file', () => {
  it('is scanned by the server with rules of its folder, which it takes up while it runs', async () => {
    const { client } = server;
    expect((await client.scanFile({ body: 'a needle' })).matches).toEqual([]);
    writeFileSync(join(yara, 'one.yar'), 'rule one { strings: $a = "needle" condition: $a }');
    const [match] = await until(async () => {
      const { matches } = await client.scanFile({ body: 'a needle' });
      return matches.length > 0 && matches;
    });
    expect(match).toMatchObject({
      rule: 'one',
      namespace: 'yara',
      strings: [{ id: '$a', offset: 2, length: 6 }],
    });
  });

  it('is sent to a server by the command', async () => {
    const file = place('sample.bin');
    writeFileSync(file, 'one more needle');
    const { code, out } = await runCommand([
      '--url',
      server.url,
      '--key',
      server.key,
      'scan',
      file,
      '--json',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ path: file, matches: [{ rule: 'one' }] });
  });
});
