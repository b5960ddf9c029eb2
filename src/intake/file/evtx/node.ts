/** A value of an event as it is typed in the file. Wide integers keep their digits; null: not given. */
export type EvtxValue = string | number | bigint | boolean | null | readonly EvtxValue[] | XmlFragment;

/** A value that is itself a piece of XML. */
export interface XmlFragment {
  readonly kind: 'xml';
  readonly nodes: readonly XmlNode[];
}

/** Binary XML as it stands in a chunk: templates keep their gaps, an instance says what fills them. */
export type XmlNode =
  | XmlElement
  | { readonly kind: 'value'; readonly value: EvtxValue }
  | { readonly kind: 'gap'; readonly index: number; readonly isOptional: boolean }
  | { readonly kind: 'instance'; readonly nodes: readonly XmlNode[]; readonly values: readonly EvtxValue[] };

export interface XmlElement {
  readonly kind: 'element';
  readonly name: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlNode[];
}

export interface XmlAttribute {
  readonly name: string;
  readonly content: readonly XmlNode[];
}

export function isFragment(value: EvtxValue): value is XmlFragment {
  return typeof value === 'object' && value !== null && 'kind' in value;
}
