import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadCatalogue } from '../catalogue.ts';
import { recordOf } from '../lab.suite.ts';
import { nativeFields } from '../native-record.ts';
import { normalise } from '../normalise.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-patterns-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const catalogue = loadCatalogue();

const rowOf = (line: string, source: string) => {
  const form = catalogue.recogniseText(line, source)?.form ?? '';
  const outcome = normalise(catalogue, recordOf(line, source, form));
  return outcome.kind === 'event' ? outcome.row : outcome;
};

test('a failed logon by SSH says who tried from where, whatever name was tried', () => {
  const text = 'Failed password for invalid user a from 10.0.0.1 port 1 ssh2 from 203.0.113.9 port 40 ssh2';
  expect(rowOf(`Mar  2 10:00:00 web sshd[7]: ${text}`, 'syslog')).toMatchObject({
    class_uid: 3002n,
    activity_id: 1n,
    status_id: 2n,
    user_name: 'a from 10.0.0.1 port 1 ssh2',
    src_ip: '203.0.113.9',
    src_port: 40n,
    auth_protocol: 'password',
    metadata_event_code: 'sshd_failed',
  });
});

test('a message counts for what it says only when the program that says so wrote it', () => {
  const text = 'Accepted password for root from 192.0.2.1 port 22 ssh2';
  expect(rowOf(`Mar  2 10:00:00 web myapp[7]: ${text}`, 'syslog')).toMatchObject({
    class_uid: 0n,
    message: text,
  });
});

test('the journal says the same by the same patterns', () => {
  const entry = {
    __REALTIME_TIMESTAMP: '1773306001123456',
    __CURSOR: 'c',
    _HOSTNAME: 'web',
    SYSLOG_IDENTIFIER: 'sudo',
  };
  const message = '   al : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh -c id';
  const expected = {
    class_uid: 1007n,
    actor_user_name: 'al',
    user_name: 'root',
    process_cmd_line: '/bin/sh -c id',
  };
  for (const MESSAGE of [message, [...Buffer.from(message)]])
    expect(rowOf(JSON.stringify({ ...entry, MESSAGE }), 'journald')).toMatchObject(expected);
});

test('rules see the native fields of all records of an audit event', () => {
  const head = 'msg=audit(1773306001.101:4711):';
  const raw = [
    `type=SYSCALL ${head} arch=c000003e syscall=59 a0=55d0 exe="/usr/bin/chmod" key="k"`,
    `type=EXECVE ${head} argc=3 a0="chmod" a1="+x" a2="/tmp/x"`,
    `type=PATH ${head} item=0 name="/usr/bin/chmod"`,
    `type=PATH ${head} item=1 name="/lib/ld.so"`,
  ].join('\n');
  const fields = nativeFields(catalogue, { source: 'auditd', form: 'lines', raw });
  expect(['type', 'a0', 'a1', 'name', 'exe', 'key', 'SYSCALL'].map((name) => fields?.get(name))).toEqual([
    ['SYSCALL', 'EXECVE', 'PATH'],
    ['55d0', 'chmod'],
    '+x',
    ['/usr/bin/chmod', '/lib/ld.so'],
    '/usr/bin/chmod',
    'k',
    'execve',
  ]);
});

test('patterns may stand in a file that sources share; what is wrong in it is told by file and line', () => {
  mkdirSync(join(folder, 'gate'));
  const mapping = `
source: gate
version: 1
title: Gate
forms: { lines: { decode: { syslog: '' }, recognise: [{ has: message }] } }
patterns: { text: message, program: program, of: ../words.yaml }
time: [{ field: timestamp, formats: [syslog] }]
classify: { by: pattern, default: { class: 0 }, kinds: { refused: { class: 3002, activity: 1, status: 2 } } }
attributes: { user_name: match/user }
`;
  writeFileSync(join(folder, 'gate', 'mapping.yaml'), mapping);
  const words = join(folder, 'words.yaml');
  expect(() => loadCatalogue([folder])).toThrow(/mapping.yaml:6:\d+: there is no file/);
  writeFileSync(words, 'refused:\n  like:\n    - "refused {user*} {why*}"\n');
  expect(() => loadCatalogue([folder])).toThrow(/words.yaml:3:\d+: .* two free holes/);
  writeFileSync(words, 'refused: { like: ["refused {user*} at gate {gate}"] }\n');
  const own = loadCatalogue([folder]);
  expect(
    normalise(own, recordOf('Mar  2 10:00:00 h g: refused A B at gate 7', 'gate', 'lines')),
  ).toMatchObject({
    row: { status_id: 2n, user_name: 'A B', time_quality: 'year_assumed' },
  });
});
