import { expect, test } from 'vitest';
import { loadCatalogue, nativeFields } from './index.ts';

const catalogue = loadCatalogue();

function read(source: string, raw: unknown) {
  const text = typeof raw === 'string' ? raw : JSON.stringify(raw);
  const form = catalogue.recogniseText(text, source)?.form ?? '';
  const fields = nativeFields(catalogue, { source, form, raw: Buffer.from(text) });
  if (fields === undefined) throw new Error(`nothing was read as ${source} ${form}`);
  return fields;
}

test('any field of a nested record is found by its dots, also within arrays', () => {
  const { get } = bound(
    read('aws-cloudtrail', {
      eventVersion: '1.08',
      eventName: 'RunInstances',
      eventSource: 'ec2.amazonaws.com',
      awsRegion: 'x',
      userIdentity: { type: 'Root', 'odd.key': { deep: 1 } },
      requestParameters: { items: [{ id: 'i-1' }, { id: 'i-2', tags: ['a'] }], none: null },
    }),
  );
  expect(get('userIdentity.type')).toBe('Root');
  expect(get('userIdentity.odd.key.deep')).toBe(1);
  expect(get('requestParameters.items.id')).toEqual(['i-1', 'i-2']);
  expect(get('requestParameters.items.tags')).toEqual([['a']]);
  expect(get('requestParameters.none')).toBeNull();
  expect(get('requestParameters.more')).toBeUndefined();
  expect(get('constructor')).toBeUndefined();
  expect(get('userIdentity.__proto__')).toBeUndefined();
});

test('a field is found where the form keeps it, in every shape of a Windows event', () => {
  const flat = {
    EventID: 1,
    Channel: 'Security',
    Computer: 'pc',
    Image: 'a.exe',
    'Threat Name': 'X',
    Data: ['a', 'b'],
  };
  const beats = {
    '@timestamp': '2024-05-01T00:00:00Z',
    winlog: {
      channel: 'Security',
      event_id: 1,
      computer_name: 'pc',
      event_data: { Image: 'a.exe', 'Threat Name': 'X', Data: ['a', 'b'] },
    },
  };
  const xml =
    '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><EventID>1</EventID><Channel>Security</Channel><Computer>pc</Computer></System>' +
    '<EventData><Data Name="Image">a.exe</Data><Data Name="Threat Name">X</Data><Data>a</Data><Data>b</Data></EventData></Event>';
  for (const raw of [flat, beats, xml, { _raw: xml }]) {
    const { get, values } = bound(read('windows', raw));
    expect(get('Image')).toBe('a.exe');
    expect(get('Threat Name')).toBe('X');
    expect(get('ThreatName')).toBe('X');
    expect(get('Data')).toEqual(['a', 'b']);
    expect(String(get('event_id'))).toBe('1');
    expect(get('computer')).toBe('pc');
    expect([...values()]).toEqual(expect.arrayContaining(['a.exe', 'X', 'a', 'b', 'Security']));
  }
});

test('long integers keep their digits, and equal keys the last value, with and without them', () => {
  const record =
    '{"ts":1,"uid":"C","id.orig_h":"10.0.0.1","_path":"conn","n":12345678901234567890,"m":-9007199254740993,"f":1.5,"a":1,"a":[true,null]}';
  const { get, values } = bound(read('zeek', record));
  expect(get('n')).toBe(12345678901234567890n);
  expect(get('m')).toBe(-9007199254740993n);
  expect(get('f')).toBe(1.5);
  expect(get('a')).toEqual([true, null]);
  expect(get('id.orig_h')).toBe('10.0.0.1');
  expect([...values()]).toContain('12345678901234567890');
});

test('the joined lines of an audit event give each field by its name and by its record', () => {
  const lines = [
    'type=SYSCALL msg=audit(1490995752.404:17): arch=c000003e syscall=59 success=yes a0=55d0c8 ppid=1 pid=2 exe="/usr/bin/nc"',
    'type=EXECVE msg=audit(1490995752.404:17): argc=3 a0="nc" a1="-l" a2="4444"',
  ];
  const { get } = bound(read('auditd', lines.join('\n')));
  expect(get('type')).toEqual(['SYSCALL', 'EXECVE']);
  expect(get('a1')).toBe('-l');
  expect(get('a0')).toEqual(['55d0c8', 'nc']);
  expect(get('SYSCALL/exe')).toBe('/usr/bin/nc');
  expect(get('audit/command')).toBe('nc -l 4444');
});

test('a record that is none of its form gives nothing', () => {
  for (const raw of ['not json', '[1]', '1', '', '{"a":12345678901234567890']) {
    expect(nativeFields(catalogue, { source: 'zeek', form: 'flat', raw })).toBeUndefined();
  }
  expect(nativeFields(catalogue, { source: 'nobody', form: 'flat', raw: '{}' })).toBeUndefined();
});

function bound(fields: ReturnType<typeof read>) {
  return { get: (name: string) => fields.get(name), values: () => fields.values() };
}
