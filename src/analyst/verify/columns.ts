/**
 * What a column's name says about its values: what kind of thing they are, and on which side of an event they stand.
 * Names are those of `contracts` attributes, and of the measures that evidence adds.
 */

/** source: who acted or where it came from; target: acted on; place: where it was seen; neutral: neither. */
export type Role = 'source' | 'target' | 'place' | 'neutral';

/** What is counted or named. `event` is the kind of a plain count, `other` of all that has no kind. */
export type Kind =
  | 'time'
  | 'host'
  | 'user'
  | 'address'
  | 'process'
  | 'file'
  | 'pid'
  | 'port'
  | 'bytes'
  | 'code'
  | 'event'
  | 'other';

const sourceColumn = /^(?:src_|actor_|parent_process_|parent_|email_from)/;
const targetColumn =
  /^(?:dst_|user_|session_|process_|file_|reg_|script_|service_name|job_name|query_|http_url|tls_|email_to|resource_|answers)/;
const placeColumn = /^device_/;

export function roleOf(column: string): Role {
  if (sourceColumn.test(column)) return 'source';
  if (targetColumn.test(column)) return 'target';
  return placeColumn.test(column) ? 'place' : 'neutral';
}

const kinds: readonly (readonly [RegExp, Kind])[] = [
  [/^(?:time|received_at|bucket\w*|first|last|earliest|latest|seen)$|_time$|_seen$|^(?:first|last)_/, 'time'],
  [/^(?:count|events)$|_count$/, 'event'],
  [/^(?:hosts|distinct_\w*hostname|distinct_device_uid)$|hostname$|^device_uid$/, 'host'],
  [/^(?:users|distinct_\w*user_(?:name|uid))$|user_(?:name|uid|domain)$/, 'user'],
  [/^(?:addresses|distinct_\w*ip)$|_ip$/, 'address'],
  [/_pid$/, 'pid'],
  [/_port$/, 'port'],
  [/bytes/, 'bytes'],
  [/process_(?:name|path|uid|cmd_line)$/, 'process'],
  [/^file_|_path$/, 'file'],
  [/_code$|_id$|_uid$|^rcode$|^http_status$/, 'code'],
];

/** `dst_port` → port, `distinct_src_ip` → address. Linear: the patterns hold no nested repetition. */
export function kindOf(column: string): Kind {
  return kinds.find(([pattern]) => pattern.test(column))?.[1] ?? 'other';
}

/** Columns that hold the edge of a time range: their value may be told only with the word that says so. */
export function edgeOf(column: string): 'min' | 'max' | undefined {
  if (kindOf(column) !== 'time') return undefined;
  if (/^(?:first|earliest)/.test(column)) return 'min';
  return /^(?:last|latest)/.test(column) ? 'max' : undefined;
}
