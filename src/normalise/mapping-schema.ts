import * as z from 'zod';
import { type AttributeName, attributes } from '../contracts/index.ts';
import { readExpression } from './expression-file.ts';
import type { AttributeRule, TextKind } from './mapping.ts';
import { type NativePath, parsePath } from './native.ts';
import { parseTemplate, type Template } from './text/template.ts';

/** The attribute groups of a mapping are told apart by the bits of one 64-bit integer. */
const maxGroups = 64;
/** Items of a text that is no JSON array are separated so, unless the mapping says other. */
const defaultSeparator = ',';

const Path = z.string().min(1).transform(parsePath);
const PathList = z.union([Path.transform((path) => [path]), z.array(Path).min(1)]);

const Expression = z.unknown().transform((written, context) => readExpression(written, [], context.issues));

const isAttribute = (name: string): name is AttributeName => Object.hasOwn(attributes, name);

const Rule = z.unknown().transform((written, context): AttributeRule => {
  const isList = typeof written === 'object' && written !== null && 'list' in written;
  if (!isList)
    return { expression: readExpression(written, [], context.issues), separator: defaultSeparator };
  const { list, separator = defaultSeparator } = written as { list: unknown; separator?: unknown };
  return { expression: readExpression(list, ['list'], context.issues), separator: String(separator) };
});

const Attributes = z.record(z.string(), Rule).transform((rules, context) => {
  const known = new Map<AttributeName, AttributeRule>();
  for (const [name, rule] of Object.entries(rules)) {
    if (isAttribute(name)) known.set(name, rule);
    else
      context.issues.push({
        code: 'custom',
        path: [name],
        message: `there is no attribute '${name}'`,
        input: name,
      });
  }
  return known;
});

const SimpleCondition = z.union([
  z
    .strictObject({ has: PathList })
    .transform(({ has }) => has.map((path) => ({ kind: 'has', path }) as const)),
  z
    .strictObject({ lacks: PathList })
    .transform(({ lacks }) => lacks.map((path) => ({ kind: 'lacks', path }) as const)),
  z
    .strictObject({ is: Path, values: z.array(z.string()).min(1) })
    .transform(({ is, values }) => [{ kind: 'is', path: is, values } as const]),
  z
    .strictObject({ differs: Path, from: z.array(z.string()).min(1) })
    .transform((given) => [{ kind: 'differs', path: given.differs, values: given.from } as const]),
  z
    .strictObject({ starts: Path, with: z.string().min(1) })
    .transform((given) => [{ kind: 'starts', path: given.starts, start: given.with } as const]),
]);
const Condition = z.union([
  SimpleCondition,
  z
    .strictObject({ any: z.array(SimpleCondition).min(1) })
    .transform(({ any }) => [{ kind: 'any', of: any.flat() } as const]),
]);

/** '' is the record itself. */
const TextFields = z.union([z.literal('').transform(() => []), PathList]);
const textKind = <K extends TextKind>(kind: K) =>
  z.strictObject({ [kind]: TextFields } as Record<K, typeof TextFields>).transform((given) => {
    return { kind, fields: (given as Record<string, NativePath[]>)[kind] ?? [] } as const;
  });

const Decode = z.union([
  z.strictObject({ bytes: PathList }).transform(({ bytes }) => ({ kind: 'bytes', fields: bytes }) as const),
  textKind('syslog'),
  textKind('audit'),
  textKind('key_value'),
  z
    .strictObject({
      delimited: TextFields,
      separator: z
        .string()
        .length(1)
        .regex(/^[ -~\t]$/, 'a separator is one ASCII character'),
      columns: z.array(z.string().min(1)).default([]),
      // The name of a form under a header holds them, parted by blanks.
      header: z.array(z.string().regex(/^\S+$/, 'a name in a header holds no blank')).default([]),
    })
    .refine(({ columns, header }) => (columns.length === 0) !== (header.length === 0), {
      error: "'delimited' has 'columns', or 'header' with the names that a header line may hold",
    })
    .transform(({ delimited, ...rest }) => ({ kind: 'delimited', fields: delimited, ...rest }) as const),
  z
    .strictObject({ event_xml: PathList })
    .transform(({ event_xml }) => ({ kind: 'event_xml', fields: event_xml }) as const),
  z.strictObject({ data: PathList }).transform(({ data }) => ({ kind: 'data', fields: data }) as const),
]);

const Form = z.strictObject({
  recognise: z.array(Condition).transform((conditions) => conditions.flat()),
  probes: z.array(z.string().min(1)).default([]),
  decode: Decode.optional(),
  paths: z.record(z.string(), PathList).default({}),
  lower_keys: z.boolean().default(false),
  /** '' is the root of the record. */
  data: z
    .array(z.string())
    .min(1)
    .default([''])
    .transform((prefixes) => prefixes.map((prefix) => (prefix === '' ? [] : parsePath(prefix)))),
});

const Zone = z
  .string()
  .regex(/^[+-](?:0\d|1[0-4]):[0-5]\d$/, 'a zone is an offset such as +00:00')
  .transform((zone) => {
    const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
    return zone.startsWith('-') ? -minutes : minutes;
  });

const TimeRule = z.strictObject({
  field: z.string().min(1),
  formats: z
    .array(z.enum(['iso', 'epoch_seconds', 'epoch_millis', 'epoch_micros', 'audit_id', 'syslog', 'calendar']))
    .min(1),
  zone: z
    .union([
      z.strictObject({ known: Zone }).transform(({ known }) => ({ offsetMinutes: known, zoneKnown: true })),
      z
        .strictObject({ assumed: Zone })
        .transform(({ assumed }) => ({ offsetMinutes: assumed, zoneKnown: false })),
    ])
    .default({ offsetMinutes: 0, zoneKnown: false }),
});

const Kind = z.strictObject({
  class: z.int().nonnegative(),
  activity: z.int().nonnegative().optional(),
  status: z.int().nonnegative().optional(),
  severity: z.int().nonnegative().optional(),
  group: z.string().optional(),
});

const Names = z.array(z.string().min(1));

const Like = z.string().transform((written, context): Template => {
  try {
    return parseTemplate(written);
  } catch (fault) {
    const message = fault instanceof Error ? fault.message : String(fault);
    context.issues.push({ code: 'custom', message, input: written });
    return z.NEVER;
  }
});

/** Patterns by name; also the content of a file that `of` names. */
export const MessagePatterns = z.record(
  z.string().regex(/^[a-z][a-z0-9_]*$/),
  z.strictObject({ programs: Names.default([]), like: z.array(Like).min(1) }),
);

const Patterns = z.strictObject({
  text: z.string().min(1),
  program: Expression,
  /** Or the name of a file beside the mapping, so that sources share it. */
  of: z.union([MessagePatterns, z.string().min(1)]),
});

/** `mapping.yaml` of a source folder; what each part means stands in `mapping.ts` and `expression.ts`. */
export const MappingFile = z.strictObject({
  source: z.string().regex(/^[a-z][a-z0-9-]*$/),
  version: z.int().min(1).max(65_535),
  title: z.string().min(1),
  last_resort: z.boolean().default(false),
  blanks: z.array(z.string().min(1)).default([]),
  forms: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), Form),
  required: Names.default([]),
  time: z.array(TimeRule).default([]),
  natural_key: Names.default([]),
  essential: Names.default([]),
  classify: z.strictObject({ by: Expression, default: Kind, kinds: z.record(z.string(), Kind) }),
  attributes: Attributes,
  groups: z
    .record(z.string(), z.looseObject({ extends: z.string().optional() }))
    .default({})
    .refine((groups) => Object.keys(groups).length < maxGroups, `at most ${maxGroups - 1} groups`),
  patterns: Patterns.optional(),
});
export type MappingFile = z.infer<typeof MappingFile>;

export type MessagePatterns = z.infer<typeof MessagePatterns>;

/** The attributes of one group, as they are written beside `extends`. */
export const GroupAttributes = Attributes;
