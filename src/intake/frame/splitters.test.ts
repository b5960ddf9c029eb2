import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keptOfTooLarge, maxRecordBytes } from '../../contracts/index.ts';
import { chooseFraming, createSplitter, type Framing } from './framing.ts';

type Found = string | { code: string; kept: string; bytes: number } | { brokenOff: string };

/** What a splitter makes of the input when it comes in chunks that end at the given places. */
function split(framing: Framing, input: Buffer | string, cuts: readonly number[] = []): Found[] {
  const bytes = Buffer.from(input);
  const found: Found[] = [];
  const splitter = createSplitter(framing, {
    record: (record) => found.push(record.toString('latin1')),
    faulty: (kept, fault) =>
      found.push({ code: fault.code, kept: kept.toString('latin1'), bytes: fault.bytes }),
    brokenOff: (code) => found.push({ brokenOff: code }),
  });
  let start = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    // A copy, so that a splitter that holds on to a chunk is found out.
    const chunk = Buffer.from(bytes.subarray(start, cut));
    splitter.write(chunk);
    chunk.fill(0);
    start = Math.max(start, cut);
  }
  splitter.write(bytes.subarray(start));
  splitter.end();
  return found;
}

function expectSameAtEveryCut(framing: Framing, input: string): void {
  const bytes = Buffer.from(input);
  const whole = split(framing, bytes);
  for (let cut = 0; cut <= bytes.length; cut++) expect(split(framing, bytes, [cut])).toEqual(whole);
  const everyByte = Array.from(bytes.keys());
  expect(split(framing, bytes, everyByte)).toEqual(whole);
}

const awkward = [
  '{"a":1}\n{"b":"x\\"}{"}\r\n\n  \n{"c":[1,{"d":null}]}',
  '[{"a":1},\n {"b":"]"}, 3, "x", [1,[2]], null]',
  '{\n  "a": {\n    "b": "\\\\"\n  }\n}\n{ "c": 2 }\n[1]',
  '{"Records":[{"a":1},{"b":[{}]}],"next":{"x":"]"}}{"records" : [ ]}\n{"Records":["a"]}',
  '[{"a":1},{"b":]',
  '[{"a":1},',
  '{"a":"x\n{"b":1}\n{"c":2}',
  '{"a":[}\nrest\n{"b":1}',
  ']\nabc {"x":1}\n{"y":1},{"z":2}',
  '<?xml version="1.0"?>\n<Events>\n<Event xmlns="x"><EventData>a</EventData></Event><Event><A/></Event>\nstray\n</Events>',
  '<Event>\r\n<System/></Event>\r\n<Eventful>x</Eventful><Event>no end',
];

describe('splitters', () => {
  it.each(['lines', 'json', 'xml'] as const)('cuts %s alike at every byte boundary', (framing) => {
    for (const input of awkward) expectSameAtEveryCut(framing, input);
  });

  it('finds any JSON values again, however they are laid out and chunked', () => {
    const layout = fc.constantFrom('lines', 'concatenated', 'array', 'pretty-array', 'wrapper');
    // JSON has no -0: what is looked for is what JSON can hold.
    const values = fc
      .array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 8 })
      .map((objects) => JSON.parse(JSON.stringify(objects)) as typeof objects);
    fc.assert(
      fc.property(values, layout, fc.array(fc.nat(400), { maxLength: 6 }), (objects, how, cuts) => {
        const texts = objects.map((object) => JSON.stringify(object, null, how === 'concatenated' ? 2 : 0));
        const input = lay(texts, how);
        const end = Buffer.byteLength(input);
        const found = split(
          'json',
          input,
          cuts.filter((cut) => cut <= end),
        );
        const expected = how === 'pretty-array' ? objects : texts.map((text) => JSON.parse(text));
        expect(found.map((record) => JSON.parse(Buffer.from(String(record), 'latin1').toString()))).toEqual(
          expected,
        );
      }),
    );
  });

  it('cuts any bytes alike however they are chunked', () => {
    const bytes = fc.stringMatching(/^[{}[\]",:\\\n ARcdeor1<>/Evnt]{0,60}$/);
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(60), { maxLength: 5 }), (input, cuts) => {
        const within = cuts.filter((cut) => cut <= input.length);
        for (const framing of ['lines', 'json', 'xml'] as const) {
          expect(split(framing, input, within)).toEqual(split(framing, input));
        }
      }),
      { numRuns: 500 },
    );
  });
});

function lay(texts: readonly string[], how: string): string {
  switch (how) {
    case 'lines':
      return texts.join('\n');
    case 'concatenated':
      return texts.join('');
    case 'array':
      return `[${texts.join(',')}]`;
    case 'pretty-array':
      return JSON.stringify(
        texts.map((text) => JSON.parse(text)),
        null,
        1,
      );
    default:
      return `{ "Records" : [${texts.join(' ,\n')}], "more": [1] }`;
  }
}

describe('lines', () => {
  it('skips blank lines, trims carriage returns and reads a last line without its end', () => {
    expect(split('lines', '{"a":1}\r\n\n \t \r\n{"b":2}')).toEqual(['{"a":1}', '{"b":2}']);
    expect(split('lines', '\n\n\r\n')).toEqual([]);
    expect(split('lines', '')).toEqual([]);
  });

  it('frames what is not JSON, with NUL bytes and invalid UTF-8 as they are', () => {
    const line = Buffer.from([0x7b, 0, 0xff, 0xfe, 0x7d]);
    expect(split('lines', Buffer.concat([line, Buffer.from('\noops\n')]))).toEqual([
      line.toString('latin1'),
      'oops',
    ]);
  });

  it('splits a line that holds an array or a wrapper', () => {
    expect(split('lines', '{"x":1}\n[{"a":1},{"b":2}]\n{"Records":[{"c":3}]}\n')).toEqual([
      '{"x":1}',
      '{"a":1}',
      '{"b":2}',
      '{"c":3}',
    ]);
  });

  it('keeps the start and the hash of a record over 1 MiB, and all around it', () => {
    const long = 'x'.repeat(maxRecordBytes + 1);
    const input = `{"a":1}\n${long}\n{"b":2}\n`;
    const [before, fault, after] = split('lines', input);
    expect([before, after]).toEqual(['{"a":1}', '{"b":2}']);
    expect(fault).toEqual({
      code: 'intake.too_large',
      kept: long.slice(0, keptOfTooLarge),
      bytes: long.length,
    });
    expect(split('lines', input, [70, 70_000, 1_000_000])).toEqual([before, fault, after]);
  });

  it('takes a record of exactly 1 MiB, with and without a carriage return', () => {
    const long = 'x'.repeat(maxRecordBytes);
    for (const end of ['', '\n', '\r\n']) {
      expect(split('lines', long + end, [5])).toEqual([long]);
      expect(split('lines', long + end)).toEqual([long]);
    }
  });
});

describe('JSON values', () => {
  it('gives each value its exact bytes', () => {
    expect(split('json', '{ "a" : 1.50 }\n{"n":18446744073709551616}')).toEqual([
      '{ "a" : 1.50 }',
      '{"n":18446744073709551616}',
    ]);
  });

  it('splits one level: an array within an array is one record', () => {
    expect(split('json', '[[{"a":1},{"b":2}],{"c":3}]')).toEqual(['[{"a":1},{"b":2}]', '{"c":3}']);
  });

  it('keeps an object whole whose first key only looks like a wrapper', () => {
    const texts = [
      '{"Records":["a"]}',
      '{"a":1,"Records":[{"b":1}]}',
      '{"Recordsx":[{}]}',
      '{"Records":{"a":[]}}',
    ];
    expect(split('json', texts.join('\n'))).toEqual(texts);
  });

  it('makes one faulty record of what follows a break in an array', () => {
    expect(split('json', '[{"a":1},{"b":[}, {"c":3}]')).toEqual([
      '{"a":1}',
      { code: 'intake.broken_array', kept: '{"b":[}, {"c":3}]', bytes: 17 },
    ]);
    expect(split('json', '{"Records":[{"a":1},{"b":"x')).toEqual([
      '{"a":1}',
      { code: 'intake.broken_array', kept: '{"b":"x', bytes: 7 },
    ]);
    expect(split('json', '[{"a":1},')).toEqual(['{"a":1}', { brokenOff: 'intake.broken_array' }]);
  });

  it('finds its feet again at the next line that opens with a bracket', () => {
    expect(split('json', '{"a":"x\n{"b":1}\n{\n"c":2}')).toEqual([
      { code: 'intake.broken_json', kept: '{"a":"x\n', bytes: 8 },
      '{"b":1}',
      '{\n"c":2}',
    ]);
  });

  it('follows any depth of brackets', () => {
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
    expect(split('json', `[${deep},{"a":1}]`)).toEqual([deep, '{"a":1}']);
  });
});

describe('XML events', () => {
  it('cuts events out of a wrapper, over many lines, and keeps stray text', () => {
    const events = ['<Event xmlns="x">\n <EventData/>\n</Event>', '<Event><EventID>1</EventID></Event>'];
    expect(split('xml', `<?xml version="1.0"?><Events>${events.join('')}</Events>`)).toEqual(events);
    expect(split('xml', `${events[1]}\nlost line\n${events[1]}`)).toEqual([
      events[1],
      'lost line',
      events[1],
    ]);
  });

  it('makes a faulty record of an event without an end', () => {
    expect(split('xml', '<Event><System>')).toEqual([
      { code: 'intake.broken_xml', kept: '<Event><System>', bytes: 15 },
    ]);
  });
});

describe('the choice of framing', () => {
  it.each([
    ['one object a line', '{"a":1}\n{"b":2}\n', 'lines'],
    ['one object a line, the first broken', '{"a":1,\n{"b":2}\n{"c":3}\n', 'lines'],
    ['one object a line, the first cut in a string', '{"a":"1\n{"b":2}\n', 'lines'],
    ['text before the first object', 'header\n{"b":2}\n', 'lines'],
    ['a pretty-printed object', '{\n  "a": [\n{}\n]\n}\n', 'json'],
    ['objects behind each other', '{"a":1}{"b":2}', 'json'],
    ['an object and text', '{"a":1} x', 'lines'],
    ['an array', ' \n[{"a":1}]', 'json'],
    ['a wrapper on one line', '{"Records":[{"a":1}]}', 'json'],
    ['events as XML', '\n<Event xmlns="x"></Event>', 'xml'],
    ['other XML', '<html></html>', undefined],
    ['prose', 'Dear reader,\nnothing here\n', undefined],
    ['nothing', '', undefined],
    ['binary', '\u0000\u0001\u0002', undefined],
  ])('of %s', (_name, input, expected) => {
    expect(chooseFraming(Buffer.from(input), true)).toBe(expected);
  });
});
