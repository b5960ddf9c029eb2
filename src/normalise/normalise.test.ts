import { expect, test } from 'vitest';
import { loadCatalogue } from './catalogue.ts';
import { recordOf } from './lab.suite.ts';
import { normalise } from './normalise.ts';

const catalogue = loadCatalogue();
const flat = (raw: string | Buffer) => normalise(catalogue, recordOf(raw, 'windows', 'flat'));

function event(raw: string | Buffer) {
  const outcome = flat(raw);
  if (outcome.kind === 'dead') throw new Error(`${outcome.code} ${outcome.message}`);
  return outcome.row;
}

const head = '"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"h"';

test.each([
  ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'normalise.invalid_utf8', ''],
  ['broken JSON', `{${head},"x":`, 'normalise.not_json', 'byte 81'],
  ['the byte, not the character', '{"é":tru}', 'normalise.not_json', 'byte 6'],
  ['a bare NUL byte', `{${head},"x":"a\u0000b"}`, 'normalise.not_json', 'byte 83'],
  ['text behind the object', `{${head}} x`, 'normalise.not_json', 'byte 78'],
  ['nothing', '', 'normalise.not_json', 'byte 0'],
  ['an array', '["EventID"]', 'normalise.not_object', ''],
  ['a number', '7', 'normalise.not_object', ''],
  [
    'too deep nesting',
    `{${head},"x":${'['.repeat(2_000)}${']'.repeat(2_000)}}`,
    'normalise.too_deep',
    'byte 1104',
  ],
  ['no form that fits', '{"EventID":1}', 'normalise.unrecognised', 'Channel'],
  [
    'a required field that is an object',
    '{"EventID":{"v":1},"Channel":"Security"}',
    'normalise.wrong_type',
    'EventID',
  ],
  ['event XML that is broken', '<Event><System>', 'normalise.not_xml', ''],
])('%s is a dead letter with code and path', (_, raw, code, path) => {
  expect(flat(raw)).toMatchObject({ kind: 'dead', code, path });
});

test('a record of an unknown source is a dead letter', () => {
  expect(normalise(catalogue, recordOf('{}', 'nowhere', ''))).toMatchObject({
    code: 'normalise.unrecognised',
  });
});

test('a wrong hint is put right within the source', () => {
  const outcome = normalise(
    catalogue,
    recordOf('{"winlog":{"channel":"Security","event_id":4624}}', 'windows', 'flat'),
  );
  expect(outcome).toMatchObject({
    kind: 'event',
    row: { form: 'winlogbeat', class_uid: 3002n, activity_id: 1n },
  });
});

test('bare event XML is read though the hint says JSON', () => {
  const xml = '<Event><System><EventID>4624</EventID><Channel>Security</Channel></System></Event>';
  expect(flat(xml)).toMatchObject({ kind: 'event', row: { form: 'splunk-xml', class_uid: 3002n } });
});

test('a byte order mark and white space around the record are no fault', () => {
  expect(event(`\ufeff {${head}}\r\n`).device_hostname).toBe('h');
});

test('an escaped NUL stays in the value', () => {
  expect(event(`{${head},"CommandLine":"a\\u0000b"}`).process_cmd_line).toBe('a\u0000b');
});

test('optional values of a wrong type are left out or kept as JSON, the event is stored', () => {
  const row = event(`{${head},"ProcessId":"many","CommandLine":["a",1],"Image":true}`);
  expect(row).toMatchObject({ process_pid: null, process_cmd_line: '["a",1]', process_path: 'true' });
});

test('of equal keys the first counts', () => {
  expect(event(`{${head},"CommandLine":"first","CommandLine":"second"}`).process_cmd_line).toBe('first');
});

test('64-bit integers keep their digits; larger ones are left out of integer columns', () => {
  expect(event(`{${head},"ProcessId":18446744073709551615}`).process_pid).toBe(18446744073709551615n);
  expect(event(`{${head},"ProcessId":"0x3e7"}`).process_pid).toBe(999n);
  const row = event(`{${head},"ProcessId":18446744073709551616,"CommandLine":90071992547409931234567890}`);
  expect(row).toMatchObject({ process_pid: null, process_cmd_line: '90071992547409931234567890' });
});

test.each([
  ['2024-02-29T23:59:59.1234567Z', 1709251199123456n, 'exact'],
  ['2024-02-29 23:59:59', 1709251199000000n, 'zone_assumed'],
  ['2024-02-29T23:59:59+02:00', 1709243999000000n, 'exact'],
  ['1601-01-01T00:00:00Z', null, 'out_of_range'],
  ['9999-12-31T23:59:59Z', null, 'out_of_range'],
  ['2023-02-29T00:00:00Z', null, 'missing'],
  ['yesterday', null, 'missing'],
  ['', null, 'missing'],
])('the time %s is flagged', (written, time, time_quality) => {
  expect(event(`{${head},"TimeCreated":"${written}"}`)).toMatchObject({ time, time_quality });
});

test('the id has the time in front, the version and variant of RFC 9562, and is the same for the same event', () => {
  const line = `{${head},"EventRecordID":5,"TimeCreated":"2024-02-29T23:59:59.1234567Z"}`;
  const { event_id } = event(line);
  expect(event_id.readUIntBE(0, 6)).toBe(1_709_251_199_123);
  expect([event_id[6] ?? 0, event_id[8] ?? 0].map((byte, index) => byte >> (index === 0 ? 4 : 6))).toEqual([
    8, 2,
  ]);
  expect(event(`{"x":1,${line.slice(1)}`).event_id).toEqual(event_id);
  expect(event(line.replace('"h"', '"i"')).event_id).not.toEqual(event_id);
});

test('without a natural key the id depends on place and line', () => {
  const line = `{${head},"TimeCreated":"2024-02-29T23:59:59Z"}`;
  const id = (row: number) => {
    const outcome = normalise(catalogue, recordOf(line, 'windows', 'flat', row));
    return outcome.kind === 'event' ? outcome.row.event_id.toString('hex') : '';
  };
  expect(id(1)).not.toBe(id(2));
  expect(id(1)).toBe(id(6));
});
