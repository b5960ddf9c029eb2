import { quoteIdentifier, quoteString } from '../sql/index.ts';
import type { CompiledForm, CompiledMapping } from './compiled.ts';
import { printAll, printAny, printSet } from './expression-sql.ts';
import type { PathTree } from './extraction.ts';
import type { Condition } from './mapping.ts';
import { printPath } from './native.ts';

/** The one extraction of a form; materialised, because reading a sub-column would parse the line once a column. */
export function printExtraction(form: CompiledForm): string {
  const { decode } = form.form;
  if (decode?.kind === 'delimited')
    return `materialize(splitByChar(${quoteString(decode.separator)}, line)) AS x`;
  return `materialize(JSONExtract(line, ${quoteString(tupleType(form.tree))})) AS x`;
}

/** A column a field (`f0`, `f1`, …) and `fits`: the line parsed, is of this form and has what the mapping requires. */
export function printFields(compiled: CompiledMapping, form: CompiledForm): string[] {
  const leaves = columnsOf(form);
  const fields = form.fieldLeaves.map((numbers, index) => {
    return `${firstFilled(numbers.map((number) => leaves[number] ?? "''"))} AS f${index}`;
  });
  return [...fields, `${printFits(compiled, form, leaves)} AS fits`];
}

function printFits(compiled: CompiledMapping, form: CompiledForm, leaves: readonly string[]): string {
  const leafOf = (condition: { path: readonly string[] }) => leaves[form.leafOf(condition.path)] ?? "''";
  const required = compiled.mapping.required.map((field) => {
    const text = `f${compiled.numberOf(field)}`;
    return printAll([`${text} != ''`, `substring(${text}, 1, 1) NOT IN ('{', '[')`]);
  });
  // A line that the engine can't parse shows as one without fields: that only a condition on a field tells apart.
  const isTold =
    required.length > 0 || form.form.recognise.some(({ kind }) => kind !== 'lacks' && kind !== 'differs');
  const conditions = [
    ...printLooks(form, isTold),
    ...form.form.recognise.map((condition) => printCondition(condition, leafOf)),
    ...required,
  ];
  return printAll(conditions);
}

/** That the line is one that the engine surely reads as the function does. */
function printLooks(form: CompiledForm, isTold: boolean): string[] {
  const { decode } = form.form;
  // What begins with another sign may be JSON, XML, or begin with white space or a byte order mark.
  if (decode?.kind === 'delimited')
    return ["match(line, '^[0-9A-Za-z-]')", 'isValidUTF8(line)', `length(x) = ${decode.columns.length}`];
  return [
    // A leading array would be read by position; white space or a byte order mark goes to the function.
    "startsWith(line, '{')",
    ...(isTold ? [] : ['isValidJSON(line)']),
    ...printObjectsAreObjects(form),
  ];
}

/** A column a leaf: what the extraction found there. */
function columnsOf(form: CompiledForm): string[] {
  const { decode } = form.form;
  if (decode?.kind !== 'delimited') return leafColumns(form.tree);
  return form.leaves.map((path) => {
    const at = decode.columns.indexOf(printPath(path));
    return at === -1 ? "''" : `arrayElement(x, ${at + 1})`;
  });
}

/** An array where an object is expected would be read by position: such lines go to the function. */
function printObjectsAreObjects(form: CompiledForm): string[] {
  const names = new Set(innerNames(form.tree));
  if (names.size === 0) return [];
  const keys = [...names].map((name) =>
    JSON.stringify(name).replace(/[^\w"]/g, (sign) => `\\x{${sign.charCodeAt(0).toString(16)}}`),
  );
  return [`not(match(line, ${quoteString(`(?:${keys.join('|')})\\s*:\\s*\\[`)}))`];
}

function innerNames(node: PathTree): string[] {
  if (node.kind === 'leaf') return [];
  return [...node.children].flatMap(([name, child]) =>
    child.kind === 'inner' ? [name, ...innerNames(child)] : [],
  );
}

function tupleType(node: PathTree): string {
  if (node.kind === 'leaf') return 'String';
  const elements = [...node.children].map(([name, child]) => `${quoteIdentifier(name)} ${tupleType(child)}`);
  return `Tuple(${elements.join(', ')})`;
}

function leafColumns(tree: PathTree): string[] {
  const columns: string[] = [];
  const walk = (node: PathTree, column: string) => {
    if (node.kind === 'leaf') {
      columns[node.index] = column;
      return;
    }
    for (const [index, child] of [...node.children.values()].entries()) {
      walk(child, `tupleElement(${column}, ${index + 1})`);
    }
  };
  walk(tree, 'x');
  return columns;
}

function firstFilled(columns: readonly string[]): string {
  const last = columns.at(-1) ?? "''";
  if (columns.length < 2) return last;
  return `multiIf(${[...columns.slice(0, -1).map((column) => `${column} != '', ${column}`), last].join(', ')})`;
}

function printCondition(
  condition: Condition,
  leafOf: (condition: { path: readonly string[] }) => string,
): string {
  switch (condition.kind) {
    case 'has':
      return `${leafOf(condition)} != ''`;
    case 'lacks':
      return `${leafOf(condition)} = ''`;
    case 'is':
      return `${leafOf(condition)} IN ${printSet(condition.values)}`;
    case 'differs':
      return `${leafOf(condition)} NOT IN ${printSet(condition.values)}`;
    case 'starts':
      return `startsWith(${leafOf(condition)}, ${quoteString(condition.start)})`;
    case 'any':
      return printAny(condition.of.map((inner) => printCondition(inner, leafOf)));
  }
}
