/** Records that go wrong in every way we know of, and what has to become of each. */

/** In a file: stored as an event with this time quality, or a dead letter. Over HTTP some are refused by index instead. */
export interface BadRecord {
  readonly name: string;
  readonly bytes: Buffer;
  readonly inFile: 'stored' | 'out_of_range' | 'missing' | { readonly code: string; readonly path: string };
  /** Code of the refusal over HTTP; undefined: the same as in a file. */
  readonly refused?: string;
}

const mebibyte = 1024 * 1024;
export const hugeLineBytes = 50_000_000;

/** A flat Windows logon event as JSON text. */
export function logon(host: string, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    ...{ Channel: 'Security', EventID: 4624, Computer: host, TimeCreated: '2024-05-01T11:00:00.000Z' },
    ...{ EventRecordID: 7, TargetUserName: 'alice', ...more },
  });
}

const from = (text: string) => Buffer.from(text);
/** A field whose value is JSON text that `JSON.stringify` would not write. */
const withText = (name: string, field: string, text: string) =>
  from(logon(name, { [field]: '@@' }).replace('"@@"', text));
const dead = (code: string, path = '') => ({ code: `normalise.${code}`, path });

const notJson: readonly BadRecord[] = (
  [
    ['cut-off', from(logon('cut-off').slice(0, -1))],
    ['word-behind', from(`${logon('word-behind')} x`)],
    ['nul-byte', from(logon('nul-byte').replace('alice', 'al\0ice'))],
    ['plain-text', from('plain-text that no source knows')],
  ] as const
).map(([name, bytes]) => ({ name, bytes, inFile: dead('not_json', 'byte'), refused: 'intake.not_json' }));

const notObject: readonly BadRecord[] = ['42', '"hello"', 'null', 'true'].map((text) => ({
  name: text,
  bytes: from(text),
  inFile: dead('not_object'),
  refused: 'intake.not_an_object',
}));

const tooLarge: readonly BadRecord[] = [
  ['over-1-mib', mebibyte],
  ['fifty-megabytes', hugeLineBytes],
].map(([name, bytes]) => ({
  name: String(name),
  bytes: from(logon(String(name), { Padding: 'a'.repeat(Number(bytes)) })),
  inFile: { code: 'intake.too_large', path: '' },
  refused: 'intake.too_large',
}));

const unmappable: readonly BadRecord[] = [
  {
    name: 'bad-utf8',
    bytes: Buffer.from(logon('bad-utf8').replace('alice', 'al\u00ffice'), 'latin1'),
    inFile: dead('invalid_utf8'),
  },
  {
    name: 'object-id',
    bytes: from(logon('object-id', { EventID: { a: 1 } })),
    inFile: dead('wrong_type', 'EventID'),
  },
  {
    name: 'array-id',
    bytes: from(logon('array-id', { EventID: [4624] })),
    inFile: dead('wrong_type', 'EventID'),
  },
  {
    name: 'too-deep',
    bytes: withText('too-deep', 'X', '['.repeat(2_000) + ']'.repeat(2_000)),
    inFile: dead('too_deep', 'byte'),
  },
];

const oddTimes: readonly BadRecord[] = (
  [
    ['year-1601', '1601-01-01T00:00:00Z', 'out_of_range'],
    ['year-9999', '9999-12-31T23:59:59.9999999Z', 'out_of_range'],
    ['year-0', '0000-00-00T00:00:00Z', 'missing'],
    ['february-30', '2024-02-30T00:00:00Z', 'missing'],
    ['yesterday', 'yesterday', 'missing'],
    ['time-object', { when: 1 }, 'missing'],
    ['time-null', null, 'missing'],
  ] as const
).map(([name, TimeCreated, inFile]) => ({ name, bytes: from(logon(name, { TimeCreated })), inFile }));

const storable: readonly BadRecord[] = (
  [
    ['largest-64-bit', withText('largest-64-bit', 'EventRecordID', '18446744073709551615')],
    ['over-64-bit', withText('over-64-bit', 'EventRecordID', '18446744073709551616')],
    ['smallest-64-bit', withText('smallest-64-bit', 'Keywords', '-9223372036854775808')],
    ['infinite', withText('infinite', 'EventRecordID', '1e400')],
    ['escaped-nul', withText('escaped-nul', 'TargetUserName', '"a\\u0000b"')],
    ['lone-surrogate', withText('lone-surrogate', 'TargetUserName', '"a\\ud800b"')],
    ['deep-enough', withText('deep-enough', 'X', '['.repeat(900) + ']'.repeat(900))],
    ['same-key-twice', from(logon('same-key-twice').replace('{', '{"EventRecordID":8,'))],
    ['empty-key', from(logon('empty-key', { '': 'x' }))],
    ['prototype', withText('prototype', '__proto__', '{"Channel":"x"}')],
    ['wrong-address', from(logon('wrong-address', { IpAddress: '999.1.1.1', IpPort: '-70000' }))],
    [
      'many-keys',
      from(logon('many-keys', Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`k${i}`, i])))),
    ],
    ['nearly-1-mib', from(logon('nearly-1-mib', { Padding: 'a'.repeat(mebibyte - 300) }))],
  ] as const
).map(([name, bytes]) => ({ name, bytes, inFile: 'stored' as const }));

export const badRecords: readonly BadRecord[] = [
  ...[...notJson, ...notObject, ...unmappable, ...oddTimes, ...storable, ...tooLarge],
];

/** Good neighbours before, between and behind the bad ones, one line each. */
export function surrounded(records: readonly BadRecord[], prefix: string): Buffer {
  const lines = records.flatMap(({ bytes }, index) => [from(goodRecord(prefix, index)), bytes]);
  lines.push(from(goodRecord(prefix, records.length)));
  return Buffer.concat(lines.flatMap((line) => [line, from('\n')]));
}

export const goodRecord = (prefix: string, index: number) =>
  logon(`${prefix}-${index}`, { EventRecordID: 1_000 + index });
