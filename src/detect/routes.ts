import type { LogSource } from './ast.ts';
import type { FieldAliases } from './interpret.ts';
import * as fields from './route-fields.ts';
import { all, any, number, type Selector, text } from './selector.ts';

/** Where events of a log source are, and how their fields are named there. */
export interface Route {
  readonly where: Selector;
  readonly fields: FieldAliases;
  /** The field whose text is the column `metadata_event_code` of these events, where there is one. */
  readonly code?: string;
}

interface Entry {
  readonly product?: string;
  readonly category?: string;
  readonly service?: string;
  readonly routes: readonly Route[];
}

const route = (where: Selector, names: FieldAliases = fields.noAliases): Route => ({ where, fields: names });
const windowsRoute = (where: Selector, names: FieldAliases = fields.windowsFields): Route => {
  return { where, fields: names, code: 'EventID' };
};
const from = (...sources: readonly string[]) => text('source', ...sources);

/** OCSF classes. */
const ocsf = {
  file: number('class_uid', 1001),
  process: number('class_uid', 1007),
  connection: number('class_uid', 4001),
  http: number('class_uid', 4002),
  dns: number('class_uid', 4003),
} as const;

const sysmonLog = 'microsoft-windows-sysmon/operational';
const linuxSysmonLog = 'linux-sysmon/operational';
const powershellLogs = ['microsoft-windows-powershell/operational', 'powershellcore/operational'];
const defenderLog = 'microsoft-windows-windows defender/operational';

const channel = (logs: readonly string[], codes: readonly number[] = []): Selector => {
  const log = [from('windows'), text('metadata_log_name', ...logs)];
  return all(...log, ...(codes.length === 0 ? [] : [text('metadata_event_code', ...codes.map(String))]));
};

/** Event ids of Sysmon by category (Sigma taxonomy appendix 2.1, "Windows Folder"). */
const sysmonCategories: Readonly<Record<string, readonly number[]>> = {
  file_change: [2],
  network_connection: [3],
  sysmon_status: [4, 16],
  process_termination: [5],
  driver_load: [6],
  image_load: [7],
  create_remote_thread: [8],
  raw_access_thread: [9],
  raw_access_read: [9],
  process_access: [10],
  file_event: [11],
  registry_event: [12, 13, 14],
  registry_add: [12],
  registry_delete: [12],
  registry_set: [13],
  registry_rename: [14],
  create_stream_hash: [15],
  pipe_created: [17, 18],
  wmi_event: [19, 20, 21],
  dns_query: [22],
  file_delete: [23, 26],
  clipboard_capture: [24],
  clipboard_change: [24],
  process_tampering: [25],
  file_delete_detected: [26],
  file_block_executable: [27],
  file_block_shredding: [28],
  file_executable_detected: [29],
  sysmon_error: [255],
};

const powershellCategories: Readonly<Record<string, readonly [logs: readonly string[], code: number]>> = {
  ps_module: [powershellLogs, 4103],
  ps_script: [powershellLogs, 4104],
  ps_classic_start: [['windows powershell'], 400],
  ps_classic_provider_start: [['windows powershell'], 600],
  ps_classic_script: [['windows powershell'], 800],
};

/** Logs by service, in lower case (the same appendix, and the log source guides of SigmaHQ). */
const windowsServices: Readonly<Record<string, readonly string[]>> = {
  security: ['security'],
  system: ['system'],
  application: ['application'],
  sysmon: [sysmonLog],
  powershell: powershellLogs,
  'powershell-classic': ['windows powershell'],
  windefend: [defenderLog],
  taskscheduler: ['microsoft-windows-taskscheduler/operational'],
  wmi: ['microsoft-windows-wmi-activity/operational'],
  'bits-client': ['microsoft-windows-bits-client/operational'],
  'dns-client': [
    'microsoft-windows-dns client events/operational',
    'microsoft-windows-dns-client/operational',
  ],
  'dns-server': ['dns server'],
  'dns-server-analytic': ['microsoft-windows-dns-server/analytical'],
  'dns-server-audit': ['microsoft-windows-dns-server/audit'],
  dhcp: ['microsoft-windows-dhcp-server/operational'],
  ntlm: ['microsoft-windows-ntlm/operational'],
  'firewall-as': ['microsoft-windows-windows firewall with advanced security/firewall'],
  'printservice-admin': ['microsoft-windows-printservice/admin'],
  'printservice-operational': ['microsoft-windows-printservice/operational'],
  'codeintegrity-operational': ['microsoft-windows-codeintegrity/operational'],
  'smbclient-security': ['microsoft-windows-smbclient/security'],
  'smbclient-connectivity': ['microsoft-windows-smbclient/connectivity'],
  'smbserver-connectivity': ['microsoft-windows-smbserver/connectivity'],
  applocker: [
    'microsoft-windows-applocker/msi and script',
    'microsoft-windows-applocker/exe and dll',
    'microsoft-windows-applocker/packaged app-deployment',
    'microsoft-windows-applocker/packaged app-execution',
  ],
  'msexchange-management': ['msexchange management'],
  'microsoft-servicebus-client': [
    'microsoft-servicebus-client',
    'microsoft-servicebus-client/admin',
    'microsoft-servicebus-client/operational',
  ],
  'servicebus-client': ['microsoft-servicebus-client/admin', 'microsoft-servicebus-client/operational'],
  'terminalservices-localsessionmanager': [
    'microsoft-windows-terminalservices-localsessionmanager/operational',
  ],
  'terminalservices-remoteconnectionmanager': [
    'microsoft-windows-terminalservices-remoteconnectionmanager/operational',
  ],
  'security-mitigations': [
    'microsoft-windows-security-mitigations/kernel mode',
    'microsoft-windows-security-mitigations/user mode',
  ],
  'diagnosis-scripted': ['microsoft-windows-diagnosis-scripted/operational'],
  'shell-core': ['microsoft-windows-shell-core/operational'],
  openssh: ['openssh/operational'],
  ldap: ['microsoft-windows-ldap-client/debug'],
  bitlocker: ['microsoft-windows-bitlocker/bitlocker management'],
  vhdmp: ['microsoft-windows-vhdmp/operational'],
  'appxdeployment-server': ['microsoft-windows-appxdeploymentserver/operational'],
  'appxpackaging-om': ['microsoft-windows-appxpackaging/operational'],
  'lsa-server': ['microsoft-windows-lsa/operational'],
  'appmodel-runtime': ['microsoft-windows-appmodel-runtime/admin'],
  capi2: ['microsoft-windows-capi2/operational'],
  'certificateservicesclient-lifecycle-system': [
    'microsoft-windows-certificateservicesclient-lifecycle-system/operational',
  ],
  'kernel-shimengine': [
    'microsoft-windows-kernel-shimengine/operational',
    'microsoft-windows-kernel-shimengine/diagnostic',
  ],
  'application-experience': [
    'microsoft-windows-application-experience/program-telemetry',
    'microsoft-windows-application-experience/program-compatibility-assistant',
  ],
  ntfs: ['microsoft-windows-ntfs/operational'],
  'hyper-v-worker': ['microsoft-windows-hyper-v-worker', 'microsoft-windows-hyper-v-worker-admin'],
  'kernel-event-tracing': [
    'microsoft-windows-kernel-eventtracing',
    'microsoft-windows-kernel-eventtracing/admin',
  ],
  sense: ['microsoft-windows-sense/operational'],
  'driver-framework': ['microsoft-windows-driverframeworks-usermode/operational'],
  'iis-configuration': ['microsoft-iis-configuration/operational'],
};

const windows: readonly Entry[] = [
  { product: 'windows', routes: [windowsRoute(from('windows'))] },
  {
    product: 'windows',
    category: 'process_creation',
    routes: [
      windowsRoute(channel([sysmonLog], [1])),
      windowsRoute(channel(['security'], [4688]), fields.processAuditFields),
    ],
  },
  ...Object.entries(sysmonCategories).map(([category, codes]) => ({
    product: 'windows',
    category,
    routes: [windowsRoute(channel([sysmonLog], codes))],
  })),
  ...Object.entries(powershellCategories).map(([category, [logs, code]]) => ({
    product: 'windows',
    category,
    routes: [windowsRoute(channel(logs, [code]))],
  })),
  ...Object.entries(windowsServices).map(([service, logs]) => ({
    product: 'windows',
    service,
    routes: [windowsRoute(channel(logs))],
  })),
  {
    category: 'antivirus',
    routes: [
      windowsRoute(
        channel(
          [defenderLog],
          [1006, 1007, 1008, 1009, 1010, 1011, 1012, 1015, 1017, 1018, 1019, 1115, 1116, 1117, 1118, 1119],
        ),
        fields.defenderFields,
      ),
    ],
  },
];

const linuxSysmon = (code: number) => {
  const where = all(text('metadata_log_name', linuxSysmonLog), text('metadata_event_code', String(code)));
  return route(where, fields.windowsFields);
};
const lineLogs = from('syslog', 'journald');
const lineServices = ['syslog', 'auth', 'sshd', 'sudo', 'cron', 'clamav', 'vsftpd', 'guacamole'];

const unix: readonly Entry[] = [
  {
    product: 'linux',
    routes: [
      route(any(lineLogs, from('osquery'))),
      route(from('auditd'), fields.auditdFields),
      route(text('metadata_log_name', linuxSysmonLog), fields.windowsFields),
    ],
  },
  { product: 'linux', service: 'auditd', routes: [route(from('auditd'), fields.auditdFields)] },
  { product: 'linux', service: 'journald', routes: [route(from('journald'))] },
  {
    product: 'linux',
    service: 'sysmon',
    routes: [route(text('metadata_log_name', linuxSysmonLog), fields.windowsFields)],
  },
  ...lineServices.map((service) => ({ product: 'linux', service, routes: [route(lineLogs)] })),
  {
    product: 'linux',
    category: 'process_creation',
    routes: [
      linuxSysmon(1),
      route(all(from('auditd'), ocsf.process), fields.auditdProcessFields),
      route(all(from('osquery'), ocsf.process), fields.osqueryFields),
    ],
  },
  {
    product: 'linux',
    category: 'network_connection',
    routes: [
      linuxSysmon(3),
      route(all(from('auditd'), ocsf.connection), fields.auditdProcessFields),
      route(all(from('osquery'), ocsf.connection), fields.osqueryFields),
    ],
  },
  {
    product: 'linux',
    category: 'file_event',
    routes: [
      linuxSysmon(11),
      route(all(from('auditd'), ocsf.file), fields.auditdProcessFields),
      route(all(from('osquery'), ocsf.file), fields.osqueryFields),
    ],
  },
  {
    product: 'macos',
    category: 'process_creation',
    routes: [route(all(from('osquery'), ocsf.process), fields.osqueryFields)],
  },
  {
    product: 'macos',
    category: 'file_event',
    routes: [route(all(from('osquery'), ocsf.file), fields.osqueryFields)],
  },
  { product: 'osquery', routes: [route(from('osquery'))] },
  { service: 'apache', routes: [route(lineLogs)] },
  { service: 'nginx', routes: [route(lineLogs)] },
];

const cloud: readonly Entry[] = [
  { product: 'aws', service: 'cloudtrail', routes: [route(from('aws-cloudtrail'), fields.cloudTrailFields)] },
  { product: 'aws', service: 'guardduty', routes: [route(from('guardduty'))] },
  { product: 'aws', service: 'vpcflow', routes: [route(from('vpc-flow'), fields.vpcFlowFields)] },
  { product: 'okta', service: 'okta', routes: [route(from('okta'))] },
  {
    product: 'azure',
    service: 'signinlogs',
    routes: [route(from('entra-signin'), fields.entraSignInFields)],
  },
  { product: 'azure', service: 'auditlogs', routes: [route(from('entra-audit'), fields.entraAuditFields)] },
  { product: 'azure', service: 'pim', routes: [route(from('entra-audit'), fields.entraAuditFields)] },
  {
    product: 'azure',
    service: 'activitylogs',
    routes: [route(from('azure-activity'), fields.azureActivityFields)],
  },
  ...['audit', 'exchange', 'threat_management', 'threat_detection'].map((service) => ({
    product: 'm365',
    service,
    routes: [route(from('m365-audit'), fields.m365Fields)],
  })),
  { product: 'github', service: 'audit', routes: [route(from('github-audit'))] },
  { product: 'github', service: 'webhook', routes: [route(from('github-webhook'))] },
  { product: 'gcp', service: 'gcp.audit', routes: [route(from('gcp-audit'), fields.gcpFields)] },
  ...['admin', 'login'].map((application) => ({
    product: 'gcp',
    service: `google_workspace.${application}`,
    routes: [
      route(from('google-workspace'), fields.workspaceFields),
      route(from('gcp-audit'), fields.gcpFields),
    ],
  })),
  { product: 'google_workspace', routes: [route(from('google-workspace'), fields.workspaceFields)] },
  ...['admin', 'login', 'drive', 'token'].map((service) => ({
    product: 'google_workspace',
    service,
    routes: [route(from('google-workspace'), fields.workspaceFields)],
  })),
  { product: 'onelogin', service: 'onelogin.events', routes: [route(from('onelogin'))] },
  { product: 'cisco', service: 'duo', routes: [route(from('duo'))] },
  { product: 'auth0', routes: [route(from('auth0'))] },
  { product: 'slack', service: 'audit', routes: [route(from('slack-audit'))] },
  { product: 'kubernetes', service: 'audit', routes: [route(from('kubernetes-audit'))] },
  // The audit trail of Tyrian itself, as it was exported.
  { product: 'tyrian', service: 'audit', routes: [route(from('tyrian'))] },
  {
    product: 'kubernetes',
    category: 'application',
    service: 'audit',
    routes: [route(from('kubernetes-audit'))],
  },
];

const zeekLogs = (
  'analyzer capture_loss conn dce_rpc dhcp dnp3 dns dpd files ftp http intel irc kerberos known_certs known_hosts ' +
  'known_services ldap ldap_search modbus mysql notice ntlm ntp ocsp pe radius rdp rfb signatures sip smb_cmd ' +
  'smb_files smb_mapping smtp snmp socks software ssh ssl stats syslog traceroute tunnel weird x509'
).split(' ');

const suricataLogs = [
  'alert',
  'anomaly',
  'dhcp',
  'dns',
  'fileinfo',
  'flow',
  'ftp',
  'http',
  'krb5',
  'rdp',
  'smb',
  'smtp',
  'ssh',
  'tls',
];

const zeek = (log: string, names?: FieldAliases) =>
  route(all(from('zeek'), text('metadata_log_name', log)), names);
const suricata = (what: Selector, names: FieldAliases) => route(all(from('suricata'), what), names);
const http = [zeek('http', fields.zeekHttpFields), suricata(ocsf.http, fields.suricataHttpFields)];
const flows = [
  zeek('conn', fields.zeekConnectionFields),
  suricata(ocsf.connection, fields.suricataConnectionFields),
  route(from('vpc-flow'), fields.vpcFlowFields),
];

const network: readonly Entry[] = [
  { product: 'zeek', routes: [route(from('zeek'))] },
  ...zeekLogs.map((log) => ({
    product: 'zeek',
    service: log,
    // Rules over Zeek's http log speak the category proxy's names too.
    routes: [zeek(log, log === 'http' ? fields.zeekHttpFields : undefined)],
  })),
  { product: 'suricata', routes: [route(from('suricata'))] },
  ...suricataLogs.map((log) => ({
    product: 'suricata',
    service: log,
    routes: [suricata(text('metadata_log_name', log), fields.noAliases)],
  })),
  { category: 'webserver', routes: http },
  { category: 'proxy', routes: http },
  {
    category: 'dns',
    routes: [zeek('dns', fields.zeekDnsFields), suricata(ocsf.dns, fields.suricataDnsFields)],
  },
  { category: 'firewall', routes: flows },
  { service: 'netflow', routes: flows },
];

const table: readonly Entry[] = [...windows, ...unix, ...cloud, ...network];

/** The log sources that have events here, as rules name them. */
export const knownLogSources: readonly Pick<Entry, 'product' | 'category' | 'service'>[] = table;

/**
 * Where the events of a log source are; none when no source here gives any. What a rule states must stand in the
 * table's entry; an entry that says the same and no more wins over those that say more.
 */
export function routesOf(logsource: LogSource): readonly Route[] {
  const stated = parts.filter((part) => logsource[part] !== undefined);
  const fitting = table.filter((entry) => stated.every((part) => entry[part] === logsource[part]));
  const exact = fitting.filter((entry) => parts.every((part) => entry[part] === logsource[part]));
  // A bare product or service must be known as such: another of its logs would be a guess.
  const chosen = exact.length > 0 ? exact : logsource.category === undefined ? [] : fitting;
  return chosen.flatMap((entry) => entry.routes);
}

const parts = ['product', 'category', 'service'] as const;
