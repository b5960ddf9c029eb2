import type { Evidence, HuntQuery } from '../../contracts/index.ts';
import { constantOf } from '../verify/constants.ts';
import { eventNoun } from './event-noun.ts';
import { cellClaim, isRepeated, labelled, type Told, textAt, valueText } from './told.ts';

/** What a sentence about an event may tell, in this order; each group gives its first column that has a value. */
const toldColumns: readonly (readonly string[])[] = [
  ['finding_title'],
  ['actor_user_name'],
  ['user_name'],
  ['process_name', 'process_path'],
  ['process_pid'],
  ['process_cmd_line'],
  ['parent_process_name', 'parent_process_path'],
  ['actor_process_name', 'actor_process_path'],
  ['src_ip', 'src_hostname'],
  ['dst_ip', 'dst_hostname'],
  ['dst_port'],
  ['traffic_bytes_out'],
  ['query_hostname'],
  ['http_url'],
  ['file_path', 'file_name'],
  ['reg_key_path'],
  ['reg_value_name'],
  ['service_name'],
  ['job_name'],
  ['script_content'],
  ['api_operation'],
  ['resource_uid', 'resource_name'],
  ['cloud_account'],
  ['email_from'],
  ['email_subject'],
];
/** What is told when nothing above has a value. */
const fallbackColumns: readonly (readonly string[])[] = [
  ['metadata_event_code'],
  ['metadata_log_name', 'source'],
  ['message', 'raw'],
];
const maxFields = 9;

/** One event: `2024-05-01 12:00:03 process start on host \`WS-01\`: acting user \`bob\`, process …`. */
export function tellRow(evidence: Evidence, row: number, query?: HuntQuery): Told {
  const at = (column: string) => textAt(evidence, row, column);
  const known = (column: string) => at(column) || constantOf(query, column);
  const time = at('time');
  const host = at('device_hostname');
  const status = known('status_id');
  const fields = pick(toldColumns, at);
  const told = (fields.length > 0 ? fields : pick(fallbackColumns, at)).slice(0, maxFields);
  const outcome = status === '2' ? 'failed ' : '';
  const head = [
    time === '' ? 'Event at an unknown time:' : valueText('time', time),
    `${outcome}${eventNoun(known('class_uid'), known('activity_id'))}`,
    ...(host === '' ? [] : [`on host ${valueText('device_hostname', host)}`]),
  ].join(' ');
  const list = told.map((column) => labelled(column, at(column))).join(', ');
  const used = ['time', 'device_hostname', 'status_id', ...told].filter((column) => at(column) !== '');
  return { text: `${list === '' ? head : `${head}: ${list}`}.`, claims: [cellClaim(evidence, row, used)] };
}

function pick(groups: readonly (readonly string[])[], at: (column: string) => string): readonly string[] {
  return groups.flatMap(
    (columns) => columns.find((column) => at(column) !== '' && !isRepeated(column, at)) ?? [],
  );
}
