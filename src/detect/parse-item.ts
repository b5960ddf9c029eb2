import { isMap, isScalar, isSeq } from 'yaml';
import type { FieldNode, KeywordsNode } from './ast.ts';
import { type Modifiers, readModifiers } from './modifiers.ts';
import { parseValue } from './parse-value.ts';
import type { Placeholders } from './placeholders.ts';
import type { Entry, RuleSource, YamlNode } from './rule-source.ts';

/** Reads `field|modifier|…: values`; with an empty field (`'|all':`) the values are keywords. */
export function parseItem(
  source: RuleSource,
  entry: Entry,
  placeholders: Placeholders,
): FieldNode | KeywordsNode | undefined {
  const [field = '', ...names] = entry.key.split('|');
  const modifiers = readModifiers(names);
  if ('code' in modifiers) {
    source.report(modifiers.code, entry.keyNode, `${entry.key}: ${modifiers.message}`);
    return undefined;
  }
  const values = valuesOf(source, entry);
  if (modifiers.all && values.length === 1) {
    source.report('single_all', entry.keyNode, `'${entry.key}' has one value; take \`all\` out`);
  }
  if (field === '') return keywordsNode(source, entry.keyNode, values, modifiers, placeholders);
  const tests = values.map((value) => parseValue(source, value, modifiers, placeholders));
  return {
    kind: 'field',
    at: source.at(entry.keyNode),
    field,
    link: modifiers.all ? 'all' : 'any',
    negated: modifiers.negated,
    tests: tests.filter((test) => test !== undefined),
  };
}

/** A list of plain values: any of them, anywhere in the event. */
export function parseKeywords(
  source: RuleSource,
  values: readonly YamlNode[],
  placeholders: Placeholders,
): KeywordsNode | undefined {
  const modifiers = readModifiers([]);
  return 'code' in modifiers ? undefined : keywordsNode(source, values[0], values, modifiers, placeholders);
}

function valuesOf(source: RuleSource, entry: Entry): readonly YamlNode[] {
  if (!isSeq(entry.value)) return [entry.value];
  const values = source.elements(entry.value);
  if (values.length === 0) source.report('value', entry.value, `'${entry.key}' has an empty list of values`);
  return values;
}

/** Keywords are looked for within each value, so a place is only `contains`, which says no more. */
function keywordsNode(
  source: RuleSource,
  place: YamlNode,
  values: readonly YamlNode[],
  modifiers: Modifiers,
  placeholders: Placeholders,
): KeywordsNode | undefined {
  const isSearch = modifiers.type === 'text' || modifiers.type === 're';
  if (!isSearch || modifiers.place === 'start' || modifiers.place === 'end') {
    const message =
      'keywords are looked for in all values: only contains, re, cased, all, windash and encodings fit';
    source.report('modifier_combination', place, message);
    return undefined;
  }
  const within: Modifiers = { ...modifiers, place: modifiers.type === 'text' ? 'anywhere' : modifiers.place };
  const tests = values.map((value) => {
    if (isScalar(value) && value.value !== null && value.value !== '') {
      return parseValue(source, value, within, placeholders);
    }
    source.report(
      'value',
      value ?? place,
      `a keyword must be a text that is not empty${isMap(value) ? ', no map' : ''}`,
    );
    return undefined;
  });
  return {
    kind: 'keywords',
    at: source.at(place),
    link: modifiers.all ? 'all' : 'any',
    negated: modifiers.negated,
    tests: tests.filter((test) => test !== undefined),
  };
}
