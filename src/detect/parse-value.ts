import { isScalar, type Scalar } from 'yaml';
import type { ValueTest } from './ast.ts';
import { parseCidr } from './cidr.ts';
import { type Encoded, encode, textOf } from './encode.ts';
import type { Modifiers } from './modifiers.ts';
import { hasWildcard, literalPattern, parsePattern, placed, withDashes } from './pattern.ts';
import { expandPlaceholders, maxExpanded, type Placeholders } from './placeholders.ts';
import { compileRegex } from './regex/compile.ts';
import { RegexFault } from './regex/syntax.ts';
import type { RuleSource, YamlNode } from './rule-source.ts';

type Fault = (
  code: 'value' | 'regex' | 'regex_unsupported' | 'placeholder' | 'too_large',
  message: string,
) => undefined;

/** Reads one value under its modifiers; undefined, with a diagnostic, when it has no meaning there. */
export function parseValue(
  source: RuleSource,
  node: YamlNode,
  modifiers: Modifiers,
  placeholders: Placeholders,
): ValueTest | undefined {
  const fault: Fault = (code, message) => {
    source.report(code, node, message);
    return undefined;
  };
  if (node === null || node === undefined) return nullTest(modifiers, fault);
  if (!isScalar(node)) return fault('value', 'a value is a text, a number, true, false or null');
  if (node.value === null) return nullTest(modifiers, fault);
  const text = scalarText(node);
  switch (modifiers.type) {
    case 'text':
      return expanded(text, modifiers, placeholders, fault, (one) => textTest(one, modifiers, fault));
    case 'cidr':
      return expanded(text, modifiers, placeholders, fault, (one) => {
        return parseCidr(one) ?? fault('value', `'${one}' is no network such as 10.0.0.0/8 or 2001:db8::/32`);
      });
    case 're':
      return regexTest(text, modifiers, fault);
    case 'exists':
      return typeof node.value === 'boolean'
        ? { kind: 'exists', expected: node.value }
        : fault('value', 'exists takes true or false');
    case 'fieldref':
      return text === ''
        ? fault('value', 'fieldref takes the name of a field')
        : { kind: 'fieldref', field: text, place: modifiers.place, cased: modifiers.cased };
    case 'compare':
      return /^-?\d+(?:\.\d+)?$/.test(text)
        ? { kind: 'compare', comparison: modifiers.comparison, value: text, part: modifiers.part }
        : fault('value', `'${text}' is no number, and only numbers can be compared so`);
  }
}

function nullTest(modifiers: Modifiers, fault: Fault): ValueTest | undefined {
  const isPlain =
    modifiers.type === 'text' && modifiers.place === 'whole' && modifiers.encodings.length === 0;
  return isPlain && !modifiers.windash
    ? { kind: 'null' }
    : fault('value', 'null goes with no modifier but neq');
}

/** Numbers and booleans are compared as text; whole numbers keep their digits. */
function scalarText(node: Scalar): string {
  if (typeof node.value === 'string') return node.value;
  const isLong =
    typeof node.value === 'number' && Number.isInteger(node.value) && !Number.isSafeInteger(node.value);
  return isLong && node.source !== undefined ? node.source : String(node.value);
}

function expanded(
  text: string,
  modifiers: Modifiers,
  placeholders: Placeholders,
  fault: Fault,
  testOf: (text: string) => ValueTest | undefined,
): ValueTest | undefined {
  if (!modifiers.expand) return testOf(text);
  const made = expandPlaceholders(text, placeholders);
  if (made.kind === 'too_many')
    return fault('too_large', `the placeholders become more than ${maxExpanded} values`);
  if (made.kind === 'unknown') {
    return fault(
      'placeholder',
      `the placeholder %${made.name}% has no values; give them, or take the rule out`,
    );
  }
  const tests = made.values.map(testOf).filter((test) => test !== undefined);
  if (tests.length < made.values.length) return undefined;
  return tests.length === 1 ? tests[0] : { kind: 'any', of: tests };
}

function textTest(text: string, modifiers: Modifiers, fault: Fault): ValueTest | undefined {
  const { encodings, place, cased, windash } = modifiers;
  if (encodings.length > 0) return encodedTest(text, modifiers, fault);
  const pattern = windash ? withDashes(parsePattern(text)) : parsePattern(text);
  return { kind: 'text', pattern: placed(pattern, place), cased };
}

function encodedTest(text: string, modifiers: Modifiers, fault: Fault): ValueTest | undefined {
  if (modifiers.windash)
    return fault('value', 'windash and encodings do not go together; write the dashes out');
  const pattern = parsePattern(text);
  if (hasWildcard(pattern))
    return fault('value', 'wildcards cannot be encoded; escape them with a backslash');
  let values: readonly Encoded[] = [
    pattern.map((piece) => (piece.kind === 'literal' ? piece.text : '')).join(''),
  ];
  for (const encoding of modifiers.encodings) values = values.flatMap((value) => encode(value, encoding));
  const of = values.map((value) => {
    const placedValue = placed(literalPattern(textOf(value)), modifiers.place);
    return { kind: 'text', pattern: placedValue, cased: modifiers.cased } as const;
  });
  return of.length === 1 ? of[0] : { kind: 'any', of };
}

/** Compiled here once to see that it can be; the rule keeps the source. */
function regexTest(text: string, modifiers: Modifiers, fault: Fault): ValueTest | undefined {
  try {
    compileRegex(text, modifiers.regex);
    return { kind: 'regex', source: text, flags: modifiers.regex };
  } catch (error) {
    if (!(error instanceof RegexFault)) throw error;
    const code = error.unsupported ? 'regex_unsupported' : 'regex';
    return fault(code, `${error.message} (character ${error.at + 1} of the expression)`);
  }
}
