import type { SourceCatalogue } from './catalogue.ts';
import type { CompiledForm, CompiledMapping } from './compiled.ts';
import { fieldsOf } from './expression.ts';
import { formNamed } from './header-form.ts';
import { isPlainJson, type NativeRecord, nativeFields, type StoredRecord } from './native-record.ts';
import { normalise } from './normalise.ts';
import { firstUnmet, textWithin } from './recognise.ts';

/** The columns of an event that say which rules are about it, and its native fields. */
export interface RoutedRecord {
  readonly source: string;
  /** The form that fits; another than was said, where that does not. */
  readonly form: string;
  readonly metadata_log_name: string;
  readonly metadata_event_code: string;
  readonly class_uid: bigint | null;
  readonly fields: NativeRecord;
}

const routing = ['metadata_log_name', 'metadata_event_code'] as const;

/** A form whose routing is read from a few of its fields. */
interface Reader {
  readonly compiled: CompiledMapping;
  readonly form: CompiledForm;
  /** Numbers of the fields that routing depends on, and their native names. */
  readonly needed: readonly (readonly [number: number, paths: readonly string[]])[];
}

/**
 * Reads what rules are routed by, and nothing else that normalising gives, so many times faster; where that is not sure to be the same,
 * the record is normalised. Undefined for records that are no events.
 */
export function createRouting(
  catalogue: SourceCatalogue,
): (record: StoredRecord & { readonly raw: Buffer }) => RoutedRecord | undefined {
  const readers = new Map<string, Reader | null>();
  return (record) => {
    const key = `${record.source}\n${record.form}`;
    let reader = readers.get(key);
    if (reader === undefined) {
      reader = readerOf(catalogue, record) ?? null;
      readers.set(key, reader);
    }
    const fields = nativeFields(catalogue, record);
    return (reader && fields && readQuickly(reader, fields)) ?? readWhole(catalogue, record, fields);
  };
}

function readerOf(catalogue: SourceCatalogue, record: StoredRecord): Reader | undefined {
  const compiled = catalogue.compiled(record.source);
  const form = compiled && formNamed(compiled, record.form);
  if (compiled === undefined || form === undefined || !isPlainJson(catalogue, record)) return undefined;
  if (form.form.lowerKeys || compiled.fillMatches !== undefined) return undefined;
  const { mapping } = compiled;
  const names = new Set([
    ...mapping.required,
    ...fieldsOf(mapping.classifyBy),
    ...mapping.groups.flatMap(({ attributes }) =>
      routing.flatMap((name) => {
        const rule = attributes.get(name);
        return rule === undefined ? [] : fieldsOf(rule.expression);
      }),
    ),
  ]);
  const needed = [...names].map((name) => {
    const number = compiled.numberOf(name);
    const leaves = (form.fieldLeaves[number] ?? []).map((leaf) => form.leaves[leaf] ?? []);
    return { number, leaves };
  });
  // A path of one key is a native name; a deeper one may be found by another way there.
  if (needed.some(({ leaves }) => leaves.some((path) => path.length !== 1))) return undefined;
  return {
    compiled,
    form,
    needed: needed.map(({ number, leaves }) => [number, leaves.map(([key = '']) => key)]),
  };
}

function readQuickly({ compiled, form, needed }: Reader, fields: NativeRecord): RoutedRecord | undefined {
  if (
    firstUnmet(form.form.recognise, ([key = '', ...below]) => textWithin(fields.member(key), below)) !==
    undefined
  )
    return undefined;
  const texts: string[] = [];
  for (const [number, names] of needed) {
    let text = '';
    for (const name of names) {
      const value = fields.member(name);
      if (value === undefined || value === null || value === '') continue;
      if (typeof value !== 'string' && !Number.isSafeInteger(value)) return undefined;
      text = String(value);
      break;
    }
    texts[number] = text;
  }
  const { mapping } = compiled;
  if (mapping.required.some((field) => !texts[compiled.numberOf(field)])) return undefined;
  const kind = mapping.kinds[mapping.kindOfKey.get(compiled.key(texts)) ?? 0];
  const sinks = kind && compiled.sinks[kind.group];
  if (kind === undefined || sinks === undefined) return undefined;
  const text = (name: (typeof routing)[number]) => String(sinks.get(name)?.(texts) ?? '');
  return {
    source: mapping.source,
    form: form.form.name,
    metadata_log_name: text('metadata_log_name'),
    metadata_event_code: text('metadata_event_code'),
    class_uid: BigInt(kind.classUid),
    fields,
  };
}

const place = { partition: 0, offset: 0, sub: 0 };

function readWhole(
  catalogue: SourceCatalogue,
  record: StoredRecord & { readonly raw: Buffer },
  fields: NativeRecord | undefined,
): RoutedRecord | undefined {
  const outcome = normalise(catalogue, {
    ...record,
    ...{ tenant: '', stream: '', receivedAt: 0, seed: '', ordinal: 0, place },
  });
  if (outcome.kind === 'dead') return undefined;
  const { source, form, metadata_log_name, metadata_event_code, class_uid } = outcome.row;
  const own = form === record.form ? fields : nativeFields(catalogue, { ...record, form });
  return own && { source, form, metadata_log_name, metadata_event_code, class_uid, fields: own };
}
