import { expect, it } from 'vitest';
import { readEntity } from './entities.ts';
import { tokenise } from './tokens.ts';

const texts = (text: string) => tokenise(text).map((token) => token.text);

it.each([
  ['what happened on WS-07?', ['what', 'happened', 'on', 'WS-07']],
  ["alice's logons, bob's too", ['alice', 'logons', 'bob', 'too']],
  ['alice,bob;carol', ['alice', 'bob', 'carol']],
  ['find "net user /add" (on WS-07).', ['find', 'net user /add', 'on', 'WS-07']],
  ["it's 'quoted text' here", ['it', 'quoted text', 'here']],
  ['“curly quotes” too', ['curly quotes', 'too']],
  ['https://evil.example/a,b;c?d=1 now', ['https://evil.example/a,b;c?d=1', 'now']],
  ['hxxps://evil[.]example/x 10[.]0[.]0[.]1', ['https://evil.example/x', '10.0.0.1']],
  [
    'in C:\\Program Files (x86)\\A B\\c.exe yesterday',
    ['in', 'C:\\Program Files (x86)\\A B\\c.exe', 'yesterday'],
  ],
  ['C:\\a.exe and D:\\b.exe', ['C:\\a.exe', 'and', 'D:\\b.exe']],
  ['HKLM\\Software\\Windows NT\\Run on x', ['HKLM\\Software\\Windows NT\\Run', 'on', 'x']],
  ['between 10:00-11:30', ['between', '10:00', 'to', '11:30']],
  ['2024-03-01..2024-03-05', ['2024-03-01', 'to', '2024-03-05']],
  ['top 1,000 hosts', ['top', '1000', 'hosts']],
  ['  ', []],
])('keeps names whole in: %s', (text, expected) => {
  expect(texts(text)).toEqual(expected);
});

it.each([
  ['10.0.0.1', 'ip', '10.0.0.1'],
  ['2001:0DB8::0:1', 'ip', '2001:db8::1'],
  ['::ffff:10.0.0.1', 'ip', '10.0.0.1'],
  ['10.0.0.0/8', 'cidr', '10.0.0.0/8'],
  ['10.0.0.0/33', 'word', undefined],
  ['d41d8cd98f00b204e9800998ecf8427e', 'hash', undefined],
  ['evil.example', 'domain', undefined],
  ['WS-07.corp.example', 'domain', undefined],
  ['https://evil.example', 'url', undefined],
  ['CORP\\bob', 'account', undefined],
  ['bob@corp.example', 'mailbox', undefined],
  ['arn:aws:iam::1:user/a', 'arn', undefined],
  ['AKIAIOSFODNN7EXAMPLE', 'access_key', undefined],
  ['S-1-5-21-1-2-3-500', 'sid', undefined],
  ['{8be4df61-93ca-11d2-aa0d-00e098032b8c}', 'guid', '8be4df61-93ca-11d2-aa0d-00e098032b8c'],
  ['fe80::', 'ip', undefined],
  ['::1', 'ip', undefined],
  ['C:\\Windows\\a.exe', 'path', undefined],
  ['/etc/passwd', 'path', undefined],
  ['HKLM\\Software', 'registry_key', undefined],
  ['powershell.exe', 'file', undefined],
  ['-enc', 'flag', undefined],
  ['ConsoleLogin', 'api_operation', undefined],
  ['us-east-1', 'region', undefined],
  ['4688', 'number', undefined],
  ['0x1018', 'number', undefined],
  ['WS-07', 'name', undefined],
  ['DC01', 'name', undefined],
  ['T1059', 'word', undefined],
  ['mimikatz', 'word', undefined],
])('reads %s as %s', (text, kind, value) => {
  const [token] = tokenise(text);
  if (token === undefined) throw new Error('no token');
  expect(readEntity(token)).toMatchObject({ kind, value: value ?? text });
});
