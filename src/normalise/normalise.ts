import { isUtf8 } from 'node:buffer';
import type { SourceCatalogue } from './catalogue.ts';
import { attributesOf, type CompiledForm, type CompiledMapping } from './compiled.ts';
import { decodeHeld, decodeText, type Looks, leavesIn, looksOf } from './decode.ts';
import type { DeadCode } from './errors.ts';
import type { FieldTexts } from './evaluate.ts';
import { extractLeaves, type Leaves } from './extraction.ts';
import { formNamed, needsHeader } from './header-form.ts';
import { contentHash, eventId, naturalIdentity, netstrings, placeIdentity } from './identity.ts';
import { readsText } from './mapping.ts';
import { type NativePath, printPath } from './native.ts';
import { firstUnmet, pathOfCondition } from './recognise.ts';
import type { EventRow } from './stage-columns.ts';
import { readTime } from './time.ts';

/** One record as it lies in a batch. */
export interface InputRecord {
  /** Number within the batch; 0 when it stands alone. */
  readonly row?: number;
  readonly tenant: string;
  readonly source: string;
  /** The form that the recogniser saw; '' when not known. */
  readonly form: string;
  readonly stream: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly seed: string;
  readonly ordinal: number;
  readonly place: { readonly partition: number; readonly offset: number; readonly sub: number };
  readonly raw: Buffer;
}

export type Outcome =
  | { readonly kind: 'event'; readonly row: EventRow }
  | {
      readonly kind: 'dead';
      readonly code: `normalise.${DeadCode}`;
      readonly path: string;
      readonly message: string;
    };

type Dead = Outcome & { kind: 'dead' };

const byteOrderMark = '\ufeff';

/**
 * Makes an event of one record, or says why it can't be one. The record's form is a hint: when the record is not of
 * it, its source's other forms are tried. Optional values of a wrong type are left out, a bad time is flagged.
 */
export function normalise(catalogue: SourceCatalogue, record: InputRecord): Outcome {
  const opened = openRecord(catalogue, record);
  if (opened.kind === 'dead') return opened;
  const { compiled, form, fields } = opened;
  return {
    kind: 'event',
    row: { ...envelope(compiled, form, fields, record), ...attributesOf(compiled, fields) },
  };
}

/** A record whose native fields are read, each text by the field's number. */
export interface OpenedRecord {
  readonly kind: 'opened';
  readonly compiled: CompiledMapping;
  readonly form: CompiledForm;
  readonly fields: FieldTexts;
  /** Per field: the leaf that it was read from. */
  readonly leaves: readonly number[];
}

/** Reads a record's native fields, or says why it is no event. */
export function openRecord(
  catalogue: SourceCatalogue,
  record: Pick<InputRecord, 'source' | 'form' | 'raw'>,
): OpenedRecord | Dead {
  if (!isUtf8(record.raw)) return dead('invalid_utf8', '', 'the record is not valid UTF-8');
  const text = record.raw.toString();
  const body = text.startsWith(byteOrderMark) ? text.slice(1) : text;
  const mapping = catalogue.compiled(record.source);
  if (mapping === undefined) return dead('unrecognised', '', `there is no source '${record.source}'`);
  let miss: Dead | undefined;
  for (const form of candidates(mapping, record.form, looksOf(body))) {
    const read = readAs(form, body);
    if (read.kind === 'dead') return read;
    if (read.kind === 'read') return fieldsIn(mapping, form, read);
    miss ??= notOf(form, read.path, record.source);
  }
  return miss ?? dead('unrecognised', '', `no form of '${record.source}' fits`);
}

/**
 * The forms to try: first the hinted one; for bare XML or text those that read it, if there are any, and those of JSON
 * for all else.
 */
function candidates(mapping: CompiledMapping, hint: string, looks: Looks): readonly CompiledForm[] {
  const hinted = formNamed(mapping, hint);
  const others = mapping.forms.filter((form) => form !== hinted && !needsHeader(form));
  const forms = hinted === undefined || needsHeader(hinted) ? others : [hinted, ...others];
  // A form that reads XML bare reads it within JSON too.
  const reading = looks === 'json' ? [] : forms.filter((form) => bareLooks(form) === looks);
  return reading.length > 0 ? reading : forms.filter((form) => bareLooks(form) !== 'text');
}

/** What the form reads bare. */
function bareLooks({ form }: CompiledForm): Looks {
  if (readsText(form)) return 'text';
  return form.decode?.kind === 'event_xml' ? 'xml' : 'json';
}

function readAs(form: CompiledForm, body: string): Read | Miss | Dead {
  const bare = bareLooks(form);
  if (bare === 'text') return readText(form, body);
  return bare === 'xml' && looksOf(body) === 'xml' ? readXml(form, body) : readJson(form, body);
}

function notOf(form: CompiledForm, path: NativePath, source: string): Dead {
  const where = printPath(path);
  const need = where === '' ? 'another line' : `'${where}'`;
  return dead('unrecognised', where, `no form of '${source}' fits; '${form.form.name}' would need ${need}`);
}

interface Read extends Leaves {
  readonly kind: 'read';
}

/** The record is of another form. */
interface Miss {
  readonly kind: 'miss';
  readonly path: NativePath;
}

/** Reads a record as one form: what it holds, that it is of another form, or that it is broken. */
function readJson(form: CompiledForm, body: string): Read | Miss | Dead {
  const extraction = extractLeaves(body, form.tree, form.leaves.length);
  if (extraction.kind === 'not_object') return dead('not_object', '', 'the record is JSON, but no object');
  if (extraction.kind === 'fault') {
    const { position, message, deep } = extraction.fault;
    const byte = Buffer.byteLength(body.slice(0, position));
    return dead(deep ? 'too_deep' : 'not_json', `byte ${byte}`, `${message}, at byte ${byte}`);
  }
  const { texts, structured } = extraction.leaves;
  const unmet = firstUnmet(form.form.recognise, (path) => texts[form.leafOf(path)] ?? '');
  if (unmet !== undefined) return { kind: 'miss', path: pathOfCondition(unmet) };
  const decoded = decodeHeld(form, texts);
  if (decoded === undefined) return undecoded(form);
  return { kind: 'read', texts: decoded, structured };
}

function readXml(form: CompiledForm, body: string): Read | Dead {
  const [holder = []] = form.form.decode?.fields ?? [];
  const texts = new Array<string>(form.leaves.length).fill('');
  texts[form.leafOf(holder)] = body;
  const decoded = decodeHeld(form, texts);
  if (decoded === undefined) return dead('not_xml', '', 'the record is not well-formed event XML');
  return { kind: 'read', texts: decoded, structured: new Uint8Array(texts.length) };
}

/** What a form's JSON should hold and does not: XML that is broken, or a line that is none. */
function undecoded({ form }: CompiledForm): Miss | Dead {
  const isXml = form.decode?.kind === 'event_xml' || form.decode?.kind === 'data';
  if (isXml) return dead('not_xml', '', 'the event XML in the record is not well-formed');
  return { kind: 'miss', path: form.decode?.fields[0] ?? [] };
}

/** Reads a line of text; one that can't be decoded, or doesn't show what the form asks for, is of another form. */
function readText(form: CompiledForm, body: string): Read | Miss {
  const fields = decodeText(form.form.decode, body);
  if (fields === undefined) return { kind: 'miss', path: [] };
  const texts = leavesIn(form, fields);
  const unmet = firstUnmet(form.form.recognise, (path) => fields.get(printPath(path)) ?? '');
  if (unmet !== undefined) return { kind: 'miss', path: pathOfCondition(unmet) };
  return { kind: 'read', texts, structured: new Uint8Array(texts.length) };
}

function fieldsIn(compiled: CompiledMapping, form: CompiledForm, read: Read): OpenedRecord | Dead {
  const { mapping } = compiled;
  // Of the leaves that may hold a field, the first that is not empty.
  const leaves = form.fieldLeaves.map((numbers) => {
    const [first = -1] = numbers;
    return numbers.length < 2 ? first : (numbers.find((leaf) => read.texts[leaf] !== '') ?? first);
  });
  for (const field of mapping.required) {
    const leaf = leaves[compiled.numberOf(field)] ?? -1;
    const where = printPath(form.leaves[leaf] ?? [field]);
    if (!read.texts[leaf]) return dead('missing_field', where, `'${where}' is absent or empty`);
    if (read.structured[leaf] === 1) return dead('wrong_type', where, `'${where}' is an object or an array`);
  }
  const fields = leaves.map((leaf) => read.texts[leaf] ?? '');
  compiled.fillMatches?.(fields);
  return { kind: 'opened', compiled, form, fields, leaves };
}

function envelope(compiled: CompiledMapping, form: CompiledForm, fields: FieldTexts, record: InputRecord) {
  const { mapping } = compiled;
  const { tenant, stream, receivedAt, seed, ordinal, place, raw } = record;
  const textOf = (field: string) => fields[compiled.numberOf(field)] ?? '';
  const time = readTime(mapping.time, textOf, receivedAt);
  const natural = mapping.naturalKey.map(textOf);
  const isKeyed = natural.length > 0 && natural.every((value) => value !== '');
  const identity = {
    tenant,
    source: mapping.source,
    millis: (time.micros ?? 0n) / 1_000n,
    written: time.written,
    distinction: isKeyed ? naturalIdentity(natural) : placeIdentity(seed, raw, ordinal),
  };
  const content = mapping.essential.length === 0 ? raw : netstrings(mapping.essential.map(textOf));
  return {
    row: record.row ?? 0,
    tenant,
    event_id: eventId(identity),
    time: time.micros,
    time_quality: time.quality,
    received_at: receivedAt,
    source: mapping.source,
    form: form.form.name,
    stream,
    mapping_version: mapping.version,
    content_hash: contentHash(content),
    ...place,
    raw,
    ok: 1,
  } as const;
}

function dead(code: DeadCode, path: string, message: string): Dead {
  return { kind: 'dead', code: `normalise.${code}`, path, message };
}
