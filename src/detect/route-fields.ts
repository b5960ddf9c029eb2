import type { FieldAliases } from './interpret.ts';

/**
 * Fields that Sigma names otherwise than a source does: for each the names to try, in order. Names such as `event_id`
 * are those of the source's mapping, which finds them in each of its forms.
 */
const aliases = (names: Readonly<Record<string, string | readonly string[]>>): FieldAliases => {
  return new Map(Object.entries(names).map(([name, to]) => [name, typeof to === 'string' ? [to] : to]));
};

/** The system's part of an event first: its data may hold fields of the same names. */
const windowsHead = {
  EventID: ['event_id', 'EventID'],
  Channel: ['channel', 'Channel'],
  Provider_Name: ['provider', 'Provider_Name'],
  Computer: ['computer', 'Computer'],
  ComputerName: ['computer', 'ComputerName'],
  EventRecordID: ['record_id', 'EventRecordID'],
  TimeCreated: ['time_created', 'TimeCreated'],
  Level: ['level', 'Level'],
  Keywords: ['keywords', 'Keywords'],
  Security_UserID: ['user_id', 'Security_UserID'],
} as const;

export const windowsFields = aliases(windowsHead);

/** Security 4688 under the names of Sysmon 1; its own `ProcessId` is the parent's. */
export const processAuditFields = aliases({
  ...windowsHead,
  Image: ['NewProcessName', 'Image'],
  ParentImage: ['ParentProcessName', 'ParentImage'],
  CommandLine: ['CommandLine', 'ProcessCommandLine'],
  ProcessId: 'NewProcessId',
  ParentProcessId: 'ProcessId',
  LogonId: ['SubjectLogonId', 'LogonId'],
  IntegrityLevel: ['IntegrityLevel', 'MandatoryLabel'],
});

/** Defender's events under the names of the category antivirus. */
export const defenderFields = aliases({
  ...windowsHead,
  Signature: ['Threat Name', 'ThreatName'],
  Filename: ['Path', 'path'],
});

export const noAliases = aliases({});

export const auditdFields = aliases({
  SYSCALL: ['audit/syscall', 'SYSCALL'],
  syscall: ['audit/syscall', 'syscall'],
});

export const auditdProcessFields = aliases({
  Image: ['SYSCALL/exe', 'exe'],
  CommandLine: ['audit/command', 'PROCTITLE/proctitle', 'proctitle'],
  CurrentDirectory: ['CWD/cwd', 'cwd'],
  ProcessId: ['SYSCALL/pid', 'pid'],
  ParentProcessId: ['SYSCALL/ppid', 'ppid'],
  LogonId: ['SYSCALL/ses', 'ses'],
  User: ['uid', 'auid'],
  TargetFilename: ['audit/object', 'name'],
  DestinationIp: 'SOCKADDR/laddr',
  DestinationPort: 'SOCKADDR/lport',
});

export const osqueryFields = aliases({
  Image: 'columns.path',
  CommandLine: 'columns.cmdline',
  ParentImage: 'columns.parent_path',
  ParentCommandLine: 'columns.parent_cmdline',
  CurrentDirectory: 'columns.cwd',
  ProcessId: 'columns.pid',
  ParentProcessId: 'columns.parent',
  User: ['columns.username', 'columns.uid'],
  TargetFilename: ['columns.target_path', 'columns.path'],
  DestinationIp: 'columns.remote_address',
  DestinationPort: 'columns.remote_port',
});

/** W3C extended log format, which the categories webserver and proxy speak. */
export const zeekHttpFields = aliases({
  'cs-method': 'method',
  'cs-host': 'host',
  'r-dns': 'host',
  'cs-uri': 'uri',
  'c-uri': 'uri',
  'cs-uri-stem': 'uri',
  'cs-uri-query': 'uri',
  'c-uri-query': 'uri',
  'cs-user-agent': 'user_agent',
  'c-useragent': 'user_agent',
  'cs-referer': 'referrer',
  'cs-username': 'username',
  'sc-status': 'status_code',
  'c-ip': 'id.orig_h',
  src_ip: 'id.orig_h',
  dst_ip: 'id.resp_h',
  dst_port: 'id.resp_p',
});

export const suricataHttpFields = aliases({
  'cs-method': 'http.http_method',
  'cs-host': 'http.hostname',
  'r-dns': 'http.hostname',
  'cs-uri': 'http.url',
  'c-uri': 'http.url',
  'cs-uri-stem': 'http.url',
  'cs-uri-query': 'http.url',
  'c-uri-query': 'http.url',
  'cs-user-agent': 'http.http_user_agent',
  'c-useragent': 'http.http_user_agent',
  'cs-referer': 'http.http_refer',
  'sc-status': 'http.status',
  'c-ip': 'src_ip',
  dst_ip: 'dest_ip',
  dst_port: 'dest_port',
});

export const zeekDnsFields = aliases({
  record_type: 'qtype_name',
  answer: 'answers',
  parent_domain: 'query',
});

export const suricataDnsFields = aliases({
  query: ['dns.rrname', 'dns.query.rrname', 'dns.queries.rrname'],
  record_type: ['dns.rrtype', 'dns.query.rrtype', 'dns.queries.rrtype'],
  answer: ['dns.answers.rdata', 'dns.rdata'],
});

export const zeekConnectionFields = aliases({
  src_ip: 'id.orig_h',
  src_port: 'id.orig_p',
  dst_ip: 'id.resp_h',
  dst_port: 'id.resp_p',
  'destination.port': 'id.resp_p',
  action: 'conn_state',
});

export const suricataConnectionFields = aliases({
  dst_ip: 'dest_ip',
  dst_port: 'dest_port',
  'destination.port': 'dest_port',
  action: 'alert.action',
});

export const vpcFlowFields = aliases({
  src_ip: 'srcaddr',
  src_port: 'srcport',
  dst_ip: 'dstaddr',
  dst_port: 'dstport',
  'destination.port': 'dstport',
});

export const cloudTrailFields = aliases({ src_ip: ['sourceIPAddress', 'src_ip'] });

export const entraAuditFields = aliases({
  'properties.message': 'operation',
  ActivityDisplayName: 'operation',
  ActivityType: 'operation',
  activityType: 'operation',
  OperationName: 'operation',
  operationName: 'operation',
  Category: 'category',
  Status: 'result',
  'properties.result': 'result',
  LoggedByService: ['loggedByService', 'LoggedByService'],
  TargetResources: ['targetResources', 'TargetResources'],
  Target: ['targetResources', 'TargetResources'],
  'properties.targetResources': ['targetResources', 'TargetResources'],
  'properties.initiatedBy': ['initiatedBy', 'InitiatedBy'],
  Initiatedby: ['initiatedBy', 'InitiatedBy'],
  'Initiatied.By': ['initiatedBy', 'InitiatedBy'],
});

export const entraSignInFields = aliases({
  ResultType: ['resultCode', 'ResultType'],
  resultType: ['resultCode', 'resultType'],
  ResultDescription: ['reason', 'ResultDescription'],
  Resultdescription: ['reason', 'ResultDescription'],
  Status: ['Status', 'status', 'reason'],
  callerIpAddress: ['ipAddress', 'callerIpAddress'],
  Username: ['userPrincipalName', 'Username'],
  ClientApp: ['clientAppUsed', 'ClientApp'],
  AuthenticationRequirement: ['authenticationRequirement', 'AuthenticationRequirement'],
  ResourceDisplayName: ['resourceDisplayName', 'ResourceDisplayName'],
  RiskState: ['riskState', 'RiskState'],
});

export const azureActivityFields = aliases({
  operationName: 'operation',
  OperationNameValue: 'operation',
  CategoryValue: 'category',
  ResourceProviderValue: 'provider',
  ResourceId: 'resource',
});

export const m365Fields = aliases({
  eventSource: ['Workload', 'eventSource', 'Source'],
  eventName: ['Name', 'eventName', 'Operation'],
  status: ['ResultStatus', 'status', 'Status'],
});

export const gcpFields = aliases({
  'gcp.audit.method_name': 'methodName',
  'data.protoPayload.methodName': 'methodName',
  'data.protoPayload.serviceName': 'serviceName',
  'data.protoPayload.authorizationInfo.permission': 'authorizationInfo.permission',
  'data.protoPayload.authorizationInfo.granted': 'authorizationInfo.granted',
  'data.protoPayload.resource.type': 'resourceType',
  'data.protoPayload.logName': 'logName',
  'protoPayload.Servicename': 'serviceName',
});

export const workspaceFields = aliases({
  eventName: ['eventName', 'events.name', 'name'],
  eventService: ['eventService', 'id.applicationName'],
});
