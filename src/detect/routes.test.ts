import { expect, test } from 'vitest';
import {
  compileRule,
  createDetector,
  entityOf,
  isSelected,
  type RoutedEvent,
  routesOf,
  selectorSql,
} from './index.ts';
import { event, oneRule, record, ruleText } from './testing.suite.ts';

const about = (logsource: Readonly<Record<string, string>>, search: unknown = { f: 'a' }) =>
  oneRule(ruleText({ s: search, condition: 's' }, { logsource }));

const windows = (log: string, code: string): RoutedEvent => {
  return { source: 'windows', metadata_log_name: log, metadata_event_code: code, class_uid: 1007n };
};
const sysmon = 'Microsoft-Windows-Sysmon/Operational';

test('process creation is Sysmon 1 and Security 4688, under the same names', () => {
  const rule = about(
    { product: 'windows', category: 'process_creation' },
    {
      'Image|endswith': '\\a.exe',
      'ParentImage|endswith': '\\b.exe',
      LogonId: '0x3e7',
      ProcessId: '0x10',
      ParentProcessId: '0x20',
    },
  );
  const { detect, concerns } = createDetector([rule]);
  const sysmonEvent = {
    Image: 'C:\\A.exe',
    ParentImage: 'C:\\b.exe',
    LogonId: '0x3E7',
    ProcessId: '0x10',
    ParentProcessId: '0x20',
  };
  const audited = {
    NewProcessName: 'C:\\A.exe',
    ParentProcessName: 'C:\\b.exe',
    SubjectLogonId: '0x3e7',
    NewProcessId: '0x10',
    ProcessId: '0x20',
  };
  expect(detect(windows(sysmon, '1'), record(sysmonEvent))).toHaveLength(1);
  expect(detect(windows('Security', '4688'), record(audited))).toMatchObject([
    {
      matched: [
        { field: 'Image', value: 'C:\\A.exe' },
        {},
        {},
        {},
        { field: 'ParentProcessId', value: '0x20' },
      ],
    },
  ]);
  expect(concerns(windows('Security', '4689'))).toBe(false);
  expect(detect(windows(sysmon, '5'), record(sysmonEvent))).toEqual([]);
  expect(detect({ ...windows(sysmon, '1'), source: 'json' }, record(sysmonEvent))).toEqual([]);
});

test('a log source goes where its entry says, whatever the case of the log', () => {
  const goes = (logsource: Readonly<Record<string, string>>, to: RoutedEvent) =>
    routesOf(about(logsource).logsource).some(({ where }) => isSelected(where, to));
  const from = (source: string, log = '', classUid = 0): RoutedEvent => {
    return { source, metadata_log_name: log, metadata_event_code: '', class_uid: classUid };
  };
  expect(
    goes({ product: 'windows', category: 'ps_script' }, windows('PowerShellCore/Operational', '4104')),
  ).toBe(true);
  expect(
    goes(
      { product: 'windows', service: 'windefend' },
      windows('Microsoft-Windows-Windows Defender/Operational', '5001'),
    ),
  ).toBe(true);
  expect(goes({ product: 'windows', service: 'system' }, windows('Security', '7045'))).toBe(false);
  expect(goes({ product: 'windows' }, windows('Any', '1'))).toBe(true);
  expect(
    goes({ product: 'windows', category: 'registry_set', service: 'sysmon' }, windows(sysmon, '13')),
  ).toBe(false);
  expect(goes({ product: 'aws', service: 'cloudtrail' }, from('aws-cloudtrail'))).toBe(true);
  expect(goes({ product: 'zeek', service: 'dns' }, from('zeek', 'dns', 4003))).toBe(true);
  expect(goes({ product: 'zeek', service: 'dns' }, from('zeek', 'http', 4002))).toBe(false);
  expect(goes({ category: 'webserver' }, from('suricata', 'http', 4002))).toBe(true);
  expect(goes({ category: 'process_creation' }, windows(sysmon, '1'))).toBe(true);
  expect(goes({ category: 'process_creation' }, from('auditd', 'audit', 1007))).toBe(true);
  expect(goes({ product: 'linux', service: 'sshd' }, from('syslog'))).toBe(true);
  expect(goes({ product: 'okta', service: 'okta' }, from('okta'))).toBe(true);
});

test("a field of the event's data does not stand in for the system's of the same name", () => {
  const { detect } = createDetector([
    about({ product: 'windows', service: 'security' }, { Channel: 'Security' }),
  ]);
  expect(
    detect(windows('Security', '1102'), record({ channel: 'Security', Channel: 'System' })),
  ).toHaveLength(1);
  expect(detect(windows('Security', '1102'), record({ channel: 'System', Channel: 'Security' }))).toEqual([]);
});

test('a rule that no source can match is told', () => {
  const { rules, diagnostics } = createDetector([
    about({ product: 'cisco', service: 'aaa' }),
    about({ product: 'windows', service: 'nothing' }),
  ]);
  expect(rules).toEqual([]);
  expect(diagnostics).toMatchObject([
    {
      code: 'detect.unroutable',
      severity: 'warning',
      message: expect.stringContaining('product cisco, service aaa'),
    },
    { code: 'detect.unroutable', line: 5, column: 3 },
  ]);
});

test('a field that is known by another name here is found under it', () => {
  const { detect } = createDetector([
    about({ product: 'windows', service: 'security' }, { EventID: 1102, Computer: 'x' }),
  ]);
  expect(detect(windows('Security', '1102'), record({ event_id: '1102', computer: 'X' }))).toMatchObject([
    {
      matched: [
        { field: 'EventID', value: '1102' },
        { field: 'Computer', value: 'X' },
      ],
    },
  ]);
});

test('each rule hits an event once, and hits come with what matched', () => {
  const both = about({ category: 'process_creation' }, [{ f: 'a' }, { 'f|contains': 'A' }]);
  const { detect, where } = createDetector([both, both]);
  expect(detect(windows(sysmon, '1'), record({ f: 'a' }))).toEqual([
    { rule: both, matched: [{ field: 'f', value: 'a' }] },
  ]);
  expect(isSelected(where, windows(sysmon, '1'))).toBe(true);
  expect(isSelected(where, windows(sysmon, '3'))).toBe(false);
  expect(compileRule(both).match(event({ f: 'b' }))).toBeUndefined();
});

test('an alert is about the host, the user or the address, by the log source, else about what there is', () => {
  const entity = (
    logsource: Readonly<Record<string, string>>,
    attributes: Readonly<Record<string, string>>,
  ) => entityOf(about(logsource), { source: 'src', attributes });
  const everything = {
    device_hostname: 'PC1',
    actor_user_name: 'Ann',
    src_ip: '10.0.0.1',
    resource_uid: 'arn:x',
  };
  expect(entity({ product: 'windows' }, everything)).toEqual({ kind: 'host', value: 'pc1' });
  expect(entity({ product: 'aws', service: 'cloudtrail' }, everything)).toEqual({
    kind: 'user',
    value: 'ann',
  });
  expect(entity({ category: 'dns' }, everything)).toEqual({ kind: 'address', value: '10.0.0.1' });
  expect(entity({ product: 'okta', service: 'okta' }, { src_ip: '10.0.0.1' })).toEqual({
    kind: 'address',
    value: '10.0.0.1',
  });
  expect(entity({ category: 'dns' }, { resource_uid: 'ARN:x' })).toEqual({
    kind: 'resource',
    value: 'arn:x',
  });
  expect(entity({ category: 'dns' }, {})).toEqual({ kind: 'source', value: 'src' });
});

test('a selector as SQL names columns and quoted texts only', () => {
  const [route] = routesOf(about({ product: 'windows', category: 'ps_module' }).logsource);
  expect(route && selectorSql(route.where)).toBe(
    "(`source` IN ('windows') AND lower(`metadata_log_name`) IN ('microsoft-windows-powershell/operational', 'powershellcore/operational') AND `metadata_event_code` IN ('4103'))",
  );
  expect(selectorSql({ kind: 'text', column: 'source', values: ["o'x\\"] })).toBe(
    "`source` IN ('o\\'x\\\\')",
  );
  expect(selectorSql({ kind: 'any', of: [] })).toBe('0');
  expect(selectorSql({ kind: 'number', column: 'class_uid', values: [1007] })).toBe(
    'ifNull(`class_uid`, 0) IN (1007)',
  );
});

test('events whose code none of the rules names are not read', () => {
  const security = { product: 'windows', service: 'security' };
  const either = about(security, [{ EventID: [4625, 4771] }, { EventID: 1102, f: 'a' }]);
  const { where, concerns } = createDetector([
    either,
    about(security, { 'EventID|startswith': '47', EventID: 4740 }),
  ]);
  const selects = (code: string) => isSelected(where, windows('Security', code));
  expect(['4625', '4771', '1102', '4740'].map(selects)).toEqual([true, true, true, true]);
  expect(selects('4624')).toBe(false);
  expect(concerns(windows('Security', '4624'))).toBe(false);
  for (const open of [
    { f: 'a' },
    { 'EventID|neq': 4624 },
    { 'EventID|gte': 4600 },
    { EventID: '46*' },
    [{ EventID: 1 }, { f: 'a' }],
  ])
    expect(createDetector([about(security, open), either]).concerns(windows('Security', '4624'))).toBe(true);
  const negated = oneRule(
    ruleText({ s: { f: 'a' }, left: { EventID: 1 }, condition: 's and not left' }, { logsource: security }),
  );
  expect(createDetector([negated]).concerns(windows('Security', '4624'))).toBe(true);
});
