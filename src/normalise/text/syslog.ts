import type { TextFields } from './key-value.ts';

/** RFC 5424, 6.2.1: eight severities a facility, 24 facilities. */
const highestPriority = 191;
const severities = 8;
const longestPriority = 5;

const priorityAt = /^<(\d{1,3})>/;
// RFC 5424, 6: version, timestamp, host name, application, process, message id, each `-` when not known.
const newHeader = /^1 (\S{1,48}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) /;
const oldTime =
  /^((?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 0-3]?\d (?:\d{4} )?\d\d:\d\d:\d\d(?:[.]\d{1,9})?) /;
// What rsyslog writes into files since it no longer abbreviates the time.
const fileTime = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{3,6}(?:Z|[+-]\d\d:\d\d)) /;
const hostName = /^([A-Za-z0-9][A-Za-z0-9._:-]{0,254}) /;
/** RFC 3164, 4.1.3, with what programs write today: paths, dots, hyphens, and longer names. */
const tag = /^([A-Za-z0-9_./@()+-]{1,128}?)(?:\[(\d{1,20})\])?:(?: |$)/;

/**
 * Reads a line of syslog: RFC 5424 with structured data; RFC 3164, and what is written into files: without priority, with
 * either time. Fields: `priority`, `facility`, `severity` (numbers), `timestamp`, `host`, `program`, `pid`, `msgid`,
 * `message`, and `sd/<id>/<name>`. Undefined when the line is none of these.
 */
export function parseSyslog(line: string): TextFields | undefined {
  const fields: TextFields = new Map();
  const rest = takePriority(line, fields);
  if (rest === undefined) return undefined;
  const hasPriority = rest !== line;
  const header = hasPriority ? newHeader.exec(rest) : null;
  if (header !== null) return readNew(rest, header, fields);
  return readOld(rest, fields, hasPriority);
}

/** The text behind the priority; undefined when what stands there is none. */
function takePriority(line: string, fields: TextFields): string | undefined {
  if (!line.startsWith('<')) return line;
  const found = priorityAt.exec(line.slice(0, longestPriority));
  const priority = Number(found?.[1] ?? highestPriority + 1);
  if (found === null || priority > highestPriority) return undefined;
  fields.set('priority', String(priority));
  fields.set('facility', String(Math.floor(priority / severities)));
  fields.set('severity', String(priority % severities));
  return line.slice(found[0].length);
}

function readNew(text: string, header: RegExpExecArray, fields: TextFields): TextFields {
  const [whole, ...values] = header;
  ['timestamp', 'host', 'program', 'pid', 'msgid'].forEach((name, index) => {
    const value = values[index] ?? '-';
    if (value !== '-') fields.set(name, value);
  });
  const end = readStructured(text, whole.length, fields);
  // RFC 5424, 6.4: a byte order mark says that the message is UTF-8.
  fields.set('message', text.slice(end).replace(/^ ?\ufeff?/, ''));
  return fields;
}

/** Reads structured data (RFC 5424, 6.3) that starts at `from`; returns where it ends. */
function readStructured(text: string, from: number, fields: TextFields): number {
  if (text.charAt(from) === '-') return from + 1;
  let at = from;
  while (text.charAt(at) === '[') {
    const end = readElement(text, at, fields);
    if (end === undefined) break;
    at = end;
  }
  return at;
}

const elementId = /\[([^ =\]"]{1,128})/y;
const parameterName = / +([^ =\]"]{1,128})="/y;

function readElement(text: string, from: number, fields: TextFields): number | undefined {
  elementId.lastIndex = from;
  const id = elementId.exec(text);
  if (id === null) return undefined;
  let at = elementId.lastIndex;
  const found: (readonly [string, string])[] = [];
  for (;;) {
    parameterName.lastIndex = at;
    const name = parameterName.exec(text);
    if (name === null) break;
    const start = parameterName.lastIndex;
    const end = closingQuote(text, start);
    if (end === undefined) return undefined;
    found.push([`sd/${id[1]}/${name[1]}`, text.slice(start, end).replace(/\\(["\\\]])/g, '$1')]);
    at = end + 1;
  }
  if (text.charAt(at) !== ']') return undefined;
  for (const [name, value] of found) if (!fields.has(name)) fields.set(name, value);
  return at + 1;
}

/** The next quote that no backslash stands before. */
function closingQuote(text: string, from: number): number | undefined {
  for (let at = from; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (sign === '"') return at;
    if (sign === '\\') at += 1;
  }
  return undefined;
}

/** Without priority a time, a host and (behind the long form of the time) a program make a line of syslog. */
function readOld(text: string, fields: TextFields, hasPriority: boolean): TextFields | undefined {
  const short = oldTime.exec(text);
  const time = short ?? fileTime.exec(text);
  if (time === null) {
    if (!hasPriority) return undefined;
    return readMessage(text, fields);
  }
  fields.set('timestamp', time[1] ?? '');
  const behindTime = text.slice(time[0].length);
  const host = hostName.exec(behindTime);
  // `Mar  1 10:00:00 su: …`: some relays leave the host out.
  const isTag = host === null || host[1]?.endsWith(':') === true;
  if (isTag && !hasPriority) return undefined;
  if (!isTag) fields.set('host', host[1] ?? '');
  readMessage(isTag ? behindTime : behindTime.slice(host[0].length), fields);
  return short === null && !fields.has('program') ? undefined : fields;
}

function readMessage(text: string, fields: TextFields): TextFields {
  const found = tag.exec(text.slice(0, 256));
  if (found !== null) {
    fields.set('program', found[1] ?? '');
    if (found[2] !== undefined) fields.set('pid', found[2]);
  }
  fields.set('message', text.slice(found?.[0].length ?? 0).trimStart());
  return fields;
}
