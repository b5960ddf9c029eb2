import type { CompiledForm } from './compiled.ts';
import { parseDataXml, parseEventXml, type XmlFields } from './event-xml.ts';
import { jsonMembers } from './json-member.ts';
import { printPath } from './native.ts';

/** How a bare record in XML begins. */
const xmlStart = '<';

/** True when the record is no JSON, but a form of its source reads XML as it stands. */
export function isBareXml(body: string): boolean {
  return body.trimStart().startsWith(xmlStart);
}

/**
 * Reads the XML that a decoding form holds and fills the leaves that the JSON around it left empty (a native key wins).
 * Gives the texts of all leaves; undefined when the XML is not well-formed.
 */
export function decodeXml(form: CompiledForm, texts: readonly string[]): readonly string[] | undefined {
  const decode = form.form.decode;
  if (decode === undefined) return texts;
  const holders = decode.fields.map((path) => texts[form.leafOf(path)] ?? '').filter((text) => text !== '');
  const xmls = decode.kind === 'event_xml' ? holders.slice(0, 1) : holders;
  const found: XmlFields[] = [];
  for (const xml of xmls) {
    const fields = decode.kind === 'event_xml' ? parseEventXml(xml) : parseData(xml);
    if (fields === undefined) return undefined;
    found.push(fields);
  }
  return form.leaves.map((path, index) => {
    const name = printPath(path);
    return texts[index] || (found.find((fields) => fields.has(name))?.get(name) ?? '');
  });
}

function parseData(text: string): XmlFields | undefined {
  return text.startsWith('{') ? jsonMembers(text) : parseDataXml(text);
}
