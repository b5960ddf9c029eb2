/** The Open Cybersecurity Schema Framework as the archive of its repository holds it: classes and objects with all that they inherit. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { recordingsFolder, zstdWindow } from './shared-recordings.ts';
import { filesOf } from './tape-archive.ts';

export const schemaArchive = join(recordingsFolder, 'ocsf/ocsf-schema.tar.zst');

/** An attribute, object or class as a file of the schema says it. */
interface Node {
  readonly name?: string;
  readonly uid?: number;
  readonly type?: string;
  readonly is_array?: boolean;
  readonly requirement?: string;
  readonly extends?: string;
  readonly category?: string;
  readonly caption?: string;
  readonly enum?: Readonly<Record<string, { readonly caption?: string }>>;
  readonly attributes?: Attributes;
  readonly types?: { readonly attributes: Readonly<Record<string, Node>> };
  readonly range?: readonly [number, number];
  readonly regex?: string;
}
/** Beside attributes stands `$include`, which names profiles whose attributes are in force too. */
type Attributes = Readonly<Record<string, Node>>;
const include = '$include';

export interface OcsfAttribute {
  /** A basic type (`ip_t`) or the name of an object. */
  readonly type: string;
  readonly isArray: boolean;
  readonly isRequired: boolean;
  /** Values that an id may have; undefined when any. */
  readonly values: ReadonlySet<string> | undefined;
}

export interface OcsfClass {
  readonly uid: number;
  readonly caption: string;
  readonly categoryUid: number;
  readonly activities: ReadonlyMap<number, string>;
  readonly attributes: ReadonlyMap<string, OcsfAttribute>;
}

/** Classes that the archive's development version adds to the pinned release (its change log says so). */
const unreleased = new Set([
  'user_management',
  'role_management',
  'clipboard_activity',
  'device_power_state_activity',
]);
/** Class 0: what fits no other class. */
const baseEvent = 'base_event';
/** OCSF numbers an extension's classes from its own number times 100,000 on; that of Windows is 2. */
const windowsClasses = 200_000;

/** The attributes themselves. */
function entriesOf(attributes: Attributes | undefined): [name: string, attribute: Node][] {
  return Object.entries(attributes ?? {}).filter(([name]) => name !== include);
}

function includedBy(attributes: Attributes | undefined): readonly string[] {
  const named: unknown = attributes?.[include];
  return Array.isArray(named) ? named : [];
}

export class OcsfSchema {
  readonly #dictionary = new Map<string, Node>();
  readonly #types = new Map<string, Node>();
  readonly #objects = new Map<string, Node>();
  readonly #events = new Map<string, Node>();
  readonly #profiles = new Map<string, Node>();
  readonly #categories = new Map<string, Node>();
  readonly #ofWindows = new Set<string>();
  readonly #known = new Map<string, ReadonlyMap<string, OcsfAttribute>>();

  constructor(archive: string) {
    const files = [...filesOf(zstdDecompressSync(readFileSync(archive), zstdWindow))]
      .map(([path, content]) => [path.replace(/^\.\//, ''), content] as const)
      .filter(([path]) => path.endsWith('.json'))
      // What an extension patches must be there before.
      .sort(
        ([left], [right]) => Number(left.includes('extensions/')) - Number(right.includes('extensions/')),
      );
    for (const [path, content] of files) this.#add(path, JSON.parse(content.toString()) as Node);
  }

  #add(path: string, node: Node): void {
    const entries = entriesOf(node.attributes);
    if (path.endsWith('dictionary.json')) {
      for (const [name, attribute] of entries) this.#dictionary.set(name, attribute);
      for (const [name, type] of Object.entries(node.types?.attributes ?? {})) this.#types.set(name, type);
    } else if (path.endsWith('categories.json')) {
      for (const [name, category] of entries) this.#categories.set(name, category);
    } else if (path.includes('profiles/')) this.#profiles.set(path.replace(/^.*(?=profiles\/)/, ''), node);
    else if (path.includes('objects/')) this.#addObject(node);
    else if (path.includes('events/')) {
      this.#events.set(node.name ?? '', node);
      if (path.includes('extensions/windows')) this.#ofWindows.add(node.name ?? '');
    }
  }

  /** A patch of an extension extends an object and has no name of its own, or that object's. */
  #addObject(node: Node): void {
    const name = node.name ?? node.extends ?? '';
    const patched =
      node.name === undefined || node.name === node.extends ? this.#objects.get(name) : undefined;
    const attributes = { ...patched?.attributes, ...node.attributes } as Attributes;
    this.#objects.set(name, { ...node, ...patched, attributes });
  }

  /** Class number → class, profiles and extensions applied. */
  classes(): ReadonlyMap<number, OcsfClass> {
    const classes = [...this.#events].flatMap(([name, event]): [number, OcsfClass][] => {
      const own = name === baseEvent ? 0 : event.uid;
      if (own === undefined || unreleased.has(name)) return [];
      const categoryUid = this.#categoryOf(event);
      const uid =
        name === baseEvent ? 0 : categoryUid * 1_000 + own + (this.#ofWindows.has(name) ? windowsClasses : 0);
      const attributes = this.#resolve(this.#events, name);
      const activities = this.#enumOf(name, 'activity_id');
      return [[uid, { uid, caption: event.caption ?? '', categoryUid, activities, attributes }]];
    });
    return new Map(classes);
  }

  #categoryOf(event: Node): number {
    let at: Node | undefined = event;
    while (at !== undefined && at.category === undefined) at = this.#events.get(at.extends ?? '');
    return this.#categories.get(at?.category ?? '')?.uid ?? 0;
  }

  #enumOf(name: string, attribute: string): Map<number, string> {
    const values = new Map<number, string>();
    for (let at = this.#events.get(name); at !== undefined; at = this.#events.get(at.extends ?? '')) {
      for (const [id, { caption = '' }] of Object.entries(at.attributes?.[attribute]?.enum ?? {}))
        if (!values.has(Number(id))) values.set(Number(id), caption);
    }
    return values;
  }

  /** The attributes of an object, by the name of its type; undefined for a basic type. */
  object(type: string): ReadonlyMap<string, OcsfAttribute> | undefined {
    return this.#objects.has(type) ? this.#resolve(this.#objects, type) : undefined;
  }

  #resolve(nodes: ReadonlyMap<string, Node>, name: string): ReadonlyMap<string, OcsfAttribute> {
    const key = `${nodes === this.#events ? 'class' : 'object'} ${name}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const written = this.#written(nodes, name);
    const made = new Map(
      [...written].map(([attribute, parts]) => [attribute, this.#attribute(attribute, parts)]),
    );
    this.#known.set(key, made);
    return made;
  }

  /** Everything said of each attribute: the nearest last. */
  #written(nodes: ReadonlyMap<string, Node>, name: string): Map<string, Node[]> {
    const node = nodes.get(name);
    if (node === undefined) return new Map();
    const above =
      node.extends === undefined || node.extends === name ? new Map() : this.#written(nodes, node.extends);
    // What a profile requires is required of events that say they have the profile.
    const included = includedBy(node.attributes).flatMap((profile) =>
      entriesOf(this.#profiles.get(profile)?.attributes).map(
        ([attribute, { requirement: _, ...part }]): [string, Node] => [attribute, part],
      ),
    );
    for (const [attribute, part] of [...included, ...entriesOf(node.attributes)])
      above.set(attribute, [...(above.get(attribute) ?? []), part]);
    return above;
  }

  #attribute(name: string, parts: readonly Node[]): OcsfAttribute {
    const dictionary = this.#dictionary.get(name);
    const all = [...(dictionary === undefined ? [] : [dictionary]), ...parts];
    const type = all.findLast((part) => part.type !== undefined)?.type ?? '';
    const values = all.flatMap((part) => Object.keys(part.enum ?? {}));
    return {
      type: type === 'object_t' ? 'object' : type,
      isArray: dictionary?.is_array === true,
      isRequired: parts.findLast((part) => part.requirement !== undefined)?.requirement === 'required',
      values: values.length === 0 ? undefined : new Set(values),
    };
  }

  /** Why a value is none of a basic type; undefined when it is one. */
  faultOf(type: string, value: unknown): string | undefined {
    const { type: base = type, range, regex } = this.#types.get(type) ?? {};
    if (base === 'integer_t' || base === 'long_t') {
      if (typeof value !== 'number' || !Number.isInteger(value)) return `${String(value)} is no integer`;
      const [low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY] = range ?? [];
      return value < low || value > high ? `${value} is outside ${low}..${high}` : undefined;
    }
    if (base === 'boolean_t')
      return typeof value === 'boolean' ? undefined : `${String(value)} is no boolean`;
    if (base === 'json_t') return undefined;
    if (typeof value !== 'string') return `${String(value)} is no text`;
    return regex === undefined || new RegExp(regex).test(value) ? undefined : `'${value}' is no ${type}`;
  }
}
