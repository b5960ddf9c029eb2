import type { FieldReferenceTest, TextPlace, ValueTest } from './ast.ts';
import { compileCidr } from './cidr.ts';
import { compileComparison } from './compare.ts';
import type { EventView, FieldTexts } from './event-view.ts';
import { compilePattern } from './match-text.ts';
import { compileRegex } from './regex/compile.ts';

/** Whether a field's value passes. `found`, where given, is told each text that does. */
export type RunTest = (value: FieldTexts, view: EventView, found?: (text: string) => void) => boolean;

/** Compiles one test. `numberOf` gives the number of a field that the test names. */
export function compileTest(test: ValueTest, numberOf: (field: string) => number): RunTest {
  switch (test.kind) {
    case 'text': {
      const matches = compilePattern(test.pattern, test.cased);
      return test.cased ? onTexts(matches) : onFolded(matches);
    }
    case 'regex':
      return onTexts(compileRegex(test.source, test.flags));
    case 'cidr':
      return onTexts(compileCidr(test));
    case 'compare':
      return onTexts(compileComparison(test));
    case 'null':
      return (value) => value.holdsNull;
    case 'exists':
      return (value, _, found) => {
        if (value.present && test.expected) found?.(value.texts[0] ?? '');
        return value.present === test.expected;
      };
    case 'fieldref':
      return referenceTest(test, numberOf(test.field));
    case 'any': {
      const tests = test.of.map((inner) => compileTest(inner, numberOf));
      return (value, view, found) => tests.some((run) => run(value, view, found));
    }
  }
}

function onTexts(matches: (text: string) => boolean): RunTest {
  return (value, _, found) => anyText(value.texts, value.texts, matches, found);
}

function onFolded(matches: (text: string) => boolean): RunTest {
  return (value, _, found) => anyText(value.folded, value.texts, matches, found);
}

function anyText(
  compared: readonly string[],
  written: readonly string[],
  matches: (text: string) => boolean,
  found: ((text: string) => void) | undefined,
): boolean {
  for (let index = 0; index < compared.length; index++) {
    if (!matches(compared[index] ?? '')) continue;
    found?.(written[index] ?? '');
    return true;
  }
  return false;
}

const comparisons: Readonly<Record<TextPlace, (text: string, other: string) => boolean>> = {
  whole: (text, other) => text === other,
  start: (text, other) => text.startsWith(other),
  end: (text, other) => text.endsWith(other),
  anywhere: (text, other) => text.includes(other),
};

function referenceTest(test: FieldReferenceTest, number: number): RunTest {
  const compares = comparisons[test.place];
  return (value, view, found) => {
    const other = view.field(number);
    const others = test.cased ? other.texts : other.folded;
    const matches = (text: string) => others.some((candidate) => compares(text, candidate));
    return anyText(test.cased ? value.texts : value.folded, value.texts, matches, found);
  };
}
