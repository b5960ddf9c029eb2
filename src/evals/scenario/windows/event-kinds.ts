/** Windows channels in this scenario, with what their records have in common. */
interface Channel {
  readonly name: string;
  /** Keeps the record ids of a host's channels apart. */
  readonly number: number;
  readonly provider: string;
  readonly guid: string;
}

const sysmonChannel: Channel = {
  name: 'Microsoft-Windows-Sysmon/Operational',
  number: 0,
  provider: 'Microsoft-Windows-Sysmon',
  guid: '{5770385f-c22a-43e0-bf4c-06f5698ffbd9}',
};
const securityChannel: Channel = {
  name: 'Security',
  number: 1,
  provider: 'Microsoft-Windows-Security-Auditing',
  guid: '{54849625-5478-4994-a5ba-3e3b0328c30d}',
};
const systemChannel: Channel = {
  name: 'System',
  number: 2,
  provider: 'Service Control Manager',
  guid: '{555908d1-a6d7-4695-8e1e-26931d2012f4}',
};
const powershellChannel: Channel = {
  name: 'Microsoft-Windows-PowerShell/Operational',
  number: 3,
  provider: 'Microsoft-Windows-PowerShell',
  guid: '{a0c1853b-5c40-4b15-8766-3cf1c58f985a}',
};

/** What the provider's manifest says of one event id. */
export interface EventKind {
  readonly channel: Channel;
  readonly id: number;
  readonly version: number;
  readonly task: string;
  readonly opcode: string;
  readonly level: string;
  readonly keywords: readonly string[];
  /** First line of the rendered message. */
  readonly message: string;
}

const sysmon = (id: number, version: number, task: string, message: string): EventKind => ({
  channel: sysmonChannel,
  id,
  version,
  task,
  opcode: 'Info',
  level: 'information',
  keywords: [],
  message,
});
const security = (id: number, version: number, task: string, message: string): EventKind => ({
  ...sysmon(id, version, task, message),
  channel: securityChannel,
  keywords: ['Audit Success'],
});
const failure = (kind: EventKind): EventKind => ({ ...kind, keywords: ['Audit Failure'] });
const system = (id: number, message: string): EventKind => ({
  ...sysmon(id, 0, '', message),
  channel: systemChannel,
  opcode: '',
  keywords: ['Classic'],
});
const powershell = (id: number, task: string, opcode: string, level: string, message: string): EventKind => ({
  ...sysmon(id, 1, task, message),
  channel: powershellChannel,
  opcode,
  level,
});

export const eventKinds = {
  processCreate: sysmon(1, 5, 'Process Create (rule: ProcessCreate)', 'Process Create'),
  networkConnect: sysmon(
    3,
    5,
    'Network connection detected (rule: NetworkConnect)',
    'Network connection detected',
  ),
  processEnd: sysmon(5, 3, 'Process terminated (rule: ProcessTerminate)', 'Process terminated'),
  imageLoad: sysmon(7, 3, 'Image loaded (rule: ImageLoad)', 'Image loaded'),
  processAccess: sysmon(10, 3, 'Process accessed (rule: ProcessAccess)', 'Process accessed'),
  fileCreate: sysmon(11, 2, 'File created (rule: FileCreate)', 'File created'),
  registrySet: sysmon(13, 2, 'Registry value set (rule: RegistryEvent)', 'Registry value set'),
  dnsQuery: sysmon(22, 5, 'Dns query (rule: DnsQuery)', 'Dns query'),
  logon: security(4624, 2, 'Logon', 'An account was successfully logged on.'),
  logonFailed: failure(security(4625, 0, 'Logon', 'An account failed to log on.')),
  logoff: security(4634, 0, 'Logoff', 'An account was logged off.'),
  explicitCredentials: security(4648, 0, 'Logon', 'A logon was attempted using explicit credentials.'),
  specialPrivileges: security(4672, 0, 'Special Logon', 'Special privileges assigned to new logon.'),
  processCreated: security(4688, 2, 'Process Creation', 'A new process has been created.'),
  processExited: security(4689, 0, 'Process Termination', 'A process has exited.'),
  ticketGranting: security(
    4768,
    0,
    'Kerberos Authentication Service',
    'A Kerberos authentication ticket (TGT) was requested.',
  ),
  serviceTicket: security(
    4769,
    0,
    'Kerberos Service Ticket Operations',
    'A Kerberos service ticket was requested.',
  ),
  shareAccess: security(5140, 1, 'File Share', 'A network share object was accessed.'),
  shareFile: security(
    5145,
    0,
    'Detailed File Share',
    'A network share object was checked to see whether client can be granted desired access.',
  ),
  serviceState: system(7036, 'A service entered a new state.'),
  serviceInstalled: system(7045, 'A service was installed in the system.'),
  moduleLog: powershell(
    4103,
    'Executing Pipeline',
    'To be used when operation is just executing a method',
    'information',
    'CommandInvocation',
  ),
  scriptBlock: powershell(
    4104,
    'Execute a Remote Command',
    'On create calls',
    'verbose',
    'Creating Scriptblock text (1 of 1)',
  ),
} as const satisfies Record<string, EventKind>;
