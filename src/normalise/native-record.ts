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
  /** The value of a member of the record's root by its key alone. */
  member(key: string): unknown;
  /** All values, however deep, as texts. */
  values(): Iterable<string>;
}

type Members = Readonly<Record<string, unknown>>;

const byteOrderMark = '\ufeff';

/**
 * Reads the native fields of a stored record. A field is looked for where the form keeps it (`pathsOf`: the first
 * place that is filled, as for its columns), below the form's data, then from the root; each time as one key, then by its
 * dots as members of members, of which those in arrays are gathered. A name is found too where the source writes it with blanks (`Threat Name` by `ThreatName`).
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

/** Says whether every native field of such records is a member of the JSON that their bytes are, decoded nowhere. */
export function isPlainJson(
  catalogue: SourceCatalogue,
  { source, form }: Pick<StoredRecord, 'source' | 'form'>,
): boolean {
  // Columns in a form's name are those of lines of text: no such name is sought here.
  const found = catalogue.compiled(source)?.forms.find((own) => own.form.name === form)?.form;
  return found !== undefined && found.decode === undefined && !readsText(found);
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
  const entries = Object.entries(members);
  return Object.fromEntries([
    ...entries.filter(([, value]) => value === null),
    ...decoded.toReversed().flatMap((inner) => Object.entries(inner)),
    ...entries.filter(([, value]) => value !== '' && value !== null),
  ]);
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

const noBlanks = (name: string) => name.replaceAll(' ', '');

/** Where a form may keep a field. */
interface Lookup {
  readonly paths: readonly NativePath[];
  readonly name: string;
}

/** Names that are remembered a form: those that rules ask for. */
const maxLookups = 20_000;
const lookups = new WeakMap<Form, Map<string, Lookup>>();

function lookupOf(form: Form, field: string): Lookup {
  let ofForm = lookups.get(form);
  if (ofForm === undefined || ofForm.size >= maxLookups) {
    ofForm = new Map();
    lookups.set(form, ofForm);
  }
  const known = ofForm.get(field);
  if (known !== undefined) return known;
  const lookup = { paths: pathsOf(form, field), name: form.lowerKeys ? field.toLowerCase() : field };
  ofForm.set(field, lookup);
  return lookup;
}

class Fields implements NativeRecord {
  readonly #form: Form;
  readonly #members: Members;
  #holders: readonly unknown[] | undefined;
  #blank: ReadonlyMap<string, unknown> | undefined;

  constructor(form: Form, members: Members) {
    this.#form = form;
    this.#members = members;
  }

  get(field: string): unknown {
    const { paths, name } = lookupOf(this.#form, field);
    let empty: unknown;
    for (const path of paths) {
      const value = at(this.#members, path);
      if (value !== undefined && value !== null && value !== '') return value;
      if (empty === undefined) empty = value;
    }
    if (empty !== undefined) return empty;
    for (const holder of this.#held()) {
      const value = named(holder, name);
      if (value !== undefined) return value;
    }
    return this.#withBlanks().get(name);
  }

  member(key: string): unknown {
    return Object.hasOwn(this.#members, key) ? this.#members[key] : undefined;
  }

  /** What holds fields by their names: the form's data, then the root. */
  #held(): readonly unknown[] {
    this.#holders ??= [...this.#form.data.map((path) => at(this.#members, path)), this.#members];
    return this.#holders;
  }

  values(): readonly string[] {
    const texts: string[] = [];
    const open: unknown[] = [this.#members];
    for (let value = open.pop(); value !== undefined; value = open.pop()) {
      if (value === null) continue;
      // One by one: an array of a record may have more elements than a call takes arguments.
      if (typeof value === 'object')
        for (const inner of Object.values(value)) {
          if (inner !== undefined) open.push(inner);
        }
      else texts.push(String(value));
    }
    return texts;
  }

  /** Fields whose names hold blanks, without them. */
  #withBlanks(): ReadonlyMap<string, unknown> {
    if (this.#blank !== undefined) return this.#blank;
    const found = new Map<string, unknown>();
    for (const holder of this.#held()) {
      if (!isJsonObject(holder)) continue;
      for (const name of Object.keys(holder))
        if (name.includes(' ') && !found.has(noBlanks(name))) found.set(noBlanks(name), holder[name]);
    }
    this.#blank = found;
    return found;
  }
}

/** The value at a path; a path of a decoded line is one key. */
function at(members: Members, path: NativePath): unknown {
  const value = deep(members, path);
  const name = path.length > 1 && value === undefined ? printPath(path) : '';
  return name !== '' && Object.hasOwn(members, name) ? members[name] : value;
}

function deep(members: Members, path: NativePath): unknown {
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
