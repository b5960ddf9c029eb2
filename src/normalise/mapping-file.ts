import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Document, isNode, LineCounter, parseDocument, visit } from 'yaml';
import type * as z from 'zod';
import { type AttributeName, repeatedKeys, type TyrianError } from '../contracts/index.ts';
import { normaliseErrors } from './errors.ts';
import {
  type AttributeRule,
  type Group,
  type Kind,
  type Mapping,
  type Patterns,
  separatorOf,
} from './mapping.ts';
import { GroupAttributes, MappingFile, MessagePatterns } from './mapping-schema.ts';

/** Group of kinds that name none: what `attributes` says, nothing else. */
const plainGroup = '';
/** Faults that are told of one file, and characters of each. */
const [maxFaults, maxFaultLength] = [100, 500];
/** Aliases in one file: the library looks through all anchors for each. */
const maxAliases = 1_000;

/** The text of a file of patterns; undefined when there is none. */
export type ReadPatterns = (file: string) => string | undefined;

/**
 * Reads the text of a `mapping.yaml`. `file` is named in faults, and a file of patterns is looked for beside it, by `read`.
 * Throws `normalise.mapping_invalid`; its message has a line `file:line:column: what` a fault.
 */
export function parseMapping(text: string, file: string, read: ReadPatterns = readThere): Mapping {
  const { data, fault, refuseFaults } = parseYaml(text, file, MappingFile);
  const mapping = resolve(data, fault, file, read);
  refuseFaults();
  return mapping;
}

/** Parses YAML by a schema; `fault` notes what is wrong beyond it, `refuseFaults` throws when something was. */
function parseYaml<T>(text: string, file: string, schema: z.ZodType<T>) {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const positionOf = (path: readonly PropertyKey[]): string => {
    for (let length = path.length; length >= 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range != null) return place(node.range[0]);
    }
    return file;
  };
  const unsound = [
    ...document.errors.map(({ pos, message }) => ({ at: pos[0], message: message.split('\n')[0] ?? '' })),
    ...repeatedKeys(document).map(({ range }) => ({
      at: range?.[0] ?? 0,
      message: 'Map keys must be unique',
    })),
  ];
  if (unsound.length > 0) throw refuse(unsound, ({ at, message }) => `${place(at)}: ${message}`);
  const parsed = schema.safeParse(contentOf(document, file));
  const told = ({ path, message }: Fault) => `${positionOf(path)}: ${message}`;
  if (!parsed.success) throw refuse(parsed.error.issues, told);
  const faults: Fault[] = [];
  const fault: Note = (path, message) => faults.push({ path, message });
  const refuseFaults = () => {
    if (faults.length > 0) throw refuse(faults, told);
  };
  return { data: parsed.data, fault, refuseFaults };
}

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}
type Note = (...fault: [path: Fault['path'], message: string]) => void;

/** The first faults, a line each. */
function refuse<T>(faults: readonly T[], told: (fault: T) => string): TyrianError {
  const lines = faults.slice(0, maxFaults).map((fault) => told(fault).slice(0, maxFaultLength));
  const more = faults.length - lines.length;
  return normaliseErrors.make(
    'mapping_invalid',
    [...lines, ...(more > 0 ? [`… and ${more} more faults`] : [])].join('\n'),
  );
}

/** What a document says, aliases written out as far as the library does. */
function contentOf(document: Document, file: string): unknown {
  let aliases = 0;
  visit(document, {
    Alias() {
      aliases += 1;
    },
  });
  try {
    if (aliases > maxAliases) throw new Error(`it has more than ${maxAliases} aliases`);
    return document.toJS();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw normaliseErrors.make('mapping_invalid', `${file}: ${why}`, { cause });
  }
}

function resolve(file: MappingFile, fault: Note, name: string, read: ReadPatterns): Mapping {
  const groups = resolveGroups(file, fault);
  const numbers = new Map(groups.map((group, index) => [group.name, index]));
  const kindOf = (
    name: string,
    written: MappingFile['classify']['default'],
    path: readonly PropertyKey[],
  ): Kind => {
    const group = numbers.get(written.group ?? plainGroup);
    if (group === undefined) fault([...path, 'group'], `there is no group '${written.group}'`);
    return {
      name,
      classUid: written.class,
      activityId: written.activity,
      statusId: written.status,
      severityId: written.severity,
      group: group ?? 0,
    };
  };
  const { classify } = file;
  const kinds = Object.entries(classify.kinds);
  return {
    source: file.source,
    version: file.version,
    title: file.title,
    lastResort: file.last_resort,
    blanks: file.blanks,
    forms: Object.entries(file.forms).map(([name, { paths, lower_keys, ...form }]) => ({
      name,
      ...form,
      decode: form.decode,
      lowerKeys: lower_keys,
      paths: new Map(Object.entries(paths)),
    })),
    required: file.required,
    time: file.time.map(({ zone, ...rule }) => ({ ...rule, ...zone })),
    naturalKey: file.natural_key,
    essential: file.essential,
    classifyBy: classify.by,
    kinds: [
      kindOf('default', classify.default, ['classify', 'default']),
      ...kinds.map(([key, kind]) => kindOf(key, kind, ['classify', 'kinds', key])),
    ],
    kindOfKey: new Map(kinds.map(([key], index) => [key, index + 1])),
    groups,
    patterns: file.patterns === undefined ? undefined : resolvePatterns(file.patterns, fault, name, read),
  };
}

function readThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function resolvePatterns(
  { text: field, program, of }: NonNullable<MappingFile['patterns']>,
  fault: Note,
  mappingFile: string,
  read: ReadPatterns,
): Patterns {
  let patterns: MessagePatterns = {};
  if (typeof of !== 'string') patterns = of;
  else {
    const file = join(dirname(mappingFile), of);
    const text = read(file);
    if (text !== undefined) patterns = parseYaml(text, file, MessagePatterns).data;
    else fault(['patterns', 'of'], `there is no file '${file}'`);
  }
  return {
    text: field,
    program,
    of: Object.entries(patterns).map(([name, pattern]) => ({ name, ...pattern })),
  };
}

function resolveGroups(file: MappingFile, fault: Note): Group[] {
  const resolved = new Map<string, ReadonlyMap<AttributeName, AttributeRule>>([
    [plainGroup, file.attributes],
  ]);
  for (const [name, { extends: parent = plainGroup, ...rules }] of Object.entries(file.groups)) {
    const inherited = resolved.get(parent);
    if (inherited === undefined) fault(['groups', name], `'${parent}' must stand above '${name}'`);
    const own = GroupAttributes.safeParse(rules);
    if (!own.success)
      for (const issue of own.error.issues) fault(['groups', name, ...issue.path], issue.message);
    resolved.set(name, new Map([...(inherited ?? []), ...(own.data ?? [])]));
  }
  const groups = [...resolved].map(([name, attributes]) => ({ name, attributes }));
  for (const { name, attributes } of groups) {
    for (const [attribute, { separator }] of attributes) {
      const common = separatorOf({ groups }, attribute);
      if (separator !== common)
        fault(['groups', name, attribute], `'${attribute}' is separated by '${common}' elsewhere`);
    }
  }
  return groups;
}
