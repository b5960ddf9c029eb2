import { stringToken } from '../json-text.ts';
import { auxiliary, encodedFields, messageField, recordTypes, syscallName } from './audit-names.ts';
import { textOfHex } from './hexadecimal.ts';
import { pairsOf, type TextFields } from './key-value.ts';
import { socketAddress } from './socket-address.ts';
import { parseSyslog } from './syslog.ts';

/** One line of the Linux audit log, cut into its parts. */
interface AuditLine {
  /** '' when neither `node=` nor a syslog header names the machine. */
  readonly node: string;
  readonly type: string;
  /** Seconds with a fraction, as written; '' in the few lines that have none. */
  readonly time: string;
  readonly serial: string;
  readonly body: string;
}

const line =
  /^(?:node=(\S{1,255}) )?type=([A-Za-z0-9_]{1,64}(?:\[\d{1,10}\])?) (?:msg=)?(?:audit\((\d{1,10}[.]\d{1,9}):(\d{1,20})\):?|\?)/;
/** As far into a line as its head may reach. */
const headLength = 512;
/** What syslog and the kernel put in front: `kernel: [12.5] audit: type=…`, `audispd: node=… type=…`. */
const beforeType = /^(?:\[ *\d{1,20}[.]\d{1,9}\] )?(?:audit: )?$/;
/** Who hands the records on: what any other program logs may only look like one. */
const auditPrograms = /^(?:kernel|audit|auditd|audispd|audisp-[a-z]{1,16})$/;
const numberedType = /^UNKNOWN\[(\d+)\]$/;
const argumentName = /^a(\d{1,7})(?:\[\d{1,7}\])?$/;

/**
 * What tells the event that an audit line belongs to: machine, time and serial, which all lines of one event share
 * (auditd.conf(5), `audit(time:serial)`). Undefined when the line is none, or names no event.
 */
export function auditEventOf(text: string): string | undefined {
  const parsed = parseLine(text);
  return parsed === undefined || parsed.serial === ''
    ? undefined
    : `${parsed.node} ${parsed.time}:${parsed.serial}`;
}

/** True when the line says that its event is complete. */
export function endsAuditEvent(text: string): boolean {
  return parseLine(text)?.type === 'EOE';
}

/**
 * Reads the lines of one audit event, one behind the other. Each field stands under its own name (`exe`, `a0`; a JSON
 * array where lines differ) and under its record's (`EXECVE/a0`, `PATH/name`); text that was written in hexadecimal is
 * text. What is told by several fields together: `audit/type` (the record that names the event), `audit/syscall`,
 * `audit/command`, `audit/object` (the path acted on); `SOCKADDR/laddr`, `lport`, `path`, `saddr_fam`. Undefined when
 * the first line is no audit line.
 */
export function parseAudit(text: string): TextFields | undefined {
  const lines = text.split('\n').map(parseLine);
  const [first] = lines;
  if (first === undefined) return undefined;
  const gathered = new AuditFields();
  for (const one of lines) if (one !== undefined) gathered.add(one);
  const fields = gathered.fields();
  if (first.node !== '') fields.set('node', first.node);
  if (first.time !== '') fields.set('audit/time', first.time);
  if (first.serial !== '') fields.set('audit/serial', first.serial);
  return fields;
}

function parseLine(text: string): AuditLine | undefined {
  const head = text.slice(0, headLength);
  const start = head.startsWith('type=') || head.startsWith('node=') ? 0 : head.search(/(?:node|type)=/);
  if (start === -1) return undefined;
  const host = start === 0 ? '' : hostBefore(text, start);
  const found = host === undefined ? null : line.exec(head.slice(start));
  if (found === null) return undefined;
  const [whole, node = host ?? '', written = '', time = '', serial = ''] = found;
  const number = numberedType.exec(written)?.[1] ?? written;
  return {
    ...{ node, time, serial, type: recordTypes[number] ?? written },
    body: text.slice(start + whole.length),
  };
}

/** The machine that a syslog header in front names; undefined when something else stands there. */
function hostBefore(text: string, start: number): string | undefined {
  const header = parseSyslog(text.slice(0, start));
  const isWrapper =
    auditPrograms.test(header?.get('program') ?? '') && beforeType.test(header?.get('message') ?? '');
  if (isWrapper) return header?.get('host') ?? '';
  return beforeType.test(text.slice(0, start)) ? '' : undefined;
}

/** The fields of an event's lines by name and by record type. */
class AuditFields {
  readonly #flat = new Map<string, Set<string>>();
  readonly #ofType = new Map<string, string[]>();
  readonly #types = new Set<string>();
  readonly #arguments = new Map<number, string>();

  add({ type, body }: AuditLine): void {
    this.#types.add(type);
    this.#put(type, 'type', type);
    this.#pairs(type, body);
  }

  fields(): TextFields {
    const fields: TextFields = new Map();
    for (const [name, values] of this.#flat) fields.set(name, textOf([...values]));
    for (const [name, values] of this.#ofType) fields.set(name, textOf(values));
    this.#together(fields);
    return fields;
  }

  #pairs(type: string, text: string): void {
    for (const { name, value, quote } of pairsOf(text)) {
      if (name === messageField && quote === "'") this.#pairs(type, value);
      else if (name === 'saddr') this.#address(type, value);
      else this.#field(type, name, quote === '' ? decoded(type, name, value) : value);
    }
  }

  #field(type: string, name: string, value: string): void {
    const number = type === 'EXECVE' ? argumentName.exec(name)?.[1] : undefined;
    if (number === undefined) {
      this.#put(type, name, value);
      return;
    }
    // A long argument comes in pieces, `a1[0]=… a1[1]=…`, over several records.
    const index = Number(number);
    const isPiece = name.endsWith(']');
    this.#arguments.set(index, isPiece ? (this.#arguments.get(index) ?? '') + value : value);
  }

  #address(type: string, hex: string): void {
    this.#put(type, 'saddr', hex);
    for (const [name, value] of Object.entries(socketAddress(hex) ?? {})) this.#put(type, name, value);
  }

  #put(type: string, name: string, value: string): void {
    put(this.#flat, name, () => new Set<string>()).add(value);
    put(this.#ofType, `${type}/${name}`, (): string[] => []).push(value);
  }

  #together(fields: TextFields): void {
    const types = [...this.#types];
    const naming = types.find((type) => !auxiliary.has(type));
    const [first = ''] = types;
    fields.set('audit/type', naming ?? (this.#types.has('SYSCALL') ? 'SYSCALL' : first));
    const number = this.#ofType.get('SYSCALL/syscall')?.[0];
    if (number !== undefined) {
      const name = syscallName(this.#ofType.get('SYSCALL/arch')?.[0] ?? '', number);
      const enriched = this.#ofType.get('SYSCALL/SYSCALL')?.[0];
      fields.set('audit/syscall', enriched ?? name);
      if (enriched === undefined && name !== number) fields.set('SYSCALL', name);
    }
    this.#command(fields);
    const object = this.#object();
    if (object !== undefined) fields.set('audit/object', object);
  }

  #command(fields: TextFields): void {
    const parts = [...this.#arguments].sort(([left], [right]) => left - right);
    for (const [index, value] of parts) {
      const name = `a${index}`;
      fields.set(`EXECVE/${name}`, value);
      fields.set(name, textOf([...new Set([...(this.#flat.get(name) ?? []), value])]));
    }
    const title = this.#ofType.get('PROCTITLE/proctitle')?.[0];
    const command = parts.length > 0 ? parts.map(([, value]) => value).join(' ') : title;
    if (parts.length > 0)
      fields.set(
        'EXECVE/argv',
        textOf(
          parts.map(([, value]) => value),
          true,
        ),
      );
    if (command !== undefined) fields.set('audit/command', command);
  }

  /** Of the paths the one that came or went, else the first that is no parent folder; from the root where it is known. */
  #object(): string | undefined {
    const names = this.#ofType.get('PATH/name') ?? [];
    const types = this.#ofType.get('PATH/nametype') ?? [];
    const changed = types.findLastIndex((type) => type === 'CREATE' || type === 'DELETE');
    const own = names.findIndex((_, index) => types[index] !== 'PARENT');
    const name = names[changed === -1 ? own : changed];
    const folder = this.#ofType.get('CWD/cwd')?.[0];
    if (name === undefined || name === '(null)' || name.startsWith('/') || folder === undefined) return name;
    return `${folder.replace(/\/$/, '')}/${name}`;
  }
}

function put<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
}

/** A bare value of a field that holds text from outside is hexadecimal. */
function decoded(type: string, name: string, value: string): string {
  const isArgument = type === 'EXECVE' && argumentName.test(name);
  if (!isArgument && !encodedFields.has(name)) return value;
  const text = textOfHex(value);
  // The parts of a command line are parted by NUL, several keys by 0x01.
  if (name === 'proctitle') return text.split('\0').join(' ').trimEnd();
  return name === 'key' ? text.replaceAll('\x01', ',') : text;
}

function textOf(values: readonly string[], isList = false): string {
  const [first = ''] = values;
  return values.length < 2 && !isList ? first : `[${values.map(stringToken).join(',')}]`;
}
