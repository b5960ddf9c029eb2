import { stringToken } from './json-text.ts';
import { XmlFault, xmlTokens } from './xml-tokens.ts';

/** Native field → text, named as in the flat form: `Provider_Name`, `EventID`, `TimeCreated`, `CommandLine`. */
export type XmlFields = Map<string, string>;

/**
 * One Windows event as XML (`<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">`) as flat fields:
 * System with attributes behind an underscore, then Data by name and the leaves of UserData; a System field wins over
 * Data of the same name, which becomes `EventData_<name>`. Undefined when the XML is not well-formed or no event.
 */
export function parseEventXml(xml: string): XmlFields | undefined {
  const leaves = readLeaves(xml);
  if (leaves?.root !== 'Event') return undefined;
  const system: XmlFields = new Map();
  const data = new DataFields();
  for (const leaf of leaves.leaves) {
    const [, part = '', name = ''] = leaf.path;
    if (part === 'System') addSystem(system, name, leaf);
    else if (part === 'EventData') addData(data, leaf);
    else if (part === 'UserData') data.add(leaf.path.at(-1) ?? '', leaf.text);
    else if (part === 'RenderingInfo' && name === 'Message') data.add('Message', leaf.text);
  }
  for (const [name, text] of data.fields()) system.set(system.has(name) ? `EventData_${name}` : name, text);
  return system;
}

/** The `Data` elements of an XML fragment, `<DataItem><EventData><Data Name="…">` or `<EventData>` alone. */
export function parseDataXml(xml: string): XmlFields | undefined {
  const leaves = readLeaves(xml);
  if (leaves === undefined) return undefined;
  const data = new DataFields();
  for (const leaf of leaves.leaves) addData(data, leaf);
  return data.fields();
}

interface Leaf {
  readonly path: readonly string[];
  readonly attributes: ReadonlyMap<string, string>;
  readonly text: string;
}

/** Elements without elements in them, in order. */
function readLeaves(xml: string): { root: string; leaves: Leaf[] } | undefined {
  const path: { name: string; attributes: ReadonlyMap<string, string>; text: string[]; inner: boolean }[] =
    [];
  const leaves: Leaf[] = [];
  let root = '';
  try {
    for (const token of xmlTokens(xml)) {
      const top = path.at(-1);
      if (token.kind === 'text') top?.text.push(token.text);
      else if (token.kind === 'open') {
        if (top === undefined && root !== '') return undefined;
        if (top === undefined) root = token.name;
        else top.inner = true;
        path.push({ name: token.name, attributes: token.attributes, text: [], inner: false });
      } else if (top !== undefined) {
        const names = path.map(({ name }) => name);
        if (!top.inner) leaves.push({ path: names, attributes: top.attributes, text: top.text.join('') });
        path.pop();
      }
    }
  } catch (fault) {
    if (fault instanceof XmlFault) return undefined;
    throw fault;
  }
  return { root, leaves };
}

function addSystem(system: XmlFields, name: string, leaf: Leaf): void {
  if (leaf.text !== '') system.set(name, leaf.text);
  for (const [attribute, value] of leaf.attributes) {
    // The time stands in an attribute; as the flat form has it, it is the field itself.
    system.set(attribute === 'SystemTime' ? name : `${name}_${attribute}`, value);
  }
}

function addData(data: DataFields, leaf: Leaf): void {
  const element = leaf.path.at(-1);
  if (element === 'Data') data.add(leaf.attributes.get('Name') ?? 'Data', leaf.text);
  else if (element === 'Binary') data.add('Binary', leaf.text);
}

/** Values by name; several of one name become a JSON array. */
class DataFields {
  readonly #values = new Map<string, string[]>();

  add(name: string, text: string): void {
    const values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, [text]);
    else values.push(text);
  }

  fields(): XmlFields {
    const entries = [...this.#values].map(([name, values]) => {
      const [first = ''] = values;
      return [name, values.length === 1 ? first : `[${values.map(stringToken).join(',')}]`] as const;
    });
    return new Map(entries);
  }
}
