import { quoteString } from '../../sql/index.ts';
import type { FieldNode, FieldReferenceTest, TextTest, ValueTest } from '../ast.ts';
import { EventView, FieldNumbers, FieldTexts } from '../event-view.ts';
import { compileTest } from '../interpret-test.ts';
import {
  allOf,
  always,
  and,
  anyOf,
  type Bounds,
  exactly,
  negation,
  never,
  or,
  unknown,
  unless,
} from './bounds.ts';
import type { FieldText } from './field-text.ts';
import { matchSql } from './regex-sql.ts';
import { anyPatternSql, isPrintable } from './text-sql.ts';
import { cidrSql, compareSql } from './value-sql.ts';

/** Reads a field by the rule's name for it; told of what SQL can only narrow. */
export interface TestContext {
  readonly read: (field: string) => FieldText;
  readonly judged: (what: string) => void;
}

/** Whether a row's field passes the node's tests. */
export function fieldBounds(node: FieldNode, context: TestContext): Bounds {
  const field = context.read(node.field);
  const passed = pinnedBounds(node, field) ?? unless(doubtOf(node, field), testBounds(node, field, context));
  return node.negated ? negation(passed) : passed;
}

/** The interpreter says it of each text that the field may have. */
function pinnedBounds({ tests, link }: FieldNode, { pinned }: FieldText): Bounds | undefined {
  if (pinned === undefined || tests.some(({ kind }) => kind === 'fieldref')) return undefined;
  const verdicts = pinned.map((text) =>
    link === 'all' ? tests.every((test) => passes(test, text)) : tests.some((test) => passes(test, text)),
  );
  if (verdicts.every((verdict) => verdict)) return always;
  return verdicts.some((verdict) => verdict) ? undefined : never;
}

const noView = new EventView({ get: () => undefined, values: () => [] }, new FieldNumbers());

function passes(test: ValueTest, text: string): boolean {
  return compileTest(test, () => 0)(new FieldTexts(text), noView);
}

/** JSON's -0.0 is 0 to the interpreter and -0 to the engine. */
function doubtOf({ tests }: FieldNode, { text, doubt }: FieldText): string {
  if (doubt === '1') return doubt;
  const isSame = tests.every((test) => test.kind === 'fieldref' || passes(test, '0') === passes(test, '-0'));
  return isSame ? doubt : or([doubt, `equals(${text}, '-0')`]);
}

/** The tests of a text that is no array and is known. */
function testBounds(
  { tests, link }: Pick<FieldNode, 'tests' | 'link'>,
  field: FieldText,
  context: TestContext,
): Bounds {
  if (link === 'all')
    return allOf(tests.map((test) => testBounds({ tests: [test], link: 'any' }, field, context)));
  const flat = tests.flatMap(withoutGroups);
  const isNull = flat.some(({ kind }) => kind === 'null');
  const texts = flat.filter((test) => test.kind === 'text');
  const networks = flat.filter((test) => test.kind === 'cidr');
  const printable = texts.filter(({ pattern }) => isPrintable(pattern));
  if (printable.length < texts.length) context.judged('a character that is none');
  return anyOf([
    ...(printable.length < texts.length ? [unknown] : []),
    ...textBounds(printable, isNull, field),
    ...(networks.length === 0 ? [] : [cidrSql(networks, field.text)]),
    ...flat.map((test) => otherBounds(test, field, context)),
  ]);
}

function withoutGroups(test: ValueTest): readonly ValueTest[] {
  return test.kind === 'any' ? test.of.flatMap(withoutGroups) : [test];
}

/** An empty text stands for several things: a test that it passes asks which. */
function textBounds(tests: readonly TextTest[], isNull: boolean, field: FieldText): readonly Bounds[] {
  const whenEmpty = tests.filter((test) => passes(test, ''));
  const filled = tests.filter((test) => !whenEmpty.includes(test));
  const empty = anyPatternSql(whenEmpty, field);
  return [
    exactly(anyPatternSql(filled, field)),
    // Null passes too, so that there is nothing to ask.
    exactly(isNull ? empty : and([empty, printState(field, 'equals', 2)])),
  ];
}

function otherBounds(test: ValueTest, field: FieldText, context: TestContext): Bounds {
  const { text } = field;
  switch (test.kind) {
    case 'null':
      return exactly(printState(field, 'less', 2));
    case 'exists':
      return exactly(printState(field, test.expected ? 'notEquals' : 'equals', 0));
    case 'regex':
      return regexBounds(test, field, context);
    case 'compare':
      return compareSql(test, text);
    case 'fieldref':
      return referenceBounds(test, field, context);
    default:
      // Texts and networks are looked at together, groups are taken apart.
      return never;
  }
}

function printState({ state }: FieldText, compares: 'equals' | 'notEquals' | 'less', to: 0 | 2): string {
  if (state !== '2') return `${compares}(${state}, ${to})`;
  return (compares === 'equals') === (to === 2) && compares !== 'less' ? '1' : '0';
}

function regexBounds(test: ValueTest & { kind: 'regex' }, field: FieldText, context: TestContext): Bounds {
  const matched = matchSql(test, field.text);
  if (matched === undefined) context.judged('a regular expression with high counts');
  if (matched === undefined) return unknown;
  return exactly(passes(test, '') ? and([matched, printState(field, 'equals', 2)]) : matched);
}

function referenceBounds(test: FieldReferenceTest, field: FieldText, context: TestContext): Bounds {
  const other = context.read(test.field);
  const [left, right] = test.cased ? [field.text, other.text] : [field.folded, other.folded];
  const compared = {
    whole: `equals(${left}, ${right})`,
    start: `startsWith(${left}, ${right})`,
    end: `endsWith(${left}, ${right})`,
    anywhere: or([`empty(${right})`, `greater(position(${left}, ${right}), 0)`]),
  }[test.place];
  const both = [printState(field, 'equals', 2), printState(other, 'equals', 2)];
  return unless(or([other.doubt, oddNumber(field), oddNumber(other)]), exactly(and([compared, ...both])));
}

const oddNumber = ({ text }: FieldText) => `equals(${text}, ${quoteString('-0')})`;
