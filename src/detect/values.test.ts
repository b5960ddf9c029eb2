import { describe, expect, test } from 'vitest';
import { compileRule } from './index.ts';
import { event, hits, matchOf, oneRule, ruleText } from './testing.suite.ts';

type Case = readonly [search: unknown, value: unknown, hit: boolean];

/** `search` over an event whose field `f` holds `value`; undefined: the event has no such field. */
function check(cases: readonly Case[]) {
  for (const [search, value, hit] of cases) {
    const fields = value === undefined ? { other: 'x' } : { f: value, other: 'x' };
    expect([JSON.stringify(search), value, hits(search, fields)]).toEqual([
      JSON.stringify(search),
      value,
      hit,
    ]);
  }
}

describe('a text', () => {
  test('is compared whole and without case', () => {
    check([
      [{ f: 'Cmd.exe' }, 'cMD.EXE', true],
      [{ f: 'cmd' }, 'cmd.exe', false],
      [{ f: 'cmd' }, ' cmd', false],
      [{ f: 'NtLmSsp' }, 'NtLmSsp ', false],
      [{ f: 'ÄΣΩ' }, 'äσω', true],
      [{ 'f|cased': 'Cmd' }, 'Cmd', true],
      [{ 'f|cased': 'Cmd' }, 'cmd', false],
    ]);
  });

  test('is lowered one character for one: İ, ß and a last Σ keep their length', () => {
    check([
      [{ f: 'İx' }, 'ix', true],
      [{ f: '??' }, 'İx', true],
      [{ f: 'straSSe' }, 'straße', false],
      [{ f: 'STRAẞE' }, 'straße', true],
      [{ f: 'ΟΔΟΣ' }, 'οδοσ', true],
      [{ 'f|contains': 'ΟΣ' }, 'ΟΔΟΣ x', true],
    ]);
  });

  test('has wildcards, of which a backslash makes plain characters', () => {
    check([
      [{ f: 'a*c' }, 'abbc', true],
      [{ f: 'a*c' }, 'ac', true],
      [{ f: 'a?c' }, 'ac', false],
      [{ f: 'a?c' }, 'a😀c', true],
      [{ f: 'a??c' }, 'a😀c', false],
      [{ f: 'a\\*c' }, 'a*c', true],
      [{ f: 'a\\*c' }, 'abc', false],
      [{ f: 'a\\?c' }, 'a?c', true],
      [{ f: 'a\\\\*c' }, 'a\\bbc', true],
      [{ f: 'a\\\\*c' }, 'a*c', false],
      [{ f: 'a\\\\\\*c' }, 'a\\*c', true],
      [{ f: 'C:\\Windows\\*' }, 'C:\\Windows*', true],
      [{ f: 'C:\\Windows' }, 'C:\\Windows', true],
      [{ f: 'C:\\\\Windows' }, 'C:\\Windows', true],
      [{ f: '\\\\\\\\srv' }, '\\\\srv', true],
      [{ f: '\\\\\\srv' }, '\\\\srv', true],
      [{ f: '\\\\\\\\\\*\\\\IPC$' }, '\\\\*\\IPC$', true],
      [{ f: 'end\\' }, 'end\\', true],
      [{ f: '*' }, '', true],
      [{ f: '*' }, undefined, false],
    ]);
  });

  test('stands at the start, at the end or anywhere, wildcards in it kept', () => {
    check([
      [{ 'f|startswith': '1?' }, '1x rest', true],
      [{ 'f|startswith': '1?' }, '1', false],
      [{ 'f|endswith': '\\a*.exe' }, 'c:\\abc.exe', true],
      [{ 'f|contains': 'b?d' }, 'abcde', true],
      [{ 'f|contains': ' x ' }, 'ax', false],
      [{ 'f|contains': ['q', 'b'] }, 'abc', true],
      [{ 'f|contains|all': ['a', 'c'] }, 'abc', true],
      [{ 'f|contains|all': ['a', 'q'] }, 'abc', false],
    ]);
  });

  test('is the same whether written as number, boolean or text', () => {
    check([
      [{ f: 4624 }, '4624', true],
      [{ f: '4624' }, 4624, true],
      [{ f: 4624 }, 46240, false],
      [{ f: true }, 'True', true],
      [{ f: 'false' }, false, true],
      [{ f: '12345678901234567890' }, 12345678901234567890n, true],
      [{ f: '12345678901234567890' }, 12345678901234567891n, false],
      [{ 'f|startswith': '10.' }, 10.5, true],
    ]);
  });
});

test('a long integer in a rule keeps its digits', () => {
  const rule = oneRule(ruleText({ s: { f: 0 }, condition: 's' }).replace('f: 0', 'f: 9007199254740993'));
  expect(compileRule(rule).match(event({ f: 9007199254740993n }))).toBeDefined();
  expect(compileRule(rule).match(event({ f: 9007199254740992n }))).toBeUndefined();
});

describe('absence', () => {
  test('null is a field that is absent or null, and no empty text', () => {
    check([
      [{ f: null }, undefined, true],
      [{ f: null }, null, true],
      [{ f: null }, '', false],
      [{ f: '' }, '', true],
      [{ f: '' }, undefined, false],
      [{ f: [null, 'a'] }, undefined, true],
      [{ f: [null, 'a'] }, 'A', true],
      [{ 'f|neq': null }, 'x', true],
      [{ 'f|neq': null }, undefined, false],
    ]);
  });

  test('exists asks for the field alone', () => {
    check([
      [{ 'f|exists': true }, '', true],
      [{ 'f|exists': true }, null, true],
      [{ 'f|exists': true }, undefined, false],
      [{ 'f|exists': false }, undefined, true],
      [{ 'f|exists': false }, 'x', false],
    ]);
  });

  test('a filter over a field that the event lacks leaves the hit', () => {
    const search = { other: 'x' };
    const detection = {
      selection: search,
      filter: { 'f|endswith': 'y' },
      condition: 'selection and not filter',
    };
    const rule = compileRule(oneRule(ruleText(detection)));
    expect(rule.match(event({ other: 'x' }))).toEqual([{ field: 'other', value: 'x' }]);
    expect(rule.match(event({ other: 'x', f: 'zy' }))).toBeUndefined();
  });

  test('neq holds for every other value, and for none', () => {
    check([
      [{ 'f|neq': 'a' }, 'b', true],
      [{ 'f|neq': 'a' }, 'A', false],
      [{ 'f|neq': ['a', 'b'] }, 'b', false],
      [{ 'f|neq': 5 }, 6, true],
      [{ 'f|neq': 'a' }, undefined, true],
      [{ 'f|contains|neq': 'a' }, 'bab', false],
      [{ 'f|neq': 'a' }, ['b', 'a'], false],
    ]);
  });
});

test('of an array any element counts, of a nested one too; an object is its JSON', () => {
  check([
    [{ f: 'b' }, ['a', 'B'], true],
    [{ 'f|contains|all': ['a', 'b'] }, ['xa', 'xb'], true],
    [{ f: 'b' }, [['a'], ['b']], true],
    [{ f: null }, ['a', null], true],
    [{ f: null }, [], false],
    [{ 'f|contains': '"k":1' }, { k: 1 }, true],
    [{ 'f|contains': '"n":12345678901234567890' }, { n: 12345678901234567890n }, true],
  ]);
});

test('windash takes each of five dashes for the others', () => {
  for (const dash of ['-', '/', '–', '—', '―']) {
    check([
      [{ 'f|contains|windash': ' -enc ' }, `x ${dash}enc y`, true],
      [{ 'f|windash|contains': ' /enc ' }, `x ${dash}ENC y`, true],
      [{ 'f|contains|windash': '-a -b' }, `/a ${dash}b`, true],
    ]);
  }
  check([[{ 'f|contains|windash': ' -enc ' }, 'x +enc y', false]]);
});

test('encoded values are found as their encoders write them', () => {
  const utf16 = Buffer.from('cmd /c whoami', 'utf16le');
  for (const before of ['', 'a', 'ab', 'abc']) {
    const text = Buffer.from(`${before}whoami and more`).toString('base64');
    check([[{ 'f|base64offset|contains': 'whoami' }, text, true]]);
    const wide = Buffer.concat([Buffer.from(before), utf16]).toString('base64');
    check([[{ 'f|wide|base64offset|contains': 'whoami' }, wide, true]]);
    check([[{ 'f|utf16le|base64offset|contains': 'whoam1' }, wide, false]]);
  }
  check([
    [{ 'f|base64': 'foobar' }, 'Zm9vYmFy', true],
    [{ 'f|utf16|base64|contains': 'foo' }, Buffer.from('\ufefffoo', 'utf16le').toString('base64'), true],
    [{ 'f|utf16be|base64|contains': 'foo' }, Buffer.from('\0f\0o\0o').toString('base64'), true],
    [{ 'f|wide': 'cmd' }, 'c\0m\0d\0', true],
  ]);
});

test('networks hold addresses of both versions, whatever the bits of the host', () => {
  check([
    [{ 'f|cidr': '10.0.0.0/8' }, '10.255.0.1', true],
    [{ 'f|cidr': '10.0.0.0/8' }, '11.0.0.1', false],
    [{ 'f|cidr': '10.1.2.3/8' }, '10.9.9.9', true],
    [{ 'f|cidr': ['192.168.0.0/16', '2001:db8::/32'] }, '2001:DB8::1', true],
    [{ 'f|cidr': 'fe80::/10' }, 'fe80::1%eth0', true],
    [{ 'f|cidr': '::1/128' }, '0:0:0:0:0:0:0:1', true],
    [{ 'f|cidr': '127.0.0.0/8' }, '::ffff:127.0.0.1', true],
    [{ 'f|cidr': '10.0.0.1' }, '10.0.0.1', true],
    [{ 'f|cidr': '10.0.0.0/8' }, '10.1', false],
    [{ 'f|cidr': '10.0.0.0/8' }, undefined, false],
  ]);
});

test('numbers are compared as numbers, with all their digits; texts that are none never fit', () => {
  check([
    [{ 'f|gt': 9 }, '10', true],
    [{ 'f|gte': 10 }, 10, true],
    [{ 'f|lt': 10 }, 10, false],
    [{ 'f|lte': 2.5 }, '2.5', true],
    [{ 'f|gt': '9007199254740993' }, 9007199254740994n, true],
    [{ 'f|lt': 5 }, 'abc', false],
    [{ 'f|lt': 5 }, '', false],
    [{ 'f|lt': 5 }, undefined, false],
    [{ 'f|lt': 5 }, '0x1', false],
  ]);
});

test('parts of a time are read as it is written', () => {
  const time = '2024-12-30T18:05:59.123+02:00';
  check([
    [{ 'f|minute': 5 }, time, true],
    [{ 'f|hour': 18 }, time, true],
    [{ 'f|hour|gte': 18 }, time, true],
    [{ 'f|day': [29, 30] }, time, true],
    [{ 'f|week': 1 }, time, true],
    [{ 'f|week': 53 }, '2021-01-03 10:00:00', true],
    [{ 'f|month': 12 }, time, true],
    [{ 'f|year|lt': 2024 }, time, false],
    [{ 'f|hour': 0 }, '2024-12-30', false],
    [{ 'f|hour': 18 }, 'yesterday', false],
  ]);
});

test('cased goes with every place, wildcards, keywords and fields', () => {
  check([
    [{ 'f|contains|cased': 'Adm' }, 'xAdmin', true],
    [{ 'f|contains|cased': 'Adm' }, 'xadmin', false],
    [{ 'f|cased|startswith': 'Adm' }, 'admin', false],
    [{ 'f|endswith|cased': ['.EXE', '.Dll'] }, 'a.Dll', true],
    [{ 'f|endswith|cased': ['.EXE', '.Dll'] }, 'a.exe', false],
    [{ 'f|cased': 'A*?c' }, 'Abbc', true],
    [{ 'f|cased': 'A*?c' }, 'abbc', false],
    [{ 'f|contains|all|cased': ['A', 'b'] }, 'bA', true],
    [{ 'f|contains|all|cased': ['A', 'b'] }, 'BA', false],
    [{ 'f|cased|neq': 'Admin' }, 'admin', true],
    [{ 'f|windash|contains|cased': ' -Enc' }, 'x /Enc', true],
    [{ 'f|windash|contains|cased': ' -Enc' }, 'x /enc', false],
    [{ '|cased': ['Mimi'] }, 'a Mimi b', true],
    [{ '|cased': ['Mimi'] }, 'a mimi b', false],
  ]);
});

test('flags of an expression are set one by one and together', () => {
  check([
    [{ 'f|re': '^b$' }, 'a\nb', false],
    [{ 'f|re|m': '^b$' }, 'a\nb', true],
    [{ 'f|re|m': '^B$' }, 'a\nb', false],
    [{ 'f|re|m|i': '^B$' }, 'a\nb', true],
    [{ 'f|re': 'a.b' }, 'a\nb', false],
    [{ 'f|re|s': 'a.b' }, 'a\nb', true],
    [{ 'f|re|s': '^b' }, 'a\nb', false],
    [{ 'f|re|i|m|s': '^X.Y$' }, 'w\nx\ny\nz', true],
    [{ 'f|re|s|m': '^X.Y$' }, 'w\nx\ny\nz', false],
    [{ 'f|re|neq': '^a' }, 'b', true],
    [{ 'f|re|neq': '^a' }, undefined, true],
    [{ 'f|re|all': ['^a', 'z$'] }, 'a-z', true],
    [{ 'f|re|all': ['^a', 'z$'] }, 'a-y', false],
  ]);
});

test('comparisons hold at their edges, over elements, decimals and signs', () => {
  check([
    [{ 'f|lt': 10 }, 9.999, true],
    [{ 'f|lte': 10 }, '10.0', true],
    [{ 'f|gt': -5 }, -4, true],
    [{ 'f|gt': -5 }, '-5', false],
    [{ 'f|gte': -5 }, '-5', true],
    [{ 'f|gt': 100 }, [1, 101], true],
    [{ 'f|gt': 100 }, [1, 2], false],
    [{ 'f|gt': [100, 5] }, 6, true],
    [{ 'f|lt|neq': 10 }, 10, true],
    [{ 'f|lt|neq': 10 }, 9, false],
    [{ 'f|gt': 0 }, true, false],
    [{ 'f|gt': 0 }, null, false],
    [{ 'f|gt': 0 }, '1 ', false],
    [{ 'f|gt': 0 }, '1e3', true],
    [{ 'f|lt': '18446744073709551616' }, '18446744073709551615', true],
    [{ 'f|gt': '18446744073709551614' }, '18446744073709551614', false],
  ]);
});

test('parts of a time are compared, negated and read over elements', () => {
  check([
    [{ 'f|hour|gte': 22 }, '2024-05-01T22:00:00Z', true],
    [{ 'f|hour|lt': 6 }, '2024-05-01T06:00:00Z', false],
    [{ 'f|hour|lte': 6 }, '2024-05-01 06:59:59', true],
    [{ 'f|minute|gt': 30 }, '2024-05-01T06:30:59', false],
    [{ 'f|hour|neq': 6 }, '2024-05-01T06:30:59', false],
    [{ 'f|hour|neq': 6 }, '2024-05-01T07:30:59', true],
    [{ 'f|day': 1 }, ['2024-05-02', '2024-05-01'], true],
    [{ 'f|week': 53 }, '2020-12-31', true],
    [{ 'f|week': 1 }, '2021-01-04', true],
    [{ 'f|week': 52 }, '2022-01-01', true],
    [{ 'f|month|lt': 3 }, '2024-02-29', true],
    [{ 'f|year|gte': 2024 }, '2023-12-31T23:59:59-05:00', false],
    [{ 'f|year': 2024 }, undefined, false],
    [{ 'f|minute': 5 }, 1714543500, false],
  ]);
});

test('exists looks at presence alone, of whatever value', () => {
  check([
    [{ 'f|exists': true }, [], true],
    [{ 'f|exists': true }, false, true],
    [{ 'f|exists': true }, { k: 1 }, true],
    [{ 'f|exists': false }, null, false],
    [{ 'f|exists': false, other: 'x' }, undefined, true],
    [{ 'f|exists': true, other: 'x' }, undefined, false],
  ]);
});

test('neq goes with every way of comparing, and holds when none of the values fits', () => {
  check([
    [{ 'f|neq': ['a', 'b'] }, 'c', true],
    [{ 'f|neq': '' }, 'a', true],
    [{ 'f|neq': '' }, '', false],
    [{ 'f|neq': 'a*' }, 'abc', false],
    [{ 'f|startswith|neq': ['a', 'b'] }, 'bc', false],
    [{ 'f|endswith|neq': '.exe' }, 'a.dll', true],
    [{ 'f|cidr|neq': '10.0.0.0/8' }, '10.1.1.1', false],
    [{ 'f|cidr|neq': '10.0.0.0/8' }, '192.0.2.1', true],
    [{ 'f|cidr|neq': '10.0.0.0/8' }, 'no address', true],
    [{ 'f|base64offset|contains|neq': 'whoami' }, Buffer.from('xwhoami').toString('base64'), false],
    [{ 'f|neq': [null, 'a'] }, undefined, false],
  ]);
});

test('a field is compared with another', () => {
  const pair = (search: unknown, f: unknown, g: unknown) =>
    hits(search, { f, ...(g === undefined ? {} : { g }) });
  expect(pair({ 'f|fieldref': 'g' }, 'A', 'a')).toBe(true);
  expect(pair({ 'f|fieldref|cased': 'g' }, 'A', 'a')).toBe(false);
  expect(pair({ 'f|fieldref|startswith': 'g' }, 'Abc', 'ab')).toBe(true);
  expect(pair({ 'f|fieldref|endswith': 'g' }, 'Abc', 'BC')).toBe(true);
  expect(pair({ 'f|fieldref|contains': 'g' }, 'Abc', 'b')).toBe(true);
  expect(pair({ 'f|fieldref|contains': 'g' }, 'Abc', 'b*')).toBe(false);
  expect(pair({ 'f|fieldref|contains|cased': 'g' }, 'Abc', 'B')).toBe(false);
  expect(pair({ 'f|fieldref': 'g' }, 'a', undefined)).toBe(false);
  expect(pair({ 'f|fieldref|neq': 'g' }, 'a', 'b')).toBe(true);
  expect(pair({ 'f|fieldref': 'g' }, ['x', 'y'], ['y', 'z'])).toBe(true);
});

test('keywords are looked for in all values', () => {
  const fields = { a: 'Invoke-Mimikatz now', b: ['x', 'event::clear'], c: 7045 };
  expect(hits(['nothing', 'EVENT::'], fields)).toBe(true);
  expect(hits(['nothing'], fields)).toBe(false);
  expect(hits([7045], fields)).toBe(true);
  expect(hits(['mimi*now'], fields)).toBe(true);
  expect(hits({ '|all': ['mimikatz', 'event::clear'] }, fields)).toBe(true);
  expect(hits({ '|all': ['mimikatz', 'event::drop'] }, fields)).toBe(false);
  expect(hits({ '|re': '^event::(clear|drop)$' }, fields)).toBe(true);
  expect(matchOf(['mimikatz'], fields)).toEqual([{ field: '*', value: 'Invoke-Mimikatz now' }]);
});

test('placeholders are written out, in all combinations', () => {
  const values = new Map([
    ['servers', ['srv*', 'db1']],
    ['dom', ['.a', '.b']],
  ]);
  const rule = oneRule(ruleText({ s: { 'f|expand': '%servers%%dom%' }, condition: 's' }), values);
  const { match } = compileRule(rule);
  expect(match(event({ f: 'SRV7.b' }))).toBeDefined();
  expect(match(event({ f: 'db1.a' }))).toBeDefined();
  expect(match(event({ f: 'db1.c' }))).toBeUndefined();
  const literal = oneRule(ruleText({ s: { 'f|expand': '\\%x%dom%' }, condition: 's' }), values);
  expect(compileRule(literal).match(event({ f: '%x.a' }))).toBeDefined();
  expect(hits({ f: '%servers%' }, { f: '%servers%' })).toBe(true);
});

test('a hit tells the fields that made it, and their values', () => {
  const search = { 'f|contains': ['a', 'b'], 'g|contains|all': ['x', 'y'], 'h|neq': 1 };
  expect(matchOf(search, { f: ['q', 'B'], g: 'xy', h: 2 })).toEqual([
    { field: 'f', value: 'B' },
    { field: 'g', value: 'xy' },
  ]);
  const either = [{ f: 'a' }, { g: 'b' }];
  expect(matchOf(either, { f: 'a', g: 'c' })).toEqual([{ field: 'f', value: 'a' }]);
});
