import type { EvtxValue, XmlAttribute, XmlElement, XmlNode } from './node.ts';
import { readValue } from './value.ts';

/** Tokens, without the flag that says that more of the kind follow. */
const token = {
  endOfStream: 0x00,
  openElement: 0x01,
  closeStartTag: 0x02,
  closeEmptyElement: 0x03,
  closeElement: 0x04,
  value: 0x05,
  attribute: 0x06,
  cdata: 0x07,
  character: 0x08,
  entity: 0x09,
  instructionTarget: 0x0a,
  instructionData: 0x0b,
  template: 0x0c,
  gap: 0x0d,
  optionalGap: 0x0e,
  fragment: 0x0f,
} as const;
const moreFlag = 0x40;
const binaryXml = 0x21;
/** Elements, templates and fragments within each other. */
const deepest = 64;
/** Nodes that are read for one event: far more than 64 KiB hold, unless they are read again and again. */
const mostNodes = 100_000;
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Template definitions of a chunk by their offset: they are written once and referred to. */
export type Templates = Map<number, readonly XmlNode[]>;

interface Place {
  at: number;
  readonly end: number;
  /** Elements name what they depend on only within a template definition. */
  readonly isTemplate: boolean;
  readonly depth: number;
}

/**
 * Reads binary XML ([MS-EVEN6] 2.2.12 and libevtx, "Windows XML Event Log format", Binary XML). `chunk` is the whole
 * chunk, since names and templates are referred to by their offset in it. Throws RangeError on what is damaged.
 */
export function readBinXml(
  chunk: Buffer,
  start: number,
  end: number,
  templates: Templates,
): readonly XmlNode[] {
  return new BinXmlReader(chunk, templates).nodes({ at: start, end, isTemplate: false, depth: 0 });
}

class BinXmlReader {
  readonly #chunk: Buffer;
  readonly #templates: Templates;
  #nodes = 0;

  constructor(chunk: Buffer, templates: Templates) {
    this.#chunk = chunk;
    this.#templates = templates;
  }

  /** Nodes up to the end, or to a token that belongs to what encloses them, which is left unread. */
  nodes(place: Place): XmlNode[] {
    const nodes: XmlNode[] = [];
    while (place.at < place.end) {
      const kind = this.#chunk.readUInt8(place.at);
      if (endsContent(kind)) break;
      place.at += 1;
      if (++this.#nodes > mostNodes) throw new RangeError(`binary XML of more than ${mostNodes} nodes`);
      const node = this.#node(kind, place);
      if (node !== undefined) nodes.push(node);
    }
    return nodes;
  }

  #node(kind: number, place: Place): XmlNode | undefined {
    switch (kind & ~moreFlag) {
      case token.openElement:
        return this.#element(kind, place);
      case token.value:
        return { kind: 'value', value: this.#value(place) };
      case token.cdata:
        return { kind: 'value', value: this.#text(place) };
      case token.character:
        return { kind: 'value', value: String.fromCharCode(this.#uint16(place)) };
      case token.entity:
        return { kind: 'value', value: this.#entity(place) };
      case token.instructionTarget:
        this.#name(place);
        return undefined;
      case token.instructionData:
        this.#text(place);
        return undefined;
      case token.template:
        return this.#instance(place);
      case token.gap:
      case token.optionalGap:
        return this.#gap(kind, place);
      case token.fragment:
        place.at += 3;
        return undefined;
      default:
        throw new RangeError(`token 0x${kind.toString(16)} at ${place.at - 1} is none of binary XML`);
    }
  }

  #element(kind: number, place: Place): XmlElement {
    const inner = deeper(place);
    // What the element depends on, and its size: the end is found by its token.
    inner.at += place.isTemplate ? 6 : 4;
    const name = this.#name(inner);
    if ((kind & moreFlag) !== 0) inner.at += 4;
    const attributes = this.#attributes(inner);
    const close = this.#uint8(inner);
    const children = close === token.closeStartTag ? this.nodes(inner) : [];
    const ends = close === token.closeStartTag ? this.#uint8(inner) === token.closeElement : true;
    if (!ends || (close !== token.closeStartTag && close !== token.closeEmptyElement)) {
      throw new RangeError(`element ${name} is not closed at ${inner.at - 1}`);
    }
    place.at = inner.at;
    return { kind: 'element', name, attributes, children };
  }

  #attributes(place: Place): XmlAttribute[] {
    const attributes: XmlAttribute[] = [];
    while ((this.#chunk.readUInt8(place.at) & ~moreFlag) === token.attribute) {
      place.at += 1;
      const name = this.#name(place);
      attributes.push({ name, content: this.nodes(place) });
    }
    return attributes;
  }

  #instance(place: Place): XmlNode {
    const inner = deeper(place);
    inner.at += 5;
    const offset = this.#uint32(inner);
    const size = this.#chunk.readUInt32LE(offset + 20);
    const nodes = this.#template(offset, size, inner.depth);
    // A definition stands where it is used first.
    if (offset === inner.at) inner.at += 24 + size;
    const values = this.#values(inner);
    place.at = inner.at;
    return { kind: 'instance', nodes, values };
  }

  #template(offset: number, size: number, depth: number): readonly XmlNode[] {
    const known = this.#templates.get(offset);
    if (known !== undefined) return known;
    const start = offset + 24;
    const nodes = this.nodes({ at: start, end: start + size, isTemplate: true, depth });
    this.#templates.set(offset, nodes);
    return nodes;
  }

  #values(place: Place): EvtxValue[] {
    const count = this.#uint32(place);
    if (count * 4 > place.end - place.at) throw new RangeError(`${count} values do not fit at ${place.at}`);
    const described = place.at;
    place.at += count * 4;
    const values: EvtxValue[] = [];
    for (let index = 0; index < count; index++) {
      const size = this.#chunk.readUInt16LE(described + index * 4);
      const type = this.#chunk.readUInt8(described + index * 4 + 2);
      values.push(this.#typed(type, size, place));
    }
    return values;
  }

  #typed(type: number, size: number, place: Place): EvtxValue {
    const start = place.at;
    const end = start + size;
    if (end > place.end) throw new RangeError(`a value of ${size} bytes does not fit at ${start}`);
    place.at = end;
    if (type !== binaryXml)
      return size === 0 && type !== 1 ? null : readValue(type, this.#chunk.subarray(start, end));
    return { kind: 'xml', nodes: this.nodes({ ...deeper(place), at: start, end, isTemplate: false }) };
  }

  #gap(kind: number, place: Place): XmlNode {
    const index = this.#uint16(place);
    place.at += 1;
    return { kind: 'gap', index, isOptional: (kind & ~moreFlag) === token.optionalGap };
  }

  #value(place: Place): EvtxValue {
    const type = this.#uint8(place);
    if (type !== 1) throw new RangeError(`a literal of type 0x${type.toString(16)} at ${place.at}`);
    return this.#text(place);
  }

  #text(place: Place): string {
    const length = this.#uint16(place) * 2;
    return this.#utf16(place, length);
  }

  /** A name stands where it is used first, behind a link and a hash; later uses refer to it. */
  #name(place: Place): string {
    const offset = this.#uint32(place);
    const named = { ...place, at: offset + 6 };
    const text = this.#utf16(named, this.#uint16(named) * 2);
    if (offset === place.at) place.at = named.at + 2;
    return text;
  }

  #entity(place: Place): string {
    const name = this.#name(place);
    return entities[name] ?? `&${name};`;
  }

  #utf16(place: Place, bytes: number): string {
    const start = place.at;
    if (start + bytes > this.#chunk.length)
      throw new RangeError(`text of ${bytes} bytes does not fit at ${start}`);
    place.at += bytes;
    return this.#chunk.toString('utf16le', start, place.at);
  }

  #uint8(place: Place): number {
    place.at += 1;
    return this.#chunk.readUInt8(place.at - 1);
  }

  #uint16(place: Place): number {
    place.at += 2;
    return this.#chunk.readUInt16LE(place.at - 2);
  }

  #uint32(place: Place): number {
    place.at += 4;
    return this.#chunk.readUInt32LE(place.at - 4);
  }
}

function deeper(place: Place): Place {
  if (place.depth === deepest) throw new RangeError(`binary XML nests deeper than ${deepest} levels`);
  return { ...place, depth: place.depth + 1 };
}

function endsContent(kind: number): boolean {
  const base = kind & ~moreFlag;
  return (
    base === token.endOfStream ||
    base === token.closeStartTag ||
    base === token.closeEmptyElement ||
    base === token.closeElement ||
    base === token.attribute
  );
}
