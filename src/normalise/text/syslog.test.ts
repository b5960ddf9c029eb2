import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseKeyValue } from './key-value.ts';
import { parseSyslog } from './syslog.ts';

const fieldsOf = (line: string) => Object.fromEntries(parseSyslog(line) ?? []);

test('RFC 5424 is read with its structured data', () => {
  expect(
    fieldsOf(
      '<165>1 2003-10-11T22:14:15.003Z host.example.com evnt 17 ID47 [ex@32473 iut="3" q="a \\"b\\" \\]"][m x="1"] \ufeffAn event',
    ),
  ).toEqual({
    priority: '165',
    facility: '20',
    severity: '5',
    timestamp: '2003-10-11T22:14:15.003Z',
    host: 'host.example.com',
    program: 'evnt',
    pid: '17',
    msgid: 'ID47',
    'sd/ex@32473/iut': '3',
    'sd/ex@32473/q': 'a "b" ]',
    'sd/m/x': '1',
    message: 'An event',
  });
  expect(fieldsOf('<0>1 - - - - - -')).toEqual({ priority: '0', facility: '0', severity: '0', message: '' });
});

test('RFC 3164 is read as senders and files write it', () => {
  expect(fieldsOf("<34>Oct 11 22:14:15 mymachine su: 'su root' failed")).toMatchObject({
    timestamp: 'Oct 11 22:14:15',
    host: 'mymachine',
    program: 'su',
    message: "'su root' failed",
  });
  expect(fieldsOf('Mar  2 10:00:00 h /usr/sbin/cron[12]: (root) CMD (x)')).toMatchObject({
    program: '/usr/sbin/cron',
    pid: '12',
    message: '(root) CMD (x)',
  });
  expect(fieldsOf('2026-03-02T10:00:00.123456+01:00 h sshd[1]: hi')).toMatchObject({
    timestamp: '2026-03-02T10:00:00.123456+01:00',
    program: 'sshd',
  });
});

test.each([
  'hello world',
  '<192>Oct 11 22:14:15 h su: x',
  '<1234>x',
  '2026-03-02 10:00:00 started',
  'Mar 2 nothing',
  '',
])('%j is no line of syslog', (line) => expect(parseSyslog(line)).toBeUndefined());

test('no text makes the decoders throw', () => {
  const part = fc.constantFrom(
    '<34>',
    '1 ',
    'Oct 11 22:14:15 ',
    'h ',
    'su: ',
    '[a',
    ' b="',
    '"',
    ']',
    '\\',
    '=',
    "'",
    '-',
    ' ',
  );
  const text = fc.array(fc.oneof(part, fc.string()), { maxLength: 40 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (line) => {
      parseSyslog(line);
      parseKeyValue(line);
    }),
  );
});

test('pairs are read bare and in quotes, and other words passed over', () => {
  const pairs = parseKeyValue(
    `date=2026-03-12 devname="FW 1" note='it's' bare word=(null) (host=?, tty=x) end=1`,
  );
  expect(Object.fromEntries(pairs ?? [])).toEqual({
    date: '2026-03-12',
    devname: 'FW 1',
    note: "it's",
    word: '(null)',
    host: '?',
    tty: 'x',
    end: '1',
  });
  expect(parseKeyValue('no pairs here')).toBeUndefined();
});
