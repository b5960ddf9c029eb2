import type { AttributeName } from '../contracts/index.ts';
import type { Expression } from './expression.ts';
import { type NativePath, parsePath } from './native.ts';
import type { Delimited } from './text/delimited.ts';
import type { Template } from './text/template.ts';

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
  /** What the texts of messages say; undefined when the source needs none. */
  readonly patterns: Patterns | undefined;
}

/**
 * Messages known by their text: the first that fits gives the field `pattern` its name, and `match/<hole>` what fills
 * its holes.
 */
export interface Patterns {
  /** The field that holds the message. */
  readonly text: string;
  /** The field that says which program wrote it, and the functions to apply to it. */
  readonly program: Expression;
  readonly of: readonly MessagePattern[];
}

export interface MessagePattern {
  readonly name: string;
  /** Programs that write it; none: any. */
  readonly programs: readonly string[];
  readonly like: readonly Template[];
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

/**
 * syslog: `Oct  9 22:14:15`, with or without the year behind the day. calendar: `Tue Sep 11 16:14:21 2018 UTC`, which is
 * C's `asctime`. audit_id: `1626611363.720:348501`, seconds and serial. What comes behind `epoch_millis` is read by the
 * function only.
 */
export type TimeFormat =
  | 'iso'
  | 'epoch_seconds'
  | 'epoch_millis'
  | 'epoch_micros'
  | 'audit_id'
  | 'syslog'
  | 'calendar';

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
 * or as a JSON object, itself or as text. `bytes`: `fields` are text, or its bytes as a JSON array of numbers. The others are lines of text: the one in the first of `fields` that is not
 * empty, or, where `fields` are none, the record itself.
 */
export type Decode =
  | { readonly kind: 'event_xml' | 'data' | 'bytes' | TextKind; readonly fields: readonly NativePath[] }
  | (Delimited & { readonly fields: readonly NativePath[] });

/** A line of syslog; of the Linux audit log (the lines of one event are joined); of `name=value` pairs. */
export type TextKind = 'syslog' | 'audit' | 'key_value';

/** True for a form whose records are bare text, not JSON that holds some. */
export function readsText(form: Form): boolean {
  const { decode } = form;
  return (
    decode !== undefined &&
    decode.kind !== 'event_xml' &&
    decode.kind !== 'data' &&
    decode.fields.length === 0
  );
}

/** What a record must show to be of a form. */
export type Condition =
  | { readonly kind: 'has'; readonly path: NativePath }
  | { readonly kind: 'lacks'; readonly path: NativePath }
  | { readonly kind: 'is'; readonly path: NativePath; readonly values: readonly string[] }
  /** Met too where nothing stands at the path. */
  | { readonly kind: 'differs'; readonly path: NativePath; readonly values: readonly string[] }
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
