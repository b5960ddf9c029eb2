import type { EventField } from '../../contracts/index.ts';
import { type EventClass, type EventClassName, eventClasses } from './words/classes.ts';

const always: readonly EventField[] = [
  'time',
  'event_id',
  'source',
  'device_hostname',
  'metadata_event_code',
];

/** For events of any class; a column that is empty in all rows is not shown. */
const general: readonly EventField[] = [
  'class_uid',
  'activity_id',
  'status_id',
  'actor_user_name',
  'user_name',
  'process_name',
  'process_cmd_line',
  'parent_process_name',
  'actor_process_name',
  'src_ip',
  'src_port',
  'dst_ip',
  'dst_port',
  'dst_hostname',
  'logon_type_id',
  'file_path',
  'reg_key_path',
  'reg_value_data',
  'script_content',
  'service_name',
  'job_name',
  'query_hostname',
  'http_url',
  'api_service',
  'api_operation',
  'resource_name',
  'resource_uid',
  'finding_title',
  'email_from',
  'email_subject',
  'message',
];
const maxColumns = 40;

/** What tells the kind of an event where the classes that are asked for leave it open. */
function kindColumns(names: readonly EventClassName[]): readonly EventField[] {
  const events = names.map((name): EventClass => eventClasses[name]);
  const [first] = events;
  const isOne = events.length === 1 && first !== undefined;
  return [
    ...(isOne && first.classes.length === 1 ? [] : (['class_uid'] as const)),
    ...(isOne && first.activities?.length === 1 ? [] : (['activity_id'] as const)),
  ];
}

/** The columns that rows of these classes show, `time` and `event_id` first; general ones when no class is named. */
export function columnsFor(classes: readonly EventClassName[]): EventField[] {
  const own = classes.flatMap((name): readonly EventField[] => {
    const event: EventClass = eventClasses[name];
    return event.columns;
  });
  const columns = classes.length === 0 ? general : [...own, ...kindColumns(classes)];
  return [...new Set([...always, ...columns])].slice(0, maxColumns);
}

/** What a process tree shows: who started what, when, by which parent. */
export const processColumns: readonly EventField[] = [
  'time',
  'event_id',
  'device_hostname',
  'process_name',
  'process_pid',
  'process_uid',
  'process_cmd_line',
  'parent_process_name',
  'parent_process_pid',
  'parent_process_uid',
  'actor_user_name',
  'user_name',
];
