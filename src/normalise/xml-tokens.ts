/** A step through XML: an element opens, closes, or holds text. An empty element (`<a/>`) opens and closes. */
export type XmlToken =
  | { readonly kind: 'open'; readonly name: string; readonly attributes: ReadonlyMap<string, string> }
  | { readonly kind: 'close' }
  | { readonly kind: 'text'; readonly text: string };

/** Elements within elements; event XML has about five. */
const maxXmlDepth = 64;

const nameAt = /[A-Za-z_][\w.:-]*/y;
const spaceAt = /[ \t\r\n]*/y;
const attributeAt = /[ \t\r\n]+([A-Za-z_][\w.:-]*)[ \t\r\n]*=[ \t\r\n]*(?:"([^"<]*)"|'([^'<]*)')/y;
const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

export class XmlFault extends Error {}

/**
 * Reads the XML of one element front to back (XML 1.0 without DTDs: a document type is refused, so that no entity
 * can be defined). Names come without their namespace prefix. Throws `XmlFault` where it is not well-formed.
 */
export function* xmlTokens(xml: string): Generator<XmlToken> {
  const open: string[] = [];
  let at = 0;
  while (at < xml.length) {
    const start = xml.indexOf('<', at);
    const text = xml.slice(at, start === -1 ? xml.length : start);
    if (open.length > 0 && text !== '') yield { kind: 'text', text: resolveEntities(text) };
    else if (text.trim() !== '') throw new XmlFault('text outside the element');
    if (start === -1) break;
    if (xml.startsWith('<!--', start)) at = behind(xml, '-->', start + 4);
    else if (xml.startsWith('<?', start)) at = behind(xml, '?>', start + 2);
    else if (xml.startsWith('<![CDATA[', start)) {
      at = behind(xml, ']]>', start + 9);
      yield { kind: 'text', text: xml.slice(start + 9, at - 3) };
    } else if (xml.startsWith('</', start)) {
      at = closing(xml, start + 2, open.pop());
      yield { kind: 'close' };
    } else {
      const element = opening(xml, start + 1);
      at = element.end;
      yield { kind: 'open', name: localName(element.name), attributes: element.attributes };
      if (element.empty) yield { kind: 'close' };
      else open.push(element.name);
      if (open.length > maxXmlDepth) throw new XmlFault(`nests deeper than ${maxXmlDepth} elements`);
    }
  }
  if (open.length > 0) throw new XmlFault(`<${open.at(-1)}> is not closed`);
}

function opening(xml: string, from: number) {
  const name = match(nameAt, xml, from)?.[0];
  if (name === undefined) throw new XmlFault('an element has no name');
  const attributes = new Map<string, string>();
  let at = from + name.length;
  for (let found = match(attributeAt, xml, at); found !== null; found = match(attributeAt, xml, at)) {
    attributes.set(localName(found[1] ?? ''), resolveEntities(found[2] ?? found[3] ?? ''));
    at += found[0].length;
  }
  at += match(spaceAt, xml, at)?.[0].length ?? 0;
  const empty = xml.startsWith('/>', at);
  if (!empty && xml.charAt(at) !== '>') throw new XmlFault(`<${name}> is not written as XML asks`);
  return { name, attributes, empty, end: at + (empty ? 2 : 1) };
}

function closing(xml: string, from: number, expected: string | undefined): number {
  const name = match(nameAt, xml, from)?.[0] ?? '';
  if (name !== expected) throw new XmlFault(`</${name}> closes nothing`);
  const end = from + name.length + (match(spaceAt, xml, from + name.length)?.[0].length ?? 0);
  if (xml.charAt(end) !== '>') throw new XmlFault(`</${name} has no end`);
  return end + 1;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function behind(xml: string, end: string, from: number): number {
  const at = xml.indexOf(end, from);
  if (at === -1) throw new XmlFault(`'${end}' is missing`);
  return at + end.length;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function resolveEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;&]{0,10});?/g, (whole, entity: string) => {
    const known = named[entity];
    if (known !== undefined && whole.endsWith(';')) return known;
    const code = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}));$/.exec(`${entity};`);
    const point = code === null ? Number.NaN : Number.parseInt(code[1] ?? code[2] ?? '', code[1] ? 16 : 10);
    if (!whole.endsWith(';') || !(point <= 0x10ffff)) throw new XmlFault(`${whole} is no entity`);
    return String.fromCodePoint(point);
  });
}
