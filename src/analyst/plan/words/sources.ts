import type { HuntCondition } from '../../../contracts/index.ts';

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
    phrases: ['kerberos'],
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
} as const satisfies Record<string, { readonly phrases: readonly string[]; readonly where: HuntCondition }>;

export type SourceWordName = keyof typeof sourceWords;
