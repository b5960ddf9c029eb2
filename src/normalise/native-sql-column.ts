import { type AttributeName, attributeNames, attributes } from '../contracts/index.ts';
import type { SourceCatalogue } from './catalogue.ts';
import type { CompiledMapping } from './compiled.ts';
import { lowerAscii } from './evaluate.ts';
import type { Expression } from './expression.ts';
import type { Group } from './mapping.ts';
import type { EventPlace } from './native-sql.ts';

/** What is known of a native field's text; `lowered`: regardless of case. */
interface Pin {
  readonly values: readonly string[];
  readonly lowered: boolean;
}

/** Values of an expression that are followed; an expression of more may give any. */
const maxValues = 1_000;

/**
 * The text column that is the field itself in every event of the place, as its mappings say: what `first`, `basename` and
 * the like make of a field is another text.
 */
export function columnOfField(
  catalogue: SourceCatalogue,
  place: EventPlace,
  [name]: readonly string[],
): string | undefined {
  const mappings = place.sources?.map((source) => catalogue.compiled(source)) ?? [];
  if (name === undefined || mappings.length === 0) return undefined;
  const columns = mappings.map((compiled) => compiled && columnsIn(compiled, place, name));
  return columns[0]?.find((column) => columns.every((others) => others?.includes(column)));
}

function columnsIn(compiled: CompiledMapping, place: EventPlace, name: string): readonly AttributeName[] {
  // The column holds the text of such a message, the field the numbers of its bytes.
  if (compiled.mapping.forms.some(({ decode }) => decode?.kind === 'bytes')) return [];
  const groups = groupsOf(compiled, place);
  return attributeNames.filter((attribute) => {
    const { type } = attributes[attribute];
    return (type === 'text' || type === 'code') && groups.every((group) => isField(group, attribute, name));
  });
}

function isField(group: Group, attribute: AttributeName, name: string): boolean {
  const expression = group.attributes.get(attribute)?.expression;
  return expression?.kind === 'field' && expression.name === name;
}

/** The groups of the kinds that events of the place may be of. */
function groupsOf({ mapping }: CompiledMapping, place: EventPlace): readonly Group[] {
  const pins = new Map([
    ...pinned(mapping.groups, 'metadata_log_name', place.logs, true),
    ...pinned(mapping.groups, 'metadata_event_code', place.codes, false),
  ]);
  const keys = possible(mapping.classifyBy, pins);
  const kinds = keys?.map((key) => mapping.kinds[mapping.kindOfKey.get(key) ?? 0]) ?? mapping.kinds;
  const groups = new Set(kinds.map((kind) => mapping.groups[kind?.group ?? 0]));
  return [...groups].filter((group) => group !== undefined);
}

/** A column's values are those of a native field when every group makes it of that field alone. */
function pinned(
  groups: readonly Group[],
  column: AttributeName,
  values: readonly string[] | undefined,
  lowered: boolean,
): readonly (readonly [field: string, pin: Pin])[] {
  const expression = groups[0]?.attributes.get(column)?.expression;
  if (values === undefined || expression?.kind !== 'field') return [];
  const { name } = expression;
  return groups.every((group) => isField(group, column, name)) ? [[name, { values, lowered }]] : [];
}

/** The texts that an expression may give; undefined: any. */
function possible(expression: Expression, pins: ReadonlyMap<string, Pin>): readonly string[] | undefined {
  switch (expression.kind) {
    case 'field': {
      const pin = pins.get(expression.name);
      return pin?.lowered === true ? undefined : pin?.values;
    }
    case 'lower': {
      const pin = expression.of.kind === 'field' ? pins.get(expression.of.name) : undefined;
      return pin === undefined ? possible(expression.of, pins)?.map(lowerAscii) : pin.values.map(lowerAscii);
    }
    case 'const':
      return [expression.value];
    case 'join':
      return joined(
        expression.of.map((part) => possible(part, pins)),
        expression.separator,
      );
    case 'when': {
      const of = possible(expression.of, pins);
      const isMatched = (text: string) => expression.values.includes(text);
      const branches = [
        ...(of === undefined || of.some(isMatched) ? [expression.matched] : []),
        ...(of === undefined || !of.every(isMatched) ? [expression.otherwise] : []),
      ];
      return union(branches.map((branch) => possible(branch, pins)));
    }
    case 'table': {
      const of = possible(expression.of, pins);
      const entries = new Map(expression.entries);
      const found = (of ?? [...entries.keys()]).map((key) => entries.get(key));
      const known = found.filter((value) => value !== undefined);
      const isSure = of !== undefined && known.length === found.length;
      return isSure ? known : union([known, possible(expression.otherwise, pins)]);
    }
    default:
      return undefined;
  }
}

function joined(
  parts: readonly (readonly string[] | undefined)[],
  separator: string,
): readonly string[] | undefined {
  let made: readonly string[] = [];
  for (const [index, part] of parts.entries()) {
    if (part === undefined || made.length * part.length > maxValues) return undefined;
    made = index === 0 ? part : made.flatMap((start) => part.map((end) => start + separator + end));
  }
  return made;
}

function union(parts: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  const all = new Set<string>();
  for (const part of parts) {
    if (part === undefined) return undefined;
    for (const text of part) all.add(text);
  }
  return [...all];
}
