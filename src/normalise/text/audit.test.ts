import fc from 'fast-check';
import { expect, test } from 'vitest';
import { auditEventOf, endsAuditEvent, parseAudit } from './audit.ts';
import { socketAddress } from './socket-address.ts';

const head = 'msg=audit(1773306001.101:4711):';
const hexOf = (text: string) => Buffer.from(text).toString('hex').toUpperCase();

test('the records of one event give one set of fields: by name, by record, and what they say together', () => {
  const fields = parseAudit(
    [
      `type=SYSCALL ${head} arch=c000003e syscall=59 success=yes a0=55d0 a1=0 ppid=2 pid=3 auid=1000 comm="rm" exe="/usr/bin/rm" key="k1"`,
      `type=EXECVE ${head} argc=3 a0="rm" a1=${hexOf('-r f')} a2[0]="long " a2[1]="one"`,
      `type=CWD ${head} cwd="/home/a"`,
      `type=PATH ${head} item=0 name="." nametype=PARENT`,
      `type=PATH ${head} item=1 name=${hexOf('my file')} nametype=DELETE`,
    ].join('\n'),
  );
  expect(Object.fromEntries(fields ?? [])).toMatchObject({
    type: '["SYSCALL","EXECVE","CWD","PATH"]',
    a0: '["55d0","rm"]',
    name: '[".","my file"]',
    exe: '/usr/bin/rm',
    key: 'k1',
    SYSCALL: 'execve',
    'EXECVE/a1': '-r f',
    'EXECVE/argv': '["rm","-r f","long one"]',
    'PATH/nametype': '["PARENT","DELETE"]',
    'audit/type': 'SYSCALL',
    'audit/syscall': 'execve',
    'audit/command': 'rm -r f long one',
    'audit/object': '/home/a/my file',
    'audit/time': '1773306001.101',
    'audit/serial': '4711',
  });
});

test('what a program tells within quotes is of the event, and auditd resolves ids behind a separator', () => {
  const fields = parseAudit(
    `node=web-1 type=USER_CMD ${head} pid=7 uid=1 msg='cwd="/a b" cmd=${hexOf("sh -c 'x'")} terminal=? res=success'\x1dUID="alice" AUID="bob"`,
  );
  expect(Object.fromEntries(fields ?? [])).toMatchObject({
    node: 'web-1',
    cwd: '/a b',
    cmd: "sh -c 'x'",
    res: 'success',
    UID: 'alice',
    'USER_CMD/AUID': 'bob',
  });
});

test('an event is told by machine, time and serial, however a line came', () => {
  const plain = `type=PATH ${head} item=0`;
  expect(auditEventOf(plain)).toBe(' 1773306001.101:4711');
  expect(auditEventOf(`node=a ${plain}`)).toBe('a 1773306001.101:4711');
  expect(auditEventOf(`Mar 12 09:00:00 a audispd: node=b ${plain}`)).toBe('b 1773306001.101:4711');
  expect(
    auditEventOf(`<13>Mar 12 09:00:00 a kernel: [ 12.500] audit: type=1302 audit(1.000:7): item=0`),
  ).toBe('a 1.000:7');
  expect(endsAuditEvent(`type=EOE ${head} `)).toBe(true);
  expect(endsAuditEvent(plain)).toBe(false);
});

test('what another program writes is no audit line, even if it looks like one', () => {
  expect(auditEventOf(`Mar 12 09:00:00 a sshd[1]: type=USER_LOGIN ${head} res=success`)).toBeUndefined();
  expect(auditEventOf(`Mar 12 09:00:00 a kernel: x type=USER_LOGIN ${head} res=success`)).toBeUndefined();
  expect(auditEventOf('type=UNKNOWN[1329] msg=?')).toBeUndefined();
  expect(parseAudit('type=UNKNOWN[1329] msg=?')?.get('type')).toBe('UNKNOWN[1329]');
});

test('socket addresses are read from their bytes', () => {
  expect(socketAddress('02000050A9FEA9FE0000000000000000')).toEqual({
    saddr_fam: 'inet',
    laddr: '169.254.169.254',
    lport: '80',
  });
  expect(socketAddress('0A0001BB0000000020010DB800000000000000000000000700000000')).toEqual({
    saddr_fam: 'inet6',
    laddr: '2001:db8::7',
    lport: '443',
  });
  expect(socketAddress(`0100${hexOf('/run/x')}00AB`)).toEqual({ saddr_fam: 'local', path: '/run/x' });
  expect(socketAddress(`010000${hexOf('name')}00`)).toEqual({ saddr_fam: 'local', path: '@name' });
  expect(socketAddress('100000000000000000000000')).toEqual({ saddr_fam: 'netlink' });
  expect(socketAddress('0200')).toEqual({ saddr_fam: 'inet' });
  expect(socketAddress('0G')).toBeUndefined();
});

test('any text written in hexadecimal comes back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
      const fields = parseAudit(`type=EXECVE ${head} argc=1 a0=${hexOf(text)}`);
      expect(fields?.get('EXECVE/a0')).toBe(text);
      expect(parseAudit(`type=PATH ${head} name=${hexOf(text)}`)?.get('PATH/name')).toBe(text);
    }),
  );
});

test('a record of a megabyte is read at once, whatever fills it', () => {
  // What takes the square of the length would take hours.
  for (const sign of [
    'a',
    ' ',
    '"',
    "a='",
    'a="',
    "a='\x1d",
    'a0=AB ',
    'name=00',
    '\0',
    'audit(1.1:1) ',
    'type=',
  ]) {
    const text = sign.repeat(1_000_000 / sign.length);
    for (const start of [
      '',
      `type=EXECVE ${head} `,
      `type=PROCTITLE ${head} proctitle=`,
      `type=X ${head} msg='`,
    ])
      expect(() => parseAudit(start + text)).not.toThrow();
  }
});

test('no text makes the decoder throw', () => {
  const part = fc.constantFrom(
    ...[
      'type=SYSCALL ',
      head,
      ' a0=',
      '"',
      "'",
      'msg=',
      '=',
      ' ',
      '\x1d',
      '\n',
      'saddr=0A00',
      'a1[0]=',
      '(',
      'node=x ',
    ],
    'name=C3',
    'proctitle=00',
  );
  const text = fc.array(fc.oneof(part, fc.string()), { maxLength: 40 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (line) => {
      parseAudit(line);
      parseAudit(`type=SYSCALL ${head} ${line}`);
      auditEventOf(line);
    }),
  );
});
