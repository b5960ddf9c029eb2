import type { AttributeName } from '../contracts/index.ts';
import type { Expression } from './expression.ts';
import { type NativePath, parsePath } from './native.ts';

/** One source's mapping to OCSF, as read from `mapping.yaml` and resolved. */
export interface Mapping {
  readonly source: string;
  readonly version: number;
  readonly title: string;
  /** Recognised only when no other source fits. */
  readonly lastResort: boolean;
  /** Texts that mean "absent" in this source, besides ''. */
  readonly blanks: readonly string[];
  readonly forms: readonly Form[];
  /** Native fields that must be there and be scalar. */
  readonly required: readonly string[];
  readonly time: readonly TimeRule[];
  /** Native fields whose values identify an event at its source; none when empty. */
  readonly naturalKey: readonly string[];
  /** Native fields that make two events the same; the raw line when empty. */
  readonly essential: readonly string[];
  readonly classifyBy: Expression;
  /** First the default kind, used when no key fits. */
  readonly kinds: readonly Kind[];
  /** Value of `classifyBy` → index into `kinds`. */
  readonly kindOfKey: ReadonlyMap<string, number>;
  /** Attribute → expression, one map a group; a group holds what `attributes` says for all, unless it says other. */
  readonly groups: readonly Group[];
}

/** One event class of the source with what is constant in it. */
export interface Kind {
  readonly name: string;
  readonly classUid: number;
  readonly activityId: number | undefined;
  readonly statusId: number | undefined;
  readonly severityId: number | undefined;
  /** Index into the mapping's groups. */
  readonly group: number;
}

export interface Group {
  readonly name: string;
  readonly attributes: ReadonlyMap<AttributeName, AttributeRule>;
}

export interface AttributeRule {
  readonly expression: Expression;
  /** Of list attributes: what separates the items of a text that is no JSON array. */
  readonly separator: string;
}

export type TimeFormat = 'iso' | 'epoch_seconds' | 'epoch_millis';

/** Where the time may be written; rules are tried in order, the first field that is not empty counts. */
export interface TimeRule {
  readonly field: string;
  readonly formats: readonly TimeFormat[];
  /** Minutes east of UTC of a text without zone. */
  readonly offsetMinutes: number;
  /** True when the source documents that zone: then the time is exact. */
  readonly zoneKnown: boolean;
}

/** One shape in which a source's records come. */
export interface Form {
  readonly name: string;
  readonly recognise: readonly Condition[];
  readonly probes: readonly string[];
  readonly decode: Decode | undefined;
  /** Native field → where this form keeps it, tried in order. */
  readonly paths: ReadonlyMap<string, readonly NativePath[]>;
  /** Prefixes under which all other fields lie, tried in order. */
  readonly data: readonly NativePath[];
  /** True when a store on the way lower-cased the keys: those of `paths` and of fields are read lower-cased. */
  readonly lowerKeys: boolean;
}

/**
 * What must be decoded before fields can be read. `event_xml`: the record, or the text in one of `fields`, is one
 * Windows event as XML. `data`: the values of `fields` hold further fields, as the `Data` elements of an XML fragment
 * or as a JSON object, itself or as text.
 */
export interface Decode {
  readonly kind: 'event_xml' | 'data';
  readonly fields: readonly NativePath[];
}

/** What a record must show to be of a form. */
export type Condition =
  | { readonly kind: 'has'; readonly path: NativePath }
  | { readonly kind: 'lacks'; readonly path: NativePath }
  | { readonly kind: 'is'; readonly path: NativePath; readonly values: readonly string[] }
  | { readonly kind: 'starts'; readonly path: NativePath; readonly start: string }
  | { readonly kind: 'any'; readonly of: readonly Condition[] };

/** Where a form keeps a native field. */
export function pathsOf(form: Form, field: string): readonly NativePath[] {
  const paths = form.paths.get(field) ?? form.data.map((prefix) => [...prefix, ...parsePath(field)]);
  return form.lowerKeys ? paths.map((path) => path.map((key) => key.toLowerCase())) : paths;
}

/** What separates the items of a list attribute, the same in all groups (`mapping-file.ts` sees to it). */
export function separatorOf(mapping: Pick<Mapping, 'groups'>, name: AttributeName): string {
  const rules = mapping.groups.map((group) => group.attributes.get(name));
  return rules.find((rule) => rule !== undefined)?.separator ?? '';
}
