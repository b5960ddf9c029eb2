import * as z from 'zod';
import * as contracts from '../../../src/contracts/index.ts';
import { code, page, table } from './markdown.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;
type Route = contracts.Route;

/** The named shapes of the contracts, so that one is written once and named elsewhere. */
const named = z.registry<{ id: string }>();
for (const [name, schema] of Object.entries(contracts)) {
  if (schema instanceof z.ZodType) named.add(schema, { id: name });
}
const options = { io: 'input', unrepresentable: 'any', uri: (id: string) => id } as const;
const shapes = z.toJSONSchema(named, options).schemas as Readonly<Record<string, JsonSchema>>;
const nameOf = (schema: z.ZodType) => named.get(schema)?.id;

export function routesPage(): string {
  const routes = Object.entries<Route>(contracts.routes);
  const used = reachable(routes.flatMap(([, route]) => schemasOf(route)));
  return page(
    'HTTP routes',
    'Every request but the probes carries `Authorization: Bearer ty_…`; the tenant comes from the key and from nowhere else. Unknown keys in ' +
      'parameters, query and JSON bodies are refused. Codes are in [errors.md](errors.md).',
    table(
      ['method', 'path', 'scope', 'what it does'],
      routes.map(([, { method, path, access, summary }]) => [method, code(path), code(access), summary]),
    ),
    ...routes.flatMap(([, route]) => [`## ${route.method} ${route.path}`, describe(route)]),
    '## Shapes',
    ...[...used]
      .sort((left, right) => left.localeCompare(right, 'en'))
      .flatMap((name) => [`### ${name}`, `\`\`\`ts\n${print(shapes[name] ?? {}, 0)}\n\`\`\``]),
  );
}

function describe(route: Route): string {
  const parts: (readonly [string, z.ZodType | undefined])[] = [
    ['path', route.params],
    ['query', route.query],
    ['headers', route.headers],
  ];
  const given = parts.flatMap(([label, schema]) =>
    schema === undefined ? [] : [`- ${label}: \`${inline(schema)}\``],
  );
  return [
    `${route.summary}. Scope: \`${route.access}\`.\n`,
    ...given,
    ...bodyOf(route),
    ...answerOf(route),
  ].join('\n');
}

function bodyOf({ body }: Route): readonly string[] {
  if (body === undefined) return [];
  return body.kind === 'bytes' ? [`- body: ${body.description}`] : [`- body: JSON, ${link(body.schema)}`];
}

function answerOf({ answer }: Route): readonly string[] {
  switch (answer.kind) {
    case 'text':
      return [`- answer: 200, \`${answer.mediaType}\``];
    case 'json':
      return [`- answer: ${answer.statuses.join(' or ')}, JSON, ${link(answer.schema)}`];
    case 'events':
      return [
        `- answer: 200, server-sent events of ${link(answer.schema)}; with \`Accept: application/json\` one ${link(answer.gathered)} at the end`,
      ];
  }
}

function schemasOf({ body, answer }: Route): readonly z.ZodType[] {
  const taken = body?.kind === 'json' ? [body.schema] : [];
  if (answer.kind === 'text') return taken;
  return answer.kind === 'json' ? [...taken, answer.schema] : [...taken, answer.schema, answer.gathered];
}

/** Under such names zod keeps shapes that hold themselves; JSON of any kind is the one that there is. */
const anyJson = '__shared';

/** True for a shape that is a scalar: its name would say less than its type. */
function isPlain(name: string): boolean {
  const { type, enum: values } = shapes[name] ?? {};
  return typeof type === 'string' && type !== 'object' && type !== 'array' && values === undefined;
}

/** The named shapes that some schemas hold, directly or in other shapes. */
function reachable(schemas: readonly z.ZodType[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string) => {
    if (found.has(name)) return;
    found.add(name);
    for (const [, next = ''] of JSON.stringify(shapes[name] ?? {}).matchAll(/"\$ref":"([^"]+)"/g)) {
      if (!isPlain(next) && !next.startsWith(anyJson)) visit(next);
    }
  };
  for (const schema of schemas) {
    const name = nameOf(schema);
    if (name !== undefined) visit(name);
  }
  return found;
}

function link(schema: z.ZodType): string {
  const name = nameOf(schema);
  return name === undefined ? `\`${inline(schema)}\`` : `[${name}](#${name.toLowerCase()})`;
}

const inline = (schema: z.ZodType) => print(z.toJSONSchema(schema, options), 0).replaceAll(/\s+/g, ' ');

/** A JSON schema in the notation of TypeScript. */
function print(schema: JsonSchema, depth: number): string {
  if (schema.$ref?.startsWith(anyJson) === true) return 'unknown /* any JSON */';
  if (schema.$ref !== undefined)
    return isPlain(schema.$ref) ? print(shapes[schema.$ref] ?? {}, depth) : schema.$ref;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return printEnum(schema.enum);
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) return union.map((each) => print(each as JsonSchema, depth)).join(' | ');
  switch (schema.type) {
    case 'object':
      return printObject(schema, depth);
    case 'array':
      return `Array<${print((schema.items ?? {}) as JsonSchema, depth)}>`;
    case 'string':
      return schema.format === 'uuid' || schema.format === 'date-time'
        ? `string /* ${schema.format} */`
        : 'string';
    default:
      return [schema.type ?? 'unknown'].flat().join(' | ');
  }
}

/** The names of all attributes stand on a page of their own. */
const longestEnum = 30;
const printEnum = (values: readonly unknown[]) =>
  values.length > longestEnum
    ? 'string /* a column of attributes.md */'
    : values.map((value) => JSON.stringify(value)).join(' | ');

function printObject(schema: JsonSchema, depth: number): string {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0 && schema.propertyNames !== undefined) {
    const key = print(schema.propertyNames as JsonSchema, depth);
    return `{ [key: ${key}]: ${print(schema.additionalProperties as JsonSchema, depth)} }`;
  }
  if (properties.length === 0) return '{}';
  const indent = '  '.repeat(depth + 1);
  const lines = properties.map(([name, inner]) => {
    const optional = schema.required?.includes(name) === true ? '' : '?';
    const key = /^\w+$/.test(name) ? name : `'${name}'`;
    return `${indent}${key}${optional}: ${print(inner as JsonSchema, depth + 1)};`;
  });
  return `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}`;
}
