import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { Engine } from './engine.suite.ts';
import { catalogueOfYaml, compare, recordOf } from './lab.suite.ts';

const engine = new Engine();
afterAll(() => engine[Symbol.dispose]());

/** Every kind of expression, each on an attribute of its own. */
const expressions = String.raw`
source: lab
version: 7
title: Lab
blanks: ['-', 'none']
forms:
  plain:
    recognise: [{ has: b }, { differs: a, from: [y, '-'] }]
  nested:
    recognise: [{ has: o/b }]
    data: [o]
required: [b]
time:
  - { field: at, formats: [iso, epoch_seconds, epoch_millis] }
  - { field: at2, formats: [iso], zone: { assumed: '+02:30' } }
natural_key: [a, b]
essential: [a, c]
classify:
  by: { lower: b }
  default: { class: 6003, group: main }
  kinds:
    other: { class: 201002, activity: 2, status: 1, severity: 3, group: other }
    third: { class: 4001, group: third }
attributes:
  message: a
groups:
  main:
    activity_id: c
    status_id: { const: 1 }
    severity_id: a
    status_detail: [a, b, c]
    process_name: { basename: a }
    metadata_log_name: { lower: a }
    actor_user_domain: { domain: a }
    actor_user_name: { account: a }
    file_sha256: { lower: { pair: a, name: SHA256 } }
    file_md5: { pair: [c, a], name: MD5 }
    rcode: { table: a, of: { x: one, y: two, '-': three }, else: c }
    query_type: { prefix: a, of: { ab: 1, a: 2 }, else: { const: no } }
    http_url: { join: [a, b, c], with: '/' }
    user_domain: { before: a, separator: '\' }
    user_name: { after: a, separator: '/' }
    user_uid: { beyond: a, separator: '/' }
    actor_user_uid: { until: a, separator: '/' }
    job_name: { when: a, is: [x, ''], then: c, else: { basename: a } }
    resource_name: { member: a, path: [0, k] }
    resource_uid: { member: a, path: [k] }
    metadata_uid: { find: a, by: k, is: [w, '1'], path: [k] }
    device_uid: { find: a, by: k, is: [v, 'a/b', ''], path: [j, 0] }
    tls_sni: { scalar: a }
    src_hostname: { ip: a }
    src_ip: a
    dst_ip: [c, a]
    src_port: a
    traffic_bytes_in: c
    answers: { list: a, separator: ';' }
    email_to: { list: c, separator: ';' }
  other:
    message: c
    process_name: { basename: c }
    src_port: { const: 443 }
  third:
    extends: main
    message: { lower: { basename: c } }
    answers: { list: c, separator: ';' }
`;
const catalogue = catalogueOfYaml(expressions);

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom(
    '::',
    '::1',
    '::ffff:1.2.3.4',
    '[fe80::1%eth0]',
    '010.1.2.3',
    '1.2.3.04',
    '::1.2.3.4',
    '1:2::3:4:5:6:7:8',
  ),
  fc.ipV4().map((text) => `::ffff:${text}`),
  fc.ipV6().map((text) => `[${text}]`),
  fc
    .array(fc.constantFrom('0', '00', '1', 'ab', 'ffff', '10000', '', '1.2.3.4', '0.0.0.01'), {
      maxLength: 9,
    })
    .map((parts) => parts.join(':')),
);
const integer = fc.oneof(
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 65n }).map(String),
  fc.nat().map((value) => `0x${value.toString(16)}`),
  fc.constantFrom(
    '0x',
    '0xG',
    '0X1f',
    '+7',
    ' 7',
    '7 ',
    '1e3',
    '1.0',
    '00012',
    '0xffffffffffffffff',
    '0x1ffffffffffffffff',
  ),
);
const shaped = fc.constantFrom(
  'x',
  'y',
  '-',
  'none',
  'abc',
  'other',
  'Third',
  'C:\\Windows\\cmd.exe',
  '/usr/bin/sh',
  'DOM\\user',
  'a/b\\c/',
  '\\',
  '//',
  'SHA1=AA,MD5=bb,SHA256=CC',
  'MD5=',
  'XMD5=1,MD5=2,MD5=3',
  'a;b;;-;c',
  '["p","-",null,7,{"q":[1]}]',
  '[',
  '[]',
  '{"k":"v"}',
  '[{"k":"w"},{"k":1}]',
  '[{"k":{"z":"/"}}]',
  '{"k":[],"k":2}',
  ' [{"k":"w"}]',
  '[7,"s",[],{"k":"v","j":[{"q":1}]},{"k":"w"}]',
  '[{"k":"w","k":"v","j":["x"]},{"k":1,"j":"y"},{"\\u006b":"a/b"}]',
  '{"q":{"k":"w"}}',
  '{"a":"b","k":"\\ud800"}',
  '[18446744073709551616]',
);
const time = fc.oneof(
  fc
    .date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().replace(/^[+-]\d\d/, '')),
  fc
    .tuple(
      fc.integer({ min: 1960, max: 2300 }),
      fc.integer({ min: 0, max: 13 }),
      fc.integer({ min: 0, max: 32 }),
      fc.constantFrom('T', ' '),
      fc.integer({ min: 0, max: 24 }),
      fc.constantFrom('', '.1', '.123456', '.9999999', '.123456789', '.1234567890', '.'),
      fc.constantFrom('', 'Z', '+02:00', '-0530', '+14:59', '+15:00', ' UTC'),
    )
    .map(
      ([year, month, day, between, hour, fraction, zone]) =>
        `${year}-${pad(month)}-${pad(day)}${between}${pad(hour)}:59:0${day % 10}${fraction}${zone}`,
    ),
  fc.double({ min: 0, max: 4e9, noNaN: true }).map(String),
  fc.integer({ min: 0, max: 2_000_000_000 }).map(String),
  fc.constantFrom(
    '1700000000123',
    '1700000000.123456789',
    '1700000000.',
    'now',
    '-',
    '',
    '2020-01-01T00:00:60Z',
    '17000000001234',
  ),
);
const pad = (value: number) => String(value).padStart(2, '0');

const text = fc.oneof(address, integer, shaped, time, fc.string(), fc.string({ unit: 'binary' }), fc.json());
const value = fc.oneof(
  { weight: 5, arbitrary: text.map((part) => JSON.stringify(part)) },
  { weight: 2, arbitrary: integer.filter((part) => /^-?(0|[1-9]\d*)$/.test(part)) },
  { weight: 2, arbitrary: fc.json({ maxDepth: 3 }) },
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((part) => (Object.is(part, -0) ? '-0.0' : String(part))),
  fc.constantFrom('true', 'false', 'null', '-0', '1e400', '1E-7', '0.10', '"\\u0000"', '"\\ud800"', '"\\/"'),
);
const key = fc.constantFrom('a', 'b', 'c', 'at', 'at2', 'z', 'o', '\\u0061');
const object = (inner: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(key, inner), { maxLength: 7 })
    .map((members) => `{${members.map(([name, part]) => `"${name}":${part}`).join(',')}}`);
const plain = object(value);

async function holds(form: string, lines: fc.Arbitrary<string>, seed: number) {
  const records = fc
    .sample(lines, { numRuns: 3_000, seed })
    .map((line, row) => recordOf(line, 'lab', form, row));
  const comparison = await compare(engine, catalogue, records);
  expect(comparison.differences).toEqual([]);
  return comparison;
}

test('of flat records SQL and function make the same rows', async () => {
  const withBoth = fc
    .tuple(value, value, value, time)
    .map(([a, b, c, at]) => `{"a":${a},"b":${b},"c":${c},"at":${JSON.stringify(at)}}`);
  const { records, sure } = await holds('plain', withBoth, 1);
  expect(sure).toBeGreaterThan(records / 10);
});

test('of records with equal keys, missing keys and odd values SQL and function make the same rows', async () => {
  const { sure } = await holds('plain', plain, 2);
  expect(sure).toBeGreaterThan(50);
});

test('of nested records SQL and function make the same rows, arrays and scalars in place of objects included', async () => {
  const inner = fc.oneof(
    {
      weight: 9,
      arbitrary: fc.tuple(value, plain).map(([b, rest]) => `{"b":${b},${rest.slice(1)}`.replace(',}', '}')),
    },
    value,
    fc.array(value, { maxLength: 4 }).map((parts) => `[${parts}]`),
  );
  const members = fc.array(fc.tuple(fc.constantFrom('o', 'o', 'b', 'z'), inner), { maxLength: 4 });
  const { sure } = await holds(
    'nested',
    members.map((parts) => `{${parts.map(([name, part]) => `"${name}":${part}`).join(',')}}`),
    3,
  );
  expect(sure).toBeGreaterThan(50);
});

test('of damaged text SQL is never surer than the function', async () => {
  const damaged = fc
    .tuple(plain, fc.nat(), fc.constantFrom('', '"', '{', '}', ',', '\\', '\u0000', '[', ' '))
    .map(([line, at, part]) => {
      const cut = at % (line.length + 1);
      return line.slice(0, cut) + part + line.slice(cut + 1);
    });
  await holds('plain', damaged, 4);
});
