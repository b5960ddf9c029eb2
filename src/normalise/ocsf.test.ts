import { readFileSync } from 'node:fs';
import { constants, zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { attributeNames, attributes } from '../contracts/index.ts';
import { loadCatalogue } from './catalogue.ts';
import { haveRecordings, schemaArchive } from './recordings.suite.ts';

interface Node {
  readonly name?: string;
  readonly uid?: number;
  readonly type?: string;
  readonly extends?: string;
  readonly category?: string;
  readonly enum?: Readonly<Record<string, unknown>>;
  readonly attributes?: Readonly<Record<string, Node>>;
}

/** Classes that the archive's development version adds to the pinned release. */
const unreleased = [
  'user_management',
  'role_management',
  'clipboard_activity',
  'device_power_state_activity',
];
/** The schema has hashes as a list of algorithm and value; ours are columns of their own. */
const hashNames = ['sha256', 'md5'];
/** Class 0: what fits no other class. */
const baseEvent = 'base_event';
const windowLog = 27;
const blockBytes = 512;
/** OCSF numbers an extension's classes from its own number times 100,000 on. */
const windowsClasses = 200_000;

class Schema {
  readonly #dictionary: Record<string, Node> = {};
  readonly #objects: Record<string, Node> = {};
  readonly #events: Record<string, Node> = {};
  readonly #categories: Record<string, Node> = {};
  readonly #inExtension = new Set<string>();
  readonly roots = new Set<string>();

  constructor(archive: string) {
    for (const [path, content] of filesOf(archive)) {
      const file = /^(?:\.\/)?(?:[^/]+\/)??(.*)\.json$/.exec(path)?.[1] ?? '';
      const node = file === '' ? {} : (JSON.parse(content) as Node);
      if (file.endsWith('dictionary')) Object.assign(this.#dictionary, node.attributes);
      else if (file.endsWith('categories')) Object.assign(this.#categories, node.attributes);
      else if (file.includes('objects/')) this.#addObject(node);
      else if (file.includes('events/')) this.#addEvent(node, path.includes('extensions/windows'));
      else if (file.includes('profiles/')) this.#addRoots(node);
    }
  }

  /** The first part of a path that the schema does not know; undefined when it knows all. */
  unknownPart(path: string): string | undefined {
    const [root = '', ...rest] = path.split('.');
    if (!this.roots.has(root)) return root;
    let type = this.#dictionary[root]?.type;
    for (const part of rest) {
      if (type === 'fingerprint' && hashNames.includes(part)) return undefined;
      const attribute = this.#attributesOf(this.#objects, type)[part];
      if (attribute === undefined) return part;
      type = attribute.type ?? this.#dictionary[part]?.type;
    }
    return undefined;
  }

  /** Class number → the activities that it knows. */
  classes(): Map<number, Set<number>> {
    const classes = Object.entries(this.#events).flatMap(([name, event]) => {
      const uid = name === baseEvent ? 0 : event.uid;
      if (uid === undefined || unreleased.includes(name)) return [];
      return [[this.#classUid(name, uid), this.#activitiesOf(name)] as const];
    });
    return new Map(classes);
  }

  #classUid(name: string, uid: number): number {
    let event = this.#events[name];
    while (event !== undefined && event.category === undefined) event = this.#events[event.extends ?? ''];
    const category = this.#categories[event?.category ?? '']?.uid ?? 0;
    return category === 0 ? 0 : category * 1_000 + uid + (this.#inExtension.has(name) ? windowsClasses : 0);
  }

  #activitiesOf(name: string): Set<number> {
    const activities = new Set<number>();
    for (let event = this.#events[name]; event !== undefined; event = this.#events[event.extends ?? '']) {
      for (const id of Object.keys(event.attributes?.activity_id?.enum ?? {})) activities.add(Number(id));
    }
    return activities;
  }

  #attributesOf(nodes: Record<string, Node>, name: string | undefined): Record<string, Node> {
    const node = nodes[name ?? ''];
    if (node === undefined) return {};
    const inherited = node.extends === name ? {} : this.#attributesOf(nodes, node.extends);
    return { ...inherited, ...node.attributes };
  }

  /** An extension may patch an object: then it extends the object without a name of its own. */
  #addObject(node: Node): void {
    const name = node.name ?? node.extends ?? '';
    const known = this.#objects[name];
    const base = node.name === undefined ? known : node;
    this.#objects[name] = { ...known, ...base, attributes: { ...known?.attributes, ...node.attributes } };
  }

  #addEvent(node: Node, inExtension: boolean): void {
    const name = node.name ?? '';
    this.#events[name] = node;
    if (inExtension) this.#inExtension.add(name);
    this.#addRoots(node);
  }

  #addRoots(node: Node): void {
    for (const name of Object.keys(node.attributes ?? {})) this.roots.add(name);
  }
}

/** The regular files of a tar archive under zstd. */
function* filesOf(archive: string): Generator<[path: string, content: string]> {
  const bytes = zstdDecompressSync(readFileSync(archive), {
    params: { [constants.ZSTD_d_windowLogMax]: windowLog },
  });
  for (let at = 0; at + blockBytes <= bytes.length; ) {
    const field = (from: number, length: number) =>
      bytes.toString('utf8', at + from, at + from + length).split('\u0000', 1)[0] ?? '';
    const size = Number.parseInt(field(124, 12) || '0', 8);
    const path = [field(345, 155), field(0, 100)].filter((part) => part !== '').join('/');
    if (path.endsWith('.json')) yield [path, bytes.toString('utf8', at + blockBytes, at + blockBytes + size)];
    at += blockBytes + Math.ceil(size / blockBytes) * blockBytes;
  }
}

describe.skipIf(!haveRecordings)('against the OCSF schema', () => {
  const schema = haveRecordings ? new Schema(schemaArchive) : undefined;

  test('every attribute is a path of the schema', () => {
    for (const name of attributeNames) {
      expect(schema?.unknownPart(attributes[name].path), attributes[name].path).toBeUndefined();
    }
  });

  test('every kind of every source has a class and an activity of the schema', () => {
    const classes = schema?.classes();
    const catalogue = loadCatalogue();
    for (const source of catalogue.sources) {
      for (const kind of catalogue.compiled(source)?.mapping.kinds ?? []) {
        const activities = classes?.get(kind.classUid);
        expect(activities, `${source}: ${kind.name} is class ${kind.classUid}`).toBeDefined();
        const activity = kind.activityId ?? 0;
        expect(activities?.has(activity), `${source}: ${kind.name} is activity ${activity}`).toBe(true);
      }
    }
  });
});
