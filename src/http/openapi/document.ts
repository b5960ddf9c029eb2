import * as z from 'zod';
import { type Route, WireError } from '../../contracts/index.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** An operation of the document, as far as a reader of it needs to know. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly description: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: true; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: JsonSchema;
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

const bearer = 'apiKey';
const failure = 'Error';

/**
 * The OpenAPI 3.1 document of declared routes; schemas are JSON Schema 2020-12, as OpenAPI 3.1 has them. `shapes` are the
 * schemas that get a name of their own.
 */
export function openApiDocument(input: {
  readonly routes: Readonly<Record<string, Route>>;
  readonly shapes: Readonly<Record<string, z.ZodType>>;
  readonly version: string;
}): OpenApiDocument {
  const naming = createNaming({ ...input.shapes, [failure]: WireError });
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [name, route] of Object.entries(input.routes)) {
    const operation = operationOf(name, route, naming.refer);
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Tyrian',
      version: input.version,
      description:
        'Each request but the public ones carries an API key; tenant and scopes come from it. Unknown keys in queries and JSON bodies are refused.',
    },
    paths,
    components: {
      schemas: naming.used(),
      securitySchemes: {
        [bearer]: { type: 'http', scheme: 'bearer', description: 'An API key: ty_<id>_<secret>' },
      },
    },
  };
}

type Refer = (schema: z.ZodType, io: 'input' | 'output') => JsonSchema;

/** Named schemas stand once among the components, and so does what schemas share or repeat in themselves; others where they are used. */
function createNaming(shapes: Readonly<Record<string, z.ZodType>>) {
  const named = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(shapes)) named.add(schema, { id });
  const options = { unrepresentable: 'any', uri: (id: string) => `${components}${id}` } as const;
  const { __shared: shared = {}, ...own } = z.toJSONSchema(named, { ...options, io: 'input' })
    .schemas as Record<string, JsonSchema>;
  const all = new Map(Object.entries(own).map(([id, schema]) => [id, moved(schema, sharedName)]));
  for (const [id, schema] of Object.entries(shared.$defs ?? {}))
    all.set(sharedName(id), moved(schema, sharedName));
  const wanted = new Set<string>();
  const want = (schema: JsonSchema): JsonSchema => {
    for (const [, id = ''] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (wanted.has(id)) continue;
      wanted.add(id);
      want(all.get(id) ?? {});
    }
    return withoutHead(schema);
  };
  const hoisted = new Map<string, string>();
  /** References within a schema are to the document that it stands in: what they lead to becomes a component. */
  const hoist = ({ $defs = {}, ...schema }: JsonSchema): JsonSchema => {
    const nameOf = (id: string) => {
      const content = JSON.stringify($defs[id]);
      const name = hoisted.get(content) ?? `Inner${hoisted.size + 1}`;
      hoisted.set(content, name);
      return name;
    };
    for (const [id, inner] of Object.entries($defs)) all.set(nameOf(id), moved(inner, nameOf));
    return moved(schema, nameOf);
  };
  const refer: Refer = (schema, io) => {
    const id = named.get(schema)?.id;
    if (id !== undefined) return want({ $ref: `${components}${id}` });
    return want(hoist(z.toJSONSchema(schema, { unrepresentable: 'any', io }) as JsonSchema));
  };
  const used = () => Object.fromEntries([...wanted].sort().map((id) => [id, withoutHead(all.get(id) ?? {})]));
  return { refer, used };
}

const components = '#/components/schemas/';

/** What named schemas share: `schema0` there. */
const sharedName = (id: string) => `Shared${id.replace(/^_*schema/, '')}`;

/** The same schema with references to components where they led into `$defs`. */
function moved(schema: JsonSchema, nameOf: (id: string) => string): JsonSchema {
  const text = JSON.stringify(schema).replaceAll(
    /"\$ref":"(?:#\/components\/schemas\/__shared)?#\/\$defs\/([^"]+)"/g,
    (_, id: string) => `"$ref":"${components}${nameOf(id)}"`,
  );
  return JSON.parse(text) as JsonSchema;
}

/** OpenAPI 3.1 names the dialect once for the document. */
function withoutHead({ $schema: _, $id: __, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

function operationOf(name: string, route: Route, refer: Refer): Operation {
  const parameters = [
    ...parametersOf('path', route.params),
    ...parametersOf('query', route.query),
    ...parametersOf('header', route.headers),
  ];
  return {
    operationId: name,
    summary: route.summary,
    tags: [route.path.split('/')[2] ?? 'process'],
    security: route.access === 'public' ? [] : [{ [bearer]: [] }],
    description: route.access === 'public' ? 'Needs no key.' : `Needs the scope \`${route.access}\`.`,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: bodyOf(route, refer) } }),
    responses: {
      ...answersOf(route, refer),
      default: {
        description: 'What went wrong',
        content: { 'application/json': { schema: refer(WireError, 'output') } },
      },
    },
  };
}

function parametersOf(place: Parameter['in'], schema: z.ZodObject | undefined): readonly Parameter[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' });
  return Object.entries(properties).map(([name, inner]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: inner as JsonSchema,
  }));
}

function bodyOf({ body }: Route, refer: Refer): Content {
  if (body?.kind === 'json') return { 'application/json': { schema: refer(body.schema, 'input') } };
  return { 'application/octet-stream': { schema: { description: body?.description ?? '' } } };
}

function answersOf({ answer }: Route, refer: Refer): Operation['responses'] {
  switch (answer.kind) {
    case 'text':
      return {
        200: { description: 'Text', content: { [answer.mediaType]: { schema: { type: 'string' } } } },
      };
    case 'json': {
      const content = { 'application/json': { schema: refer(answer.schema, 'output') } };
      return Object.fromEntries(
        answer.statuses.map((status, index) => [
          status,
          { description: index === 0 ? 'The usual answer' : 'The same shape', content },
        ]),
      );
    }
    case 'events':
      return {
        200: {
          description: 'Server-sent events; one object for a caller that accepts JSON only',
          content: {
            'text/event-stream': { schema: refer(answer.schema, 'output') },
            'application/json': { schema: refer(answer.gathered, 'output') },
          },
        },
      };
  }
}
