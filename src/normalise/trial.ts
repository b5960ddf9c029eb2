import { type AttributeName, attributeNames, attributes, type TimeQuality } from '../contracts/index.ts';
import type { SourceCatalogue } from './catalogue.ts';
import { attributesOf } from './compiled.ts';
import type { DeadCode } from './errors.ts';
import { filledPaths } from './field-paths.ts';
import { printPath } from './native.ts';
import { type InputRecord, type OpenedRecord, openRecord } from './normalise.ts';
import { activityNameOf, classNameOf } from './ocsf-classes.ts';
import { readTime } from './time.ts';

/** One attribute of a tried record: what it became, and the native fields that had a say in it. */
export interface TriedAttribute {
  readonly attribute: AttributeName;
  /** Its path in OCSF. */
  readonly path: string;
  readonly value: string | readonly string[];
  /** Native paths; none: the mapping says it of every record of the kind. */
  readonly from: readonly string[];
}

/** What a mapping makes of one record. */
export type Trial =
  | {
      readonly kind: 'event';
      readonly source: string;
      readonly form: string;
      readonly class: { readonly uid: number; readonly name: string; readonly from: readonly string[] };
      readonly activity: { readonly id: number; readonly name: string };
      readonly time: {
        /** UTC, microseconds; null when there is none. */
        readonly utc: string | null;
        readonly quality: TimeQuality;
        readonly written: string;
        readonly from: readonly string[];
      };
      readonly attributes: readonly TriedAttribute[];
      /** Native fields that hold something and are in no attribute; they stay in the stored record. */
      readonly unmapped: readonly string[];
    }
  | {
      readonly kind: 'dead';
      readonly source: string;
      readonly form: string;
      readonly code: string;
      readonly path: string;
      readonly message: string;
      readonly mend: string;
    };

const mends: Readonly<Record<DeadCode, string>> = {
  invalid_utf8: 'Convert the file to UTF-8 (or UTF-16 with a byte order mark).',
  not_json:
    'Mend what writes the record at the byte that the path names; a record cut off is often a line too long for its shipper.',
  not_object:
    'A record is an object: put the value under a key, or name the source whose form reads such lines.',
  not_xml: 'Ship the event as the system wrote it; what cuts or escapes it makes it unreadable.',
  too_deep: 'Flatten the record where it is shipped.',
  unrecognised:
    'Let the source be recognised, or name the right one; if the record is of this source, add a form whose `recognise` it meets.',
  missing_field: 'If such records are normal, take the field out of `required`; else mend the sender.',
  wrong_type: 'Name the scalar inside it in `paths` of the form, or take the field out of `required`.',
};

/** What `mend` says of an error code of normalising; '' for any other. */
export function mendOf(code: string): string {
  const what = code.replace(/^normalise\./, '');
  return Object.hasOwn(mends, what) ? mends[what as DeadCode] : '';
}

/** Tries one record: normalises it and says of everything where it came from. Stores nothing. */
export function tryRecord(
  catalogue: SourceCatalogue,
  record: Pick<InputRecord, 'source' | 'form' | 'raw' | 'receivedAt'>,
): Trial {
  const opened = openRecord(catalogue, record);
  if (opened.kind === 'dead') {
    const { code, path, message } = opened;
    const { source, form } = record;
    return { kind: 'dead', source, form, code, path, message, mend: mendOf(code) };
  }
  return tellEvent(opened, record);
}

type EventTrial = Trial & { kind: 'event' };

function tellEvent(
  opened: OpenedRecord,
  { raw, receivedAt }: Pick<InputRecord, 'raw' | 'receivedAt'>,
): EventTrial {
  const { compiled, form, fields } = opened;
  const { mapping } = compiled;
  const row = attributesOf(compiled, fields);
  const [key, keyFrom] = traced(opened, (texts) => compiled.key(texts));
  const sinks = compiled.sinks[mapping.kinds[mapping.kindOfKey.get(key) ?? 0]?.group ?? 0];
  const tried = attributeNames.flatMap((name): TriedAttribute[] => {
    const value = shown(row[name]);
    if (isIdentifier(name) || value.length === 0) return [];
    const sink = sinks?.get(name);
    const from = sink === undefined ? [] : traced(opened, sink)[1];
    return [{ attribute: name, path: attributes[name].path, value, from }];
  });
  const time = timeOf(opened, receivedAt);
  const used = [...keyFrom, ...time.from, ...tried.flatMap(({ from }) => from)];
  const [uid, id] = [Number(row.class_uid ?? 0n), Number(row.activity_id ?? 0n)];
  return {
    kind: 'event',
    source: mapping.source,
    form: form.form.name,
    class: { uid, name: classNameOf(uid), from: keyFrom },
    activity: { id, name: activityNameOf(uid, id) },
    time,
    attributes: tried,
    unmapped: unmappedOf(filledPaths(form, compiled.blanks, raw.toString()), used),
  };
}

/** Told as class and activity. */
const isIdentifier = (name: AttributeName) =>
  name === 'class_uid' || name === 'category_uid' || name === 'activity_id' || name === 'type_uid';

function shown(value: bigint | null | string | readonly string[]): string | readonly string[] {
  return typeof value === 'bigint' ? String(value) : (value ?? '');
}

/** A value, and the native paths of the fields that were looked at for it and hold something. */
function traced<T>(
  { compiled, form, fields, leaves }: OpenedRecord,
  compute: (fields: readonly string[]) => T,
): [T, string[]] {
  const read = new Set<string>();
  const watched = new Proxy(fields, {
    get(target, property) {
      const text: unknown = Reflect.get(target, property);
      if (typeof property === 'string' && /^\d+$/.test(property) && !compiled.blanks.has(String(text))) {
        const number = Number(property);
        const leaf = form.leaves[leaves[number] ?? -1];
        read.add(leaf === undefined ? (compiled.fields[number] ?? '') : printPath(leaf));
      }
      return text;
    },
  });
  return [compute(watched), [...read]];
}

function timeOf({ compiled, form, fields, leaves }: OpenedRecord, receivedAt: number): EventTrial['time'] {
  const { mapping, numberOf } = compiled;
  const time = readTime(mapping.time, (field) => fields[numberOf(field)] ?? '', receivedAt);
  const field = mapping.time.map((rule) => numberOf(rule.field)).find((number) => fields[number]);
  const leaf = form.leaves[leaves[field ?? -1] ?? -1];
  return {
    utc: time.micros === null ? null : utcText(time.micros),
    quality: time.quality,
    written: time.written,
    from: leaf === undefined ? [] : [printPath(leaf)],
  };
}

function utcText(micros: bigint): string {
  const [seconds, fraction] = [micros / 1_000_000n, micros % 1_000_000n];
  return `${new Date(Number(seconds) * 1_000).toISOString().slice(0, 19)}.${String(fraction).padStart(6, '0')}Z`;
}

/** Paths that are none of the used ones and lie below none. */
function unmappedOf(paths: readonly string[], used: readonly string[]): string[] {
  const known = new Set(used);
  return paths.filter((path) => {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (known.has(path.slice(0, end))) return false;
    }
    return true;
  });
}
