import type { HuntCondition } from '../../../contracts/index.ts';
import type { EventClassName } from './classes.ts';

export interface SourceWord {
  readonly phrases: readonly string[];
  readonly where: HuntCondition;
  /** What else an event must meet; asked for also where `where` is negated. */
  readonly also?: HuntCondition;
  /** The kind of event that is meant when none is named. */
  readonly events?: EventClassName;
  /** How the words were read, where that is not plain. */
  readonly note?: string;
}

const test = (
  fields: HuntCondition['fields'],
  op: HuntCondition['op'],
  ...values: string[]
): HuntCondition => ({
  fields,
  op,
  values,
  negated: false,
});

/** Addresses that no host on the internet has: RFC 1918, 6598, 3927, 4193, 4291, 5771, loopback, broadcast. */
const ownNetworks = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '255.255.255.255/32',
  '0.0.0.0/8',
  '::/127',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
];

/** Names of products, logs and services as people say them, with the test that finds their events. */
export const sourceWords = {
  windows: {
    phrases: ['windows', 'windows event', 'windows log', 'windows event log', 'winlogbeat', 'evtx'],
    where: test(['source'], 'contains', 'windows'),
  },
  sysmon: {
    phrases: ['sysmon', 'sysmon event', 'sysmon log'],
    where: test(['metadata_log_name', 'metadata_log_provider'], 'contains', 'sysmon'),
  },
  security_log: {
    phrases: [
      'security log',
      'security event log',
      'windows security',
      'security channel',
      'windows security log',
    ],
    where: test(['metadata_log_name'], 'equals', 'Security'),
  },
  system_log: {
    phrases: ['system log', 'system event log', 'system channel'],
    where: test(['metadata_log_name'], 'equals', 'System'),
  },
  powershell_log: {
    phrases: ['powershell log', 'powershell event', 'powershell operational', 'powershell channel'],
    where: test(['metadata_log_name'], 'contains', 'powershell'),
  },
  defender: {
    phrases: ['defender', 'windows defender', 'microsoft defender', 'defender log', 'defender event'],
    where: test(['metadata_log_name', 'metadata_log_provider'], 'contains', 'defender'),
  },
  cloudtrail: {
    phrases: [
      'cloudtrail',
      'cloud trail',
      'aws',
      'aws event',
      'cloudtrail event',
      'cloudtrail log',
      'aws log',
    ],
    where: test(['source'], 'contains', 'cloudtrail', 'aws'),
  },
  zeek: {
    phrases: ['zeek', 'bro', 'zeek log', 'zeek event', 'network sensor', 'sensor'],
    where: test(['source'], 'contains', 'zeek'),
  },
  okta: {
    phrases: ['okta', 'okta log', 'okta event', 'okta system log'],
    where: test(['source'], 'equals', 'okta'),
  },
  entra: {
    phrases: ['entra', 'entra id', 'azure ad', 'azure active directory', 'entra log', 'entra event'],
    where: test(['source'], 'starts', 'entra'),
  },
  entra_audit: {
    phrases: ['entra audit', 'entra audit log', 'entra id audit', 'azure ad audit', 'directory audit'],
    where: test(['source'], 'equals', 'entra-audit'),
  },
  azure: {
    phrases: ['azure', 'azure activity', 'azure activity log', 'azure monitor', 'azure log', 'azure event'],
    where: test(['source'], 'equals', 'azure-activity'),
  },
  m365: {
    phrases: [
      'm365',
      'o365',
      'microsoft 365',
      'office 365',
      'unified audit log',
      'microsoft 365 event',
      'office 365 event',
    ],
    where: test(['source'], 'equals', 'm365-audit'),
  },
  exchange: {
    phrases: ['exchange online', 'exchange event'],
    where: test(['api_service'], 'equals', 'Exchange'),
  },
  sharepoint: { phrases: ['sharepoint'], where: test(['api_service'], 'equals', 'SharePoint') },
  onedrive: { phrases: ['onedrive'], where: test(['api_service'], 'equals', 'OneDrive') },
  github: {
    phrases: ['github', 'github audit', 'github audit log', 'github event', 'github log'],
    where: test(['source'], 'starts', 'github'),
  },
  google_workspace: {
    phrases: ['google workspace', 'gsuite', 'g suite', 'workspace audit', 'google workspace event'],
    where: test(['source'], 'equals', 'google-workspace'),
  },
  gcp: {
    phrases: ['gcp', 'google cloud', 'gcp audit', 'gcp audit log', 'gcp event', 'google cloud audit log'],
    where: test(['source'], 'equals', 'gcp-audit'),
  },
  slack: {
    phrases: ['slack', 'slack audit', 'slack audit log', 'slack event'],
    where: test(['source'], 'equals', 'slack-audit'),
  },
  auth0: { phrases: ['auth0', 'auth0 log', 'auth0 event'], where: test(['source'], 'equals', 'auth0') },
  duo: { phrases: ['duo', 'duo log', 'duo event'], where: test(['source'], 'equals', 'duo') },
  onelogin: {
    phrases: ['onelogin', 'one login', 'onelogin event'],
    where: test(['source'], 'equals', 'onelogin'),
  },
  suricata: {
    phrases: ['suricata', 'suricata event', 'suricata log', 'eve', 'eve log', 'eve.json'],
    where: test(['source'], 'contains', 'suricata'),
  },
  guardduty: {
    phrases: ['guardduty', 'guard duty', 'aws guardduty', 'amazon guardduty', 'guardduty log'],
    where: test(['source'], 'contains', 'guardduty'),
  },
  kubernetes: {
    phrases: [
      'kubernetes',
      'k8s',
      'kubernetes audit',
      'kubernetes event',
      'kubernetes log',
      'kubernetes audit log',
      'kubernetes api',
      'cluster audit log',
    ],
    where: test(['source'], 'contains', 'kubernetes'),
  },
  linux: {
    phrases: ['linux', 'linux event', 'linux log'],
    where: test(['source'], 'equals', 'auditd', 'journald', 'syslog', 'osquery'),
  },
  auditd: {
    phrases: ['auditd', 'linux audit', 'linux audit log', 'auditd event', 'auditd log'],
    where: test(['source'], 'equals', 'auditd'),
  },
  journald: {
    phrases: ['journald', 'journal', 'systemd journal', 'journald event', 'journald log'],
    where: test(['source'], 'equals', 'journald'),
  },
  syslog: {
    phrases: ['syslog', 'syslog event', 'syslog message'],
    where: test(['source'], 'equals', 'syslog'),
  },
  osquery: {
    phrases: ['osquery', 'osquery result', 'osquery event', 'osquery log'],
    where: test(['source'], 'equals', 'osquery'),
  },
  vpc_flow: {
    phrases: ['vpc flow', 'vpc flow log', 'flow log', 'vpc flow event'],
    where: test(['source'], 'equals', 'vpc-flow'),
  },
  sudo: {
    phrases: ['sudo', 'sudo command'],
    where: test(['metadata_event_code'], 'equals', 'sudo_command', 'sudo_refused', 'USER_CMD'),
  },
  sshd: {
    phrases: ['sshd', 'ssh logon', 'ssh login'],
    where: test(['actor_process_name'], 'starts', 'sshd'),
  },
  s3: { phrases: ['s3', 'amazon s3'], where: test(['api_service'], 'starts', 's3') },
  iam: { phrases: ['iam'], where: test(['api_service'], 'starts', 'iam') },
  ec2: { phrases: ['ec2'], where: test(['api_service'], 'starts', 'ec2') },
  sts: { phrases: ['sts'], where: test(['api_service'], 'starts', 'sts') },
  kms: { phrases: ['kms'], where: test(['api_service'], 'starts', 'kms') },
  lambda: { phrases: ['lambda'], where: test(['api_service'], 'starts', 'lambda') },
  secrets_manager: {
    phrases: ['secretsmanager', 'secrets manager', 'secret manager'],
    where: test(['api_service'], 'starts', 'secretsmanager'),
  },
  kerberos: {
    phrases: ['kerberos', 'kerberos ticket', 'kerberos service ticket'],
    where: test(['auth_protocol', 'app_protocol'], 'contains', 'kerberos', 'krb'),
  },
  ntlm: { phrases: ['ntlm'], where: test(['auth_protocol', 'app_protocol'], 'contains', 'ntlm') },
  tls: {
    phrases: ['tls', 'ssl', 'https'],
    where: test(['app_protocol', 'metadata_log_name'], 'contains', 'ssl', 'tls', 'https'),
  },
  tcp: { phrases: ['tcp'], where: test(['protocol_name'], 'equals', 'tcp', '6') },
  udp: { phrases: ['udp'], where: test(['protocol_name'], 'equals', 'udp', '17') },
  icmp: { phrases: ['icmp', 'ping'], where: test(['protocol_name'], 'equals', 'icmp', '1') },
  encoded: {
    phrases: ['encoded command', 'base64 command', 'encoded command line', 'base64 encoded', 'encoded'],
    where: test(
      ['process_cmd_line', 'script_content'],
      'contains',
      ' -e ',
      ' -en',
      ' -ec ',
      'frombase64string',
    ),
  },
  remote_logon: {
    phrases: ['remote logon', 'remote login', 'rdp logon', 'rdp login', 'remote interactive'],
    where: test(['logon_type_id'], 'equals', '10'),
  },
  network_logon: {
    phrases: ['network logon', 'network login'],
    where: test(['logon_type_id'], 'equals', '3'),
  },
  nxdomain: {
    phrases: ['nxdomain', 'nx domain', 'failed lookup'],
    where: test(['rcode'], 'equals', 'NXDOMAIN', '3'),
  },
  run_key: {
    phrases: ['run key', 'registry run key', 'autorun', 'autorun key', 'runonce', 'runonce key'],
    // `Run`, `RunOnce`, `RunServices`; not `RunTime` elsewhere.
    where: test(['reg_key_path'], 'contains', '\\CurrentVersion\\Run', '\\Explorer\\Run'),
    events: 'registry',
  },
  weird_log: {
    phrases: ['weird log', 'weird.log', 'zeek weird'],
    where: test(['metadata_log_name'], 'equals', 'weird'),
  },
  internet: {
    phrases: ['internet', 'public internet', 'public address', 'public ip', 'outside world'],
    where: { ...test(['dst_ip'], 'cidr', ...ownNetworks), negated: true },
    also: { fields: ['dst_ip'], op: 'present', values: [], negated: false },
    note: "read 'internet' as destination addresses that are not private, loopback, link-local or multicast",
  },
} as const satisfies Record<string, SourceWord>;

export type SourceWordName = keyof typeof sourceWords;
