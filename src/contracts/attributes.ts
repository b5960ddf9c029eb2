/**
 * The OCSF attributes that every stored event has as typed columns. One table: the store's columns, the
 * `TelemetryEvent` contract, the mappings' targets and the analyst's vocabulary are all made from it.
 * Names and meanings: Open Cybersecurity Schema Framework, the version in `ocsfVersion`. A key is the attribute's
 * path with `_` for `.`; `path` is the path itself, so that an event can be written as an OCSF object.
 */
export const ocsfVersion = '1.8.0';

/** text: '' when absent. code: text of few distinct values. ip: canonical text of an address, '' when absent.
 *  int: unsigned 64-bit or null. list: array of text. */
export type AttributeType = 'text' | 'code' | 'ip' | 'int' | 'list';

export interface Attribute {
  readonly path: string;
  readonly type: AttributeType;
  readonly caption: string;
}

const attribute = <P extends string, T extends AttributeType>(path: P, type: T, caption: string) =>
  ({ path, type, caption }) as const;

export const attributes = {
  class_uid: attribute('class_uid', 'int', 'OCSF event class'),
  category_uid: attribute('category_uid', 'int', 'OCSF category'),
  activity_id: attribute('activity_id', 'int', 'activity within the class'),
  type_uid: attribute('type_uid', 'int', 'class_uid * 100 + activity_id'),
  severity_id: attribute('severity_id', 'int', 'severity as the source states it'),
  status_id: attribute('status_id', 'int', '0 unknown, 1 success, 2 failure, 99 other'),
  status_code: attribute('status_code', 'code', 'status code as the source writes it'),
  status_detail: attribute('status_detail', 'text', 'reason of the status'),
  message: attribute('message', 'text', 'human-readable message'),
  metadata_event_code: attribute('metadata.event_code', 'code', "the source's own event id or name"),
  metadata_uid: attribute('metadata.uid', 'text', "the source's own record id"),
  metadata_log_name: attribute('metadata.log_name', 'code', 'channel, log or path within the source'),
  metadata_log_provider: attribute('metadata.log_provider', 'code', 'provider or service that logged'),
  device_hostname: attribute('device.hostname', 'code', 'host on which it happened'),
  device_ip: attribute('device.ip', 'ip', 'address of that host'),
  device_uid: attribute('device.uid', 'text', 'id of that host, sensor or instance'),
  actor_user_name: attribute('actor.user.name', 'code', 'user who acted'),
  actor_user_domain: attribute('actor.user.domain', 'code', 'domain of that user'),
  actor_user_uid: attribute('actor.user.uid', 'text', 'SID, ARN or id of that user'),
  actor_user_type: attribute('actor.user.type', 'code', 'kind of that user as written'),
  actor_session_uid: attribute('actor.session.uid', 'text', 'logon or session id of that user'),
  actor_process_name: attribute('actor.process.name', 'code', 'file name of the acting process'),
  actor_process_path: attribute('actor.process.file.path', 'text', 'image path of the acting process'),
  actor_process_pid: attribute('actor.process.pid', 'int', 'process id of the acting process'),
  actor_process_uid: attribute('actor.process.uid', 'text', 'GUID of the acting process'),
  actor_process_cmd_line: attribute('actor.process.cmd_line', 'text', 'command line of the acting process'),
  process_name: attribute('process.name', 'code', 'file name of the process acted on'),
  process_path: attribute('process.file.path', 'text', 'image path of the process acted on'),
  process_pid: attribute('process.pid', 'int', 'process id of the process acted on'),
  process_uid: attribute('process.uid', 'text', 'GUID of the process acted on'),
  process_cmd_line: attribute('process.cmd_line', 'text', 'command line of the process acted on'),
  process_integrity: attribute('process.integrity', 'code', 'integrity level'),
  process_sha256: attribute('process.file.hashes.sha256', 'text', 'SHA-256 of the image'),
  process_md5: attribute('process.file.hashes.md5', 'text', 'MD5 of the image'),
  parent_process_name: attribute('process.parent_process.name', 'code', 'file name of the parent'),
  parent_process_path: attribute('process.parent_process.file.path', 'text', 'image path of the parent'),
  parent_process_pid: attribute('process.parent_process.pid', 'int', 'process id of the parent'),
  parent_process_uid: attribute('process.parent_process.uid', 'text', 'GUID of the parent'),
  parent_process_cmd_line: attribute('process.parent_process.cmd_line', 'text', 'command line of the parent'),
  user_name: attribute('user.name', 'code', 'user acted on (logon target, created account)'),
  user_domain: attribute('user.domain', 'code', 'domain of the user acted on'),
  user_uid: attribute('user.uid', 'text', 'SID, ARN or id of the user acted on'),
  session_uid: attribute('session.uid', 'text', 'logon or session id that came to be'),
  logon_type_id: attribute('logon_type_id', 'int', 'logon type (2 interactive, 3 network, 10 remote)'),
  auth_protocol: attribute('auth_protocol', 'code', 'authentication protocol as written'),
  src_ip: attribute('src_endpoint.ip', 'ip', 'address it came from'),
  src_port: attribute('src_endpoint.port', 'int', 'port it came from'),
  src_hostname: attribute('src_endpoint.hostname', 'code', 'host it came from'),
  dst_ip: attribute('dst_endpoint.ip', 'ip', 'address it went to'),
  dst_port: attribute('dst_endpoint.port', 'int', 'port it went to'),
  dst_hostname: attribute('dst_endpoint.hostname', 'code', 'host it went to'),
  protocol_name: attribute('connection_info.protocol_name', 'code', 'transport protocol'),
  connection_uid: attribute('connection_info.uid', 'text', 'connection id'),
  app_protocol: attribute('app_protocol_name', 'code', 'application or service protocol'),
  traffic_bytes_out: attribute('traffic.bytes_out', 'int', 'bytes from source to destination'),
  traffic_bytes_in: attribute('traffic.bytes_in', 'int', 'bytes from destination to source'),
  file_path: attribute('file.path', 'text', 'path of the file or object'),
  file_name: attribute('file.name', 'text', 'name of the file or object'),
  file_sha256: attribute('file.hashes.sha256', 'text', 'SHA-256 of the file'),
  file_md5: attribute('file.hashes.md5', 'text', 'MD5 of the file'),
  reg_key_path: attribute('reg_key.path', 'text', 'registry key'),
  reg_value_name: attribute('reg_value.name', 'text', 'registry value name'),
  reg_value_data: attribute('reg_value.data', 'text', 'registry value data'),
  script_content: attribute('script.script_content.value', 'text', 'script text'),
  service_name: attribute('win_service.name', 'code', 'Windows service'),
  job_name: attribute('job.name', 'text', 'scheduled task or job'),
  query_hostname: attribute('query.hostname', 'text', 'name asked for in DNS'),
  query_type: attribute('query.type', 'code', 'DNS record type'),
  answers: attribute('answers.rdata', 'list', 'DNS answers'),
  rcode: attribute('rcode', 'code', 'DNS response code'),
  http_method: attribute('http_request.http_method', 'code', 'HTTP method'),
  http_url: attribute('http_request.url.url_string', 'text', 'URL'),
  http_user_agent: attribute('http_request.user_agent', 'code', 'user agent'),
  http_status: attribute('http_response.code', 'int', 'HTTP status'),
  tls_sni: attribute('tls.sni', 'text', 'server name in TLS'),
  tls_subject: attribute('tls.certificate.subject', 'text', 'certificate subject'),
  cloud_provider: attribute('cloud.provider', 'code', 'cloud provider'),
  cloud_account: attribute('cloud.account.uid', 'code', 'cloud account'),
  cloud_region: attribute('cloud.region', 'code', 'cloud region'),
  api_operation: attribute('api.operation', 'code', 'API operation'),
  api_service: attribute('api.service.name', 'code', 'API service'),
  resource_uid: attribute('resources.uid', 'text', 'resource acted on (ARN or id)'),
  resource_name: attribute('resources.name', 'text', 'name of the resource acted on'),
  finding_title: attribute('finding_info.title', 'text', 'what a sensor says it found'),
  email_from: attribute('email.from', 'text', 'sender'),
  email_to: attribute('email.to', 'list', 'recipients'),
  email_subject: attribute('email.subject', 'text', 'subject'),
} as const satisfies Record<string, Attribute>;

export type AttributeName = keyof typeof attributes;
export const attributeNames = Object.keys(attributes) as AttributeName[];

type ValueOf<T extends AttributeType> = T extends 'int'
  ? bigint | null
  : T extends 'list'
    ? readonly string[]
    : string;
/** The attributes of one event, absent ones as '' (text, code, ip), null (int) or [] (list). */
export type EventAttributes = { readonly [K in AttributeName]: ValueOf<(typeof attributes)[K]['type']> };
