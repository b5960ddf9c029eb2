import type { EventField } from '../../contracts/index.ts';

/**
 * What a column is called in a sentence, in plain words that agree with the column's side: "source" and
 * "destination", "acting" and none.
 */
const labels: Readonly<Partial<Record<EventField, string>>> = {
  device_hostname: 'host',
  device_ip: 'host address',
  actor_user_name: 'acting user',
  actor_process_name: 'acting process',
  actor_process_path: 'acting image',
  actor_process_pid: 'acting pid',
  actor_process_cmd_line: 'acting command line',
  process_name: 'process',
  process_path: 'image',
  process_pid: 'pid',
  process_cmd_line: 'command line',
  parent_process_name: 'parent process',
  parent_process_path: 'parent image',
  parent_process_pid: 'parent pid',
  user_name: 'user',
  logon_type_id: 'logon type',
  auth_protocol: 'protocol',
  src_ip: 'source address',
  src_port: 'source port',
  src_hostname: 'source host',
  dst_ip: 'destination address',
  dst_port: 'destination port',
  dst_hostname: 'destination host',
  protocol_name: 'protocol',
  app_protocol: 'application protocol',
  file_path: 'file path',
  file_name: 'file',
  reg_key_path: 'registry key',
  reg_value_name: 'registry value',
  reg_value_data: 'data',
  script_content: 'script',
  service_name: 'service',
  job_name: 'job',
  query_hostname: 'name',
  query_type: 'record type',
  answers: 'answer',
  rcode: 'response code',
  http_method: 'method',
  http_url: 'url',
  http_status: 'status',
  http_user_agent: 'user agent',
  tls_sni: 'server name',
  cloud_account: 'cloud account',
  cloud_region: 'cloud region',
  cloud_provider: 'cloud provider',
  api_operation: 'operation',
  api_service: 'service',
  resource_uid: 'resource',
  resource_name: 'resource name',
  finding_title: 'finding',
  email_from: 'sender',
  email_to: 'recipient',
  email_subject: 'subject',
  metadata_event_code: 'event',
  metadata_log_name: 'log',
  metadata_log_provider: 'provider',
  status_code: 'status code',
  status_detail: 'detail',
  message: 'message',
  source: 'feed',
  class_uid: 'event class',
  raw: 'record',
};

/** Every label, for the test that each is made of plain words. */
export const columnLabels: readonly string[] = Object.values(labels);

export function labelOf(column: string): string {
  return labels[column as EventField] ?? 'value';
}
