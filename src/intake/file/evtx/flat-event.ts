import { maxRecordBytes } from '../../../contracts/index.ts';
import { type EvtxValue, isFragment, type XmlElement, type XmlNode } from './node.ts';

/** An element with what fills the gaps of the template that it stands in. */
interface Placed {
  readonly element: XmlElement;
  readonly values: readonly EvtxValue[];
}

/** What an element or attribute holds once its gaps are filled. */
interface Content {
  readonly elements: Placed[];
  readonly values: EvtxValue[];
}

type Fields = Map<string, EvtxValue>;

/** System fields in this order, first; further ones behind them. */
const firstFields = [
  'Provider_Name',
  'EventID',
  'Channel',
  'Computer',
  'TimeCreated',
  'EventRecordID',
  'Level',
  'Task',
  'Opcode',
  'Keywords',
  'Version',
  'Execution_ProcessID',
  'Execution_ThreadID',
  'Security_UserID',
];

/** Attributes that are known by a name of their own. */
const systemNames: Readonly<Record<string, string>> = {
  SystemTime: 'TimeCreated',
  EventSourceName: 'EventSourceName',
};

/** Nodes that one event may come to: templates can refer to each other, so that a small file unfolds without end. */
const mostNodes = 50_000;

/**
 * A Windows event as one flat JSON object: system fields first (attributes as `Element_Attribute`), then the names of
 * its event data as they are; where one of them is taken, `EventData_<name>`. Event data without names are `Data`, a
 * list when there are several. Empty system fields are left out.
 * Throws RangeError when there is no event, or it exceeds `maxRecordBytes`.
 */
export function flatEvent(nodes: readonly XmlNode[]): string {
  return new FlatEvent().of(nodes);
}

class FlatEvent {
  readonly #fields: Fields = new Map();
  readonly #system = new Set<string>();
  #nodes = 0;
  #characters = 0;

  of(nodes: readonly XmlNode[]): string {
    const event = this.#content(nodes, []).elements.find(({ element }) => element.name === 'Event');
    if (event === undefined) throw new RangeError('the record holds no event');
    const parts = this.#inside(event).elements;
    for (const part of parts) if (part.element.name === 'System') this.#addSystem(part);
    for (const part of parts) if (part.element.name !== 'System') this.#addData(part);
    return print(this.#fields);
  }

  #addSystem(system: Placed): void {
    const found: Fields = new Map();
    for (const child of this.#inside(system).elements) {
      const { name } = child.element;
      setUnlessEmpty(found, name, joined(this.#inside(child).values));
      for (const attribute of child.element.attributes) {
        const key = systemNames[attribute.name] ?? `${name}_${attribute.name}`;
        setUnlessEmpty(found, key, joined(this.#content(attribute.content, child.values).values));
      }
    }
    for (const name of firstFields) setUnlessEmpty(this.#fields, name, found.get(name) ?? null);
    for (const [name, value] of found) this.#fields.set(name, value);
    for (const name of found.keys()) this.#system.add(name);
  }

  #addData(part: Placed): void {
    const unnamed: EvtxValue[] = [];
    const content = this.#inside(part);
    for (const child of content.elements) this.#addDatum(child, unnamed);
    unnamed.push(...content.values.filter((value) => value !== ''));
    const [only] = unnamed;
    if (only !== undefined) this.#add('Data', unnamed.length === 1 ? only : unnamed);
  }

  #addDatum(datum: Placed, unnamed: EvtxValue[]): void {
    const { element } = datum;
    const content = this.#inside(datum);
    const name = this.#nameOf(datum);
    const value = joined(content.values);
    if (content.elements.length > 0) for (const child of content.elements) this.#addDatum(child, unnamed);
    else if (name !== undefined) this.#add(name, value ?? '');
    else if (element.name === 'Data') unnamed.push(...content.values.flat());
    else if (value !== null) this.#add(element.name, value);
  }

  /** The name that the datum gives in its attribute. */
  #nameOf({ element, values }: Placed): string | undefined {
    const attribute = element.attributes.find(({ name }) => name === 'Name');
    const name = attribute === undefined ? null : joined(this.#content(attribute.content, values).values);
    return name === null || name === '' ? undefined : String(name);
  }

  #add(name: string, value: EvtxValue): void {
    const key = this.#system.has(name) ? `EventData_${name}` : name;
    const before = this.#fields.get(key);
    // A name that comes again makes a list of its values.
    if (before === undefined) this.#fields.set(key, value);
    else this.#fields.set(key, [before, value].flat());
  }

  #inside({ element, values }: Placed): Content {
    return this.#content(element.children, values);
  }

  #content(nodes: readonly XmlNode[], values: readonly EvtxValue[]): Content {
    const content: Content = { elements: [], values: [] };
    this.#gather(nodes, values, content);
    return content;
  }

  #gather(nodes: readonly XmlNode[], values: readonly EvtxValue[], into: Content): void {
    this.#nodes += nodes.length;
    if (this.#nodes > mostNodes) throw new RangeError(`the event unfolds to more than ${mostNodes} nodes`);
    for (const node of nodes) {
      switch (node.kind) {
        case 'element':
          into.elements.push({ element: node, values });
          break;
        case 'instance':
          this.#gather(node.nodes, node.values, into);
          break;
        case 'value':
          this.#take(node.value, into);
          break;
        case 'gap':
          this.#take(values[node.index] ?? null, into);
          break;
      }
    }
  }

  #take(value: EvtxValue, into: Content): void {
    if (isFragment(value)) {
      this.#gather(value.nodes, [], into);
      return;
    }
    if (value === null) return;
    this.#characters += typeof value === 'string' ? value.length : Array.isArray(value) ? value.length : 0;
    if (this.#characters > maxRecordBytes)
      throw new RangeError(`the event is larger than ${maxRecordBytes} bytes`);
    into.values.push(value);
  }
}

function setUnlessEmpty(fields: Fields, name: string, value: EvtxValue): void {
  if (value !== null && value !== '') fields.set(name, value);
}

/** One value keeps its type, several are one text, as their XML would be. */
function joined(values: readonly EvtxValue[]): EvtxValue {
  if (values.length === 0) return null;
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : values.map(String).join('');
}

function print(fields: Fields): string {
  const parts: string[] = [];
  let length = 0;
  for (const [name, value] of fields) {
    const part = `${JSON.stringify(name)}:${printValue(value)}`;
    length += part.length;
    if (length > maxRecordBytes) throw new RangeError(`the event is larger than ${maxRecordBytes} bytes`);
    parts.push(part);
  }
  return `{${parts.join(',')}}`;
}

function printValue(value: EvtxValue): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(printValue).join(',')}]`;
  // JSON has no NaN and no infinity.
  if (typeof value === 'number' && !Number.isFinite(value)) return JSON.stringify(String(value));
  return JSON.stringify(value);
}
