import type { SourceCatalogue } from './catalogue.ts';
import { decodeText, looksOf } from './decode.ts';
import { parseDataXml, parseEventXml } from './event-xml.ts';
import { parseExactly } from './exact-json.ts';
import { formNamed } from './header-form.ts';
import { jsonMembers } from './json-member.ts';
import { type Form, pathsOf, readsText } from './mapping.ts';
import { isJsonObject, type NativePath, printPath } from './native.ts';

/** A record as it is stored. */
export interface StoredRecord {
  readonly source: string;
  readonly form: string;
  readonly raw: Uint8Array | string;
}

/** The fields of a record by the names that its source gives them. */
export interface NativeRecord {
  /** The value of any field, mapped or not; undefined when absent. Integers beyond 2^53 are bigints. */
  get(field: string): unknown;
  /** All values, however deep, as texts. */
  values(): Iterable<string>;
}

type Members = Readonly<Record<string, unknown>>;

const byteOrderMark = '\ufeff';

/**
 * Reads the native fields of a stored record. A field is looked for where the form keeps it (`pathsOf`), below the
 * form's data, then from the root; each time as one key, then by its dots as members of members, of which those in
 * arrays are gathered. A name is found too where the source writes it with blanks (`Threat Name` by `ThreatName`).
 * Undefined when the record is none of its form, or the source is not known.
 */
export function nativeFields(catalogue: SourceCatalogue, record: StoredRecord): NativeRecord | undefined {
  const { raw } = record;
  const text =
    typeof raw === 'string' ? raw : Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString();
  const body = text.startsWith(byteOrderMark) ? text.slice(1) : text;
  const mapping = catalogue.compiled(record.source);
  const form = mapping && formNamed(mapping, record.form)?.form;
  const members = form && membersOf(form, body);
  return members === undefined || form === undefined ? undefined : new Fields(form, members);
}

/** The record's members; what a decoding form holds stands beside them, where a native key does not win. */
function membersOf(form: Form, body: string): Members | undefined {
  const { decode } = form;
  const looks = looksOf(body);
  if (readsText(form)) return fromMap(decodeText(decode, body));
  if (looks === 'xml' && decode?.kind === 'event_xml') return fromMap(parseEventXml(body));
  const members = parseExactly(body);
  if (!isJsonObject(members)) return undefined;
  if (decode === undefined) return members;
  const held = decode.fields
    .map((path) => at(members, path))
    .filter((value) => value !== undefined && value !== '');
  const decoded = (decode.kind === 'data' ? held : held.slice(0, 1)).map((value) => decodeHeld(form, value));
  const written = Object.entries(members).filter(([, value]) => value !== '');
  return Object.fromEntries([...decoded.toReversed().flatMap((inner) => Object.entries(inner)), ...written]);
}

function decodeHeld({ decode }: Form, value: unknown): Members {
  if (typeof value !== 'string') return isJsonObject(value) ? value : {};
  if (decode?.kind === 'event_xml') return fromMap(parseEventXml(value)) ?? {};
  if (decode?.kind !== 'data') return fromMap(decodeText(decode, value)) ?? {};
  if (!value.startsWith('{')) return fromMap(parseDataXml(value)) ?? {};
  const parsed = parseExactly(value);
  return isJsonObject(parsed) ? parsed : (fromMap(jsonMembers(value)) ?? {});
}

/** Several values of one name come as the text of a JSON array. */
function fromMap(fields: ReadonlyMap<string, string> | undefined): Members | undefined {
  return fields && Object.fromEntries([...fields].map(([name, text]) => [name, listOr(text)]));
}

function listOr(text: string): unknown {
  if (!text.startsWith('["') || !text.endsWith('"]')) return text;
  const list = parseExactly(text);
  return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : text;
}

const root: readonly NativePath[] = [[]];
const noBlanks = (name: string) => name.replaceAll(' ', '');

class Fields implements NativeRecord {
  readonly #form: Form;
  readonly #members: Members;
  #blank: ReadonlyMap<string, unknown> | undefined;

  constructor(form: Form, members: Members) {
    this.#form = form;
    this.#members = members;
  }

  get(field: string): unknown {
    const name = this.#form.lowerKeys ? field.toLowerCase() : field;
    for (const path of pathsOf(this.#form, field)) {
      const value = at(this.#members, path);
      if (value !== undefined) return value;
    }
    for (const prefix of this.#form.data.length === 0 ? root : [...this.#form.data, ...root]) {
      const value = named(at(this.#members, prefix), name);
      if (value !== undefined) return value;
    }
    return this.#withBlanks().get(name);
  }

  *values(): Iterable<string> {
    const open: unknown[] = [this.#members];
    for (let value = open.pop(); value !== undefined; value = open.pop()) {
      if (value === null) continue;
      // One by one: an array of a record may have more elements than a call takes arguments.
      if (typeof value === 'object')
        for (const inner of Object.values(value)) {
          if (inner !== undefined) open.push(inner);
        }
      else yield String(value);
    }
  }

  /** Fields whose names hold blanks, without them. */
  #withBlanks(): ReadonlyMap<string, unknown> {
    if (this.#blank !== undefined) return this.#blank;
    const found = new Map<string, unknown>();
    for (const prefix of [...this.#form.data, ...root]) {
      const holder = at(this.#members, prefix);
      if (!isJsonObject(holder)) continue;
      for (const [name, value] of Object.entries(holder)) {
        if (name.includes(' ') && !found.has(noBlanks(name))) found.set(noBlanks(name), value);
      }
    }
    this.#blank = found;
    return found;
  }
}

/** The value at a path; a path of a decoded line is one key. */
function at(members: Members, path: NativePath): unknown {
  if (path.length > 1 && Object.hasOwn(members, printPath(path))) return members[printPath(path)];
  let value: unknown = members;
  for (const key of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** A member by its name, whole or by its dots; of an array those of all elements. */
function named(value: unknown, name: string): unknown {
  if (Array.isArray(value)) {
    const found = value.map((element) => named(element, name)).filter((inner) => inner !== undefined);
    return found.length === 0 ? undefined : found;
  }
  if (!isJsonObject(value)) return undefined;
  if (Object.hasOwn(value, name)) return value[name];
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    const outer = name.slice(0, dot);
    const inner = Object.hasOwn(value, outer) ? named(value[outer], name.slice(dot + 1)) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}
