import { type AttributeName, attributeNames, attributes, type EventAttributes } from '../contracts/index.ts';
import { compileExpression, type Evaluate, type EvaluateContext, type FieldTexts } from './evaluate.ts';
import { fieldsOf } from './expression.ts';
import { buildPathTree, type PathTree } from './extraction.ts';
import { type Condition, type Form, type Mapping, pathsOf } from './mapping.ts';
import { type NativePath, printPath } from './native.ts';
import { type AttributeValue, absentValue, compileSink } from './sink.ts';
import { matchTemplate } from './text/template.ts';

/** A mapping ready to run: fields numbered, expressions compiled. */
export interface CompiledMapping {
  readonly mapping: Mapping;
  readonly fields: readonly string[];
  readonly numberOf: (field: string) => number;
  readonly blanks: ReadonlySet<string>;
  readonly key: Evaluate;
  /** One a group: attribute → value. Attributes that a group does not mention are absent from it. */
  readonly sinks: readonly ReadonlyMap<AttributeName, (fields: FieldTexts) => AttributeValue>[];
  readonly forms: readonly CompiledForm[];
  /** Fills `pattern` and `match/…` from what the message says; undefined when the mapping has no patterns. */
  readonly fillMatches: ((fields: string[]) => void) | undefined;
}

/** A form's reading plan: which leaves to take from a record and which of them make up each field. */
export interface CompiledForm {
  readonly form: Form;
  readonly tree: PathTree & { kind: 'inner' };
  readonly leaves: readonly NativePath[];
  /** Per field of the mapping: the leaves that may hold it, in order. */
  readonly fieldLeaves: readonly (readonly number[])[];
  readonly leafOf: (path: NativePath) => number;
}

/** Numbers the fields of a mapping and compiles it. Throws when the paths of a form collide. */
export function compileMapping(mapping: Mapping): CompiledMapping {
  const fields = allFields(mapping);
  const numbers = new Map(fields.map((field, index) => [field, index]));
  const numberOf = (field: string) => numbers.get(field) ?? -1;
  const blanks = new Set(['', ...mapping.blanks]);
  const context: EvaluateContext = { numberOf, blanks };
  const sinks = mapping.groups.map(
    (group) =>
      new Map(
        [...group.attributes].map(([name, rule]) => {
          const evaluate = compileExpression(rule.expression, context);
          return [name, compileSink(attributes[name], evaluate, rule.separator, blanks)] as const;
        }),
      ),
  );
  return {
    mapping,
    fields,
    numberOf,
    blanks,
    key: compileExpression(mapping.classifyBy, context),
    sinks,
    forms: mapping.forms.map((form) => compileForm(form, fields)),
    fillMatches: compilePatterns(mapping, context),
  };
}

function compilePatterns({ patterns }: Mapping, context: EvaluateContext): CompiledMapping['fillMatches'] {
  if (patterns === undefined) return undefined;
  const program = compileExpression(patterns.program, context);
  const text = compileExpression({ kind: 'field', name: patterns.text }, context);
  const ofAny = patterns.of.filter(({ programs }) => programs.length === 0);
  const names = new Set(patterns.of.flatMap(({ programs }) => programs));
  // What a program says itself is told before what any may say.
  const candidates = new Map(
    [...names].map((name) => {
      const own = patterns.of.filter(({ programs }) => programs.includes(name));
      return [name, [...own, ...ofAny]] as const;
    }),
  );
  const put = (fields: string[], name: string, value: string) => {
    const number = context.numberOf(name);
    if (number !== -1) fields[number] = value;
  };
  return (fields) => {
    const message = text(fields).trim();
    for (const { name, like } of candidates.get(program(fields)) ?? ofAny) {
      for (const template of like) {
        const found = matchTemplate(template, message);
        if (found === undefined) continue;
        put(fields, 'pattern', name);
        for (const [hole, value] of found) put(fields, `match/${hole}`, value);
        return;
      }
    }
  };
}

function allFields(mapping: Mapping): string[] {
  const rules = mapping.groups.flatMap((group) => [...group.attributes.values()]);
  const names = [
    ...mapping.required,
    ...mapping.time.map((rule) => rule.field),
    ...mapping.naturalKey,
    ...mapping.essential,
    ...fieldsOf(mapping.classifyBy),
    ...rules.flatMap((rule) => fieldsOf(rule.expression)),
    ...(mapping.patterns === undefined ? [] : [mapping.patterns.text, ...fieldsOf(mapping.patterns.program)]),
  ];
  return [...new Set(names)];
}

function compileForm(form: Form, fields: readonly string[]): CompiledForm {
  const leaves = new Map<string, NativePath>();
  const add = (path: NativePath) => leaves.set(printPath(path), path);
  for (const field of fields) pathsOf(form, field).forEach(add);
  form.recognise.flatMap(pathsOfCondition).forEach(add);
  form.decode?.fields.forEach(add);
  const list = [...leaves.values()];
  const numbers = new Map(list.map((path, index) => [printPath(path), index]));
  const seen = new Map<NativePath, number>();
  const leafOf = (path: NativePath) => {
    const known = seen.get(path);
    if (known !== undefined) return known;
    const number = numbers.get(printPath(path)) ?? -1;
    seen.set(path, number);
    return number;
  };
  return {
    form,
    tree: buildPathTree(list),
    leaves: list,
    fieldLeaves: fields.map((field) => pathsOf(form, field).map(leafOf)),
    leafOf,
  };
}

function pathsOfCondition(condition: Condition): readonly NativePath[] {
  return condition.kind === 'any' ? condition.of.flatMap(pathsOfCondition) : [condition.path];
}

const computed = new Set<AttributeName>([
  'class_uid',
  'category_uid',
  'activity_id',
  'type_uid',
  'status_id',
  'severity_id',
]);
/** Every attribute, absent. */
const absent = Object.fromEntries(attributeNames.map((name) => [name, absentValue(attributes[name])]));

/** The attributes of a record whose fields are `fields`. */
export function attributesOf(compiled: CompiledMapping, fields: FieldTexts): EventAttributes {
  const { mapping } = compiled;
  const kind = mapping.kinds[mapping.kindOfKey.get(compiled.key(fields)) ?? 0];
  const sinks = kind === undefined ? undefined : compiled.sinks[kind.group];
  if (kind === undefined || sinks === undefined)
    throw new Error(`the mapping ${mapping.source} has no kinds`);
  const made: Record<string, AttributeValue> = { ...absent };
  for (const [name, sink] of sinks) {
    if (!computed.has(name)) made[name] = sink(fields);
  }
  const number = (constant: number | undefined, name: AttributeName): bigint | null => {
    if (constant !== undefined) return BigInt(constant);
    const value = sinks.get(name)?.(fields);
    return typeof value === 'bigint' ? value : null;
  };
  const classUid = BigInt(kind.classUid);
  const activity = number(kind.activityId, 'activity_id') ?? 0n;
  made.class_uid = classUid;
  made.category_uid = BigInt(categoryOf(kind.classUid));
  made.activity_id = activity;
  made.type_uid = BigInt.asUintN(64, classUid * 100n + activity);
  made.status_id = number(kind.statusId, 'status_id');
  made.severity_id = number(kind.severityId, 'severity_id');
  return made as unknown as EventAttributes;
}

/** OCSF numbers a class within its category, and an extension's classes from its own number times 100,000 on. */
export function categoryOf(classUid: number): number {
  return Math.floor((classUid % 100_000) / 1_000);
}
