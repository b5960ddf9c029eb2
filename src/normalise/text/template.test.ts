import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holesOf, matchTemplate, parseTemplate } from './template.ts';

const match = (template: string, text: string) => {
  const found = matchTemplate(parseTemplate(template), text);
  return found && Object.fromEntries(found);
};
const failed = 'Failed password for {user*} from {ip} port {port} ssh2';

test('holes are filled by words, and one by any text', () => {
  expect(match(failed, 'Failed password for root from 192.0.2.1 port 22 ssh2')).toEqual({
    user: 'root',
    ip: '192.0.2.1',
    port: '22',
  });
  expect(match('{user} : TTY={tty} ; COMMAND={command*}', 'al : TTY=pts/0 ; COMMAND=/bin/ls -l')).toEqual({
    user: 'al',
    tty: 'pts/0',
    command: '/bin/ls -l',
  });
  expect(match("delete user '{user}'", "delete user 'x'")).toEqual({ user: 'x' });
});

test('a name that a stranger chose changes nothing else', () => {
  const text = 'Failed password for x from 10.0.0.1 port 1 ssh2 from 203.0.113.9 port 40 ssh2';
  expect(match(failed, text)).toEqual({ user: 'x from 10.0.0.1 port 1 ssh2', ip: '203.0.113.9', port: '40' });
});

test('words hold no white space, and all of the text must fit', () => {
  expect(match('Removed session {id}.', 'Removed session 4 5.')).toBeUndefined();
  expect(match('Removed session {id}.', 'Removed session 4. More')).toBeUndefined();
  expect(match(failed, 'Failed password for root from 192.0.2.1 port ssh2')).toBeUndefined();
});

test.each(['{a*} and {b*}', '{a}{b} x', 'x {a}{b*}', '{a*}{b} x', '{a}'])('%j is no template', (written) =>
  expect(() => parseTemplate(written)).toThrow(),
);

test('whatever fills the holes is found again', () => {
  const word = fc.stringMatching(/^[a-z0-9.:-]{1,12}$/);
  fc.assert(
    fc.property(fc.string(), word, word, (user, ip, port) => {
      const text = `Failed password for ${user} from ${ip} port ${port} ssh2`;
      expect(match(failed, text)).toEqual({ user, ip, port });
    }),
  );
  expect(holesOf(parseTemplate(failed)).toSorted()).toEqual(['ip', 'port', 'user']);
});

test('no text makes it throw', () => {
  const template = parseTemplate(failed);
  fc.assert(fc.property(fc.string(), (text) => void matchTemplate(template, text)));
});
