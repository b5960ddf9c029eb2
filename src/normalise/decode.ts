import type { CompiledForm } from './compiled.ts';
import { parseDataXml, parseEventXml, type XmlFields } from './event-xml.ts';
import { jsonElements, jsonMember, jsonMembers } from './json-member.ts';
import type { Decode } from './mapping.ts';
import { type NativePath, printPath } from './native.ts';
import { parseAudit } from './text/audit.ts';
import { parseDelimited } from './text/delimited.ts';
import { parseKeyValue, type TextFields } from './text/key-value.ts';
import { parseSyslog } from './text/syslog.ts';

/** How a record in XML begins; `<34>` is a line of syslog. */
const xmlStart = /^\s*<[A-Za-z?!]/;
const jsonStart = /^\s*(?:[{[]|$)/;

/** What a record looks like by its first character. */
export type Looks = 'json' | 'xml' | 'text';

export function looksOf(body: string): Looks {
  const start = body.slice(0, 256);
  if (xmlStart.test(start)) return 'xml';
  return jsonStart.test(start) ? 'json' : 'text';
}

/** The fields of a line of text; undefined when it is none of the kind, or the form is of no text. */
export function decodeText(decode: Decode | undefined, text: string): TextFields | undefined {
  switch (decode?.kind) {
    case 'syslog':
      return parseSyslog(text);
    case 'audit':
      return parseAudit(text);
    case 'key_value':
      return parseKeyValue(text);
    case 'delimited':
      return parseDelimited(decode, text);
    default:
      return undefined;
  }
}

/** The texts of a form's leaves in the fields of a line. */
export function leavesIn(form: CompiledForm, fields: TextFields): readonly string[] {
  return form.leaves.map((path) => fields.get(printPath(path)) ?? '');
}

/**
 * Reads what a decoding form's JSON holds and fills the leaves that the JSON left empty (a native key wins). Gives the
 * texts of all leaves; undefined when the XML or the line in it is none.
 */
export function decodeHeld(form: CompiledForm, texts: readonly string[]): readonly string[] | undefined {
  const decode = form.form.decode;
  if (decode === undefined) return texts;
  if (decode.kind === 'bytes') return withTextOfBytes(texts, decode.fields.map(form.leafOf));
  const holders = decode.fields.map((path) => texts[form.leafOf(path)] ?? '').filter((text) => text !== '');
  const held = decode.kind === 'data' ? holders : holders.slice(0, 1);
  const found: XmlFields[] = [];
  for (const text of held) {
    const fields = decodeOne(decode, text);
    if (fields === undefined) return undefined;
    found.push(fields);
  }
  return form.leaves.map((path, index) => texts[index] || foundText(found, path));
}

/** journald writes a message that is no plain text as the numbers of its bytes. */
function withTextOfBytes(texts: readonly string[], leaves: readonly number[]): readonly string[] {
  const inPlace = [...texts];
  for (const leaf of leaves) {
    const text = texts[leaf] ?? '';
    if (text.startsWith('[')) inPlace[leaf] = Buffer.from(jsonElements(text).map(Number)).toString();
  }
  return inPlace;
}

/** The text under a path's name, else what lies deeper in the JSON value under its first level. */
function foundText(found: readonly XmlFields[], path: NativePath): string {
  const name = printPath(path);
  const holder = found.find((fields) => fields.has(name));
  if (holder !== undefined) return holder.get(name) ?? '';
  const [first = '', ...rest] = path;
  const outer = found.find((fields) => fields.has(first));
  return rest.length === 0 || outer === undefined ? '' : jsonMember(outer.get(first) ?? '', rest);
}

/** The fields in what a form decodes: event XML, a line of text, a fragment of XML or JSON; undefined when it is none. */
export function decodeOne(decode: Decode, text: string): XmlFields | undefined {
  if (decode.kind === 'event_xml') return parseEventXml(text);
  return decode.kind === 'data' ? parseData(text) : decodeText(decode, text);
}

function parseData(text: string): XmlFields | undefined {
  return text.startsWith('{') ? jsonMembers(text) : parseDataXml(text);
}
