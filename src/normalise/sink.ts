import type { Attribute } from '../contracts/index.ts';
import { addressText } from './address.ts';
import type { Evaluate, FieldTexts } from './evaluate.ts';
import { unsignedOf } from './integer.ts';
import { jsonElements } from './json-member.ts';

export type AttributeValue = string | bigint | null | readonly string[];

/** Makes an attribute's value from an expression's text. Its twin is `sink-sql.ts`. */
export function compileSink(
  attribute: Attribute,
  evaluate: Evaluate,
  separator: string,
  blanks: ReadonlySet<string>,
): (fields: FieldTexts) => AttributeValue {
  switch (attribute.type) {
    case 'text':
    case 'code':
      return (fields) => withoutBlank(evaluate(fields), blanks);
    case 'ip':
      return (fields) => addressText(evaluate(fields));
    case 'int':
      return (fields) => unsignedOf(evaluate(fields));
    case 'list':
      return (fields) => itemsOf(evaluate(fields), separator).filter((item) => !blanks.has(item));
  }
}

/** The value of an attribute that a mapping says nothing about. */
export function absentValue(attribute: Attribute): AttributeValue {
  if (attribute.type === 'int') return null;
  return attribute.type === 'list' ? [] : '';
}

function withoutBlank(text: string, blanks: ReadonlySet<string>): string {
  return blanks.has(text) ? '' : text;
}

function itemsOf(text: string, separator: string): string[] {
  return text.startsWith('[') ? jsonElements(text) : text.split(separator);
}
