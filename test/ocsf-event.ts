/** Writes an event's columns as the OCSF object that they stand for. */
import { type AttributeName, attributeNames, attributes, ocsfVersion } from '../src/contracts/index.ts';
import type { EventRow } from '../src/normalise/index.ts';
import type { OcsfClass, OcsfSchema } from './ocsf-schema.ts';

export type OcsfValue = string | number | readonly OcsfValue[] | OcsfObject;
export interface OcsfObject {
  readonly [name: string]: OcsfValue;
}

/** Numbers of the algorithms in OCSF's `fingerprint`: there a hash is a list of algorithm and value, here a column each. */
const algorithms: Readonly<Record<string, number>> = { md5: 1, sha256: 3 };
/** Findings keep what set them off here. */
const evidences = 'evidences';
const findings = 2;

export type Placement = 'own' | 'evidence' | 'unmapped';

/** Where a class keeps a path: at its own place, among a finding's evidence, or in `unmapped`, as what it does not have. */
export function placementOf(
  schema: OcsfSchema,
  { categoryUid, attributes: known }: OcsfClass,
  path: string,
): Placement {
  const parts = path.split('.');
  if (reaches(schema, known, parts)) return 'own';
  const held = schema.object(evidences);
  return categoryUid === findings && held !== undefined && reaches(schema, held, parts)
    ? 'evidence'
    : 'unmapped';
}

function reaches(
  schema: OcsfSchema,
  known: ReadonlyMap<string, { readonly type: string }>,
  [first = '', ...rest]: readonly string[],
): boolean {
  const attribute = known.get(first);
  if (attribute === undefined) return false;
  if (rest.length === 0) return schema.object(attribute.type) === undefined;
  if (attribute.type === 'fingerprint') return rest.length === 1 && Object.hasOwn(algorithms, rest[0] ?? '');
  const object = schema.object(attribute.type);
  return object !== undefined && reaches(schema, object, rest);
}

type Draft = { [name: string]: OcsfValue | Draft | Draft[] };

/** The object of a row; `unmapped` holds what its class has no place for. */
export function ocsfObjectOf(schema: OcsfSchema, ocsfClass: OcsfClass, row: EventRow): OcsfObject {
  const event: Draft = {
    metadata: { version: ocsfVersion, product: { name: row.source, vendor_name: row.source } },
    ...(row.time === null ? {} : { time: Number(row.time / 1_000n) }),
  };
  for (const name of attributeNames) {
    const value = plainOf(row, name);
    if (value === undefined) continue;
    const { path } = attributes[name];
    const place = placementOf(schema, ocsfClass, path);
    if (place === 'unmapped') {
      event.unmapped = { ...(event.unmapped as Draft | undefined), [path]: value };
      continue;
    }
    put(
      schema,
      ocsfClass.attributes,
      event,
      place === 'own' ? path.split('.') : [evidences, ...path.split('.')],
      value,
    );
  }
  return event as OcsfObject;
}

function plainOf(row: EventRow, name: AttributeName): OcsfValue | undefined {
  const value: bigint | string | readonly string[] | null = row[name];
  if (typeof value === 'bigint') return Number(value);
  return value === null || value.length === 0 ? undefined : value;
}

function put(
  schema: OcsfSchema,
  known: OcsfClass['attributes'],
  into: Draft,
  [first = '', ...rest]: readonly string[],
  value: OcsfValue,
): void {
  const attribute = known.get(first);
  if (rest.length === 0) {
    into[first] = value;
    return;
  }
  if (attribute?.type === 'fingerprint') {
    const hash = { algorithm_id: algorithms[rest[0] ?? ''] ?? 99, value };
    into[first] = [...((into[first] as Draft[] | undefined) ?? []), hash as Draft];
    return;
  }
  const inner: OcsfClass['attributes'] = schema.object(attribute?.type ?? '') ?? new Map();
  const [leaf = '', ...deeper] = rest;
  if (
    attribute?.isArray === true &&
    Array.isArray(value) &&
    deeper.length === 0 &&
    inner.get(leaf)?.isArray === false
  ) {
    into[first] = value.map((item: OcsfValue) => ({ [leaf]: item }));
    return;
  }
  const list = attribute?.isArray === true;
  const [held] = list
    ? ((into[first] as Draft[] | undefined) ?? [{}])
    : [(into[first] as Draft | undefined) ?? {}];
  const object = held ?? {};
  put(schema, inner, object, rest, value);
  into[first] = list ? [object] : object;
}

export interface OcsfFaults {
  /** `path: why`. */
  readonly wrong: string[];
  /** Paths of required attributes that are not there. */
  readonly missing: string[];
}

/** Checks an object against its class: names, types, enumerated ids; and counts what is required and absent. */
export function checkObject(
  schema: OcsfSchema,
  known: OcsfClass['attributes'],
  object: OcsfObject,
  above = '',
): OcsfFaults {
  const faults: OcsfFaults = { wrong: [], missing: [] };
  for (const [name, attribute] of known)
    if (attribute.isRequired && object[name] === undefined) faults.missing.push(`${above}${name}`);
  for (const [name, value] of Object.entries(object)) {
    const path = `${above}${name}`;
    const attribute = known.get(name);
    if (attribute === undefined) faults.wrong.push(`${path}: the schema does not have it`);
    else if (path === 'unmapped') continue;
    else if (Array.isArray(value) !== attribute.isArray)
      faults.wrong.push(`${path}: a list is wanted, or none`);
    else
      for (const item of Array.isArray(value) ? value : [value])
        add(faults, checkValue(schema, attribute, item, path));
  }
  return faults;
}

function add(faults: OcsfFaults, more: OcsfFaults): void {
  faults.wrong.push(...more.wrong);
  faults.missing.push(...more.missing);
}

function checkValue(
  schema: OcsfSchema,
  { type, values }: { readonly type: string; readonly values: ReadonlySet<string> | undefined },
  value: unknown,
  path: string,
): OcsfFaults {
  const object = schema.object(type);
  if (object !== undefined) return checkObject(schema, object, value as OcsfObject, `${path}.`);
  const fault = schema.faultOf(type, value);
  const isOutside = values !== undefined && path.endsWith('_id') && !values.has(String(value));
  const wrong = [
    ...(fault === undefined ? [] : [`${path}: ${fault}`]),
    ...(isOutside ? [`${path}: ${String(value)} is none of its values`] : []),
  ];
  return { wrong, missing: [] };
}
