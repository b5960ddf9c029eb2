import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Route } from '../../contracts/index.ts';
import { openApiDocument } from './document.ts';
import { openApiPage, pagePolicy } from './page.ts';

const Thing = z.strictObject({ name: z.string(), size: z.int().nonnegative() });
const routes = {
  readThing: {
    method: 'GET',
    path: '/v1/things/{id}',
    access: 'events:read',
    summary: 'One <thing>',
    params: z.strictObject({ id: z.uuid() }),
    query: z.strictObject({ full: z.exactOptional(z.string()) }),
    answer: { kind: 'json', statuses: [200, 503], schema: Thing },
  },
  makeThing: {
    method: 'POST',
    path: '/v1/things',
    access: 'public',
    summary: 'Makes one',
    body: { kind: 'json', schema: Thing },
    answer: { kind: 'text', mediaType: 'text/plain' },
  },
} as const satisfies Record<string, Route>;
const document = openApiDocument({ routes, shapes: { Thing }, version: '1.2.3' });
const operation = (path: string, method: string) => {
  const found = Object.entries(document.paths).find(([name]) => name === path)?.[1];
  return Object.entries(found ?? {}).find(([name]) => name === method)?.[1];
};

describe('the OpenAPI document', () => {
  it('has an operation for each route, with its scope, parameters and answers', () => {
    expect(operation('/v1/things/{id}', 'get')).toMatchObject({
      operationId: 'readThing',
      security: [{ apiKey: [] }],
      parameters: [
        { name: 'id', in: 'path', required: true, schema: { format: 'uuid' } },
        { name: 'full', in: 'query', required: false },
      ],
    });
    expect(Object.keys(operation('/v1/things/{id}', 'get')?.responses ?? {})).toEqual([
      '200',
      '503',
      'default',
    ]);
    expect(operation('/v1/things', 'post')?.security).toEqual([]);
  });

  it('writes a named shape once, and every reference leads somewhere', () => {
    expect(Object.keys(document.components.schemas).sort()).toEqual(['Error', 'Thing']);
    const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(2);
    for (const [, name = ''] of references) expect(document.components.schemas).toHaveProperty(name);
  });

  it('has no reference into a schema of its own: shared and recursive ones are shapes too', () => {
    const Free = z.record(z.string(), z.json());
    const [Left, Right] = [z.strictObject({ free: z.json() }), z.strictObject({ free: Free })];
    const answer = {
      kind: 'json',
      statuses: [200],
      schema: z.strictObject({ left: Left, free: Free }),
    } as const;
    const { readThing } = routes;
    const made = openApiDocument({
      routes: {
        readThing: { ...readThing, answer },
        other: { ...routes.makeThing, body: { kind: 'json', schema: Right } },
      },
      shapes: { Left, Right },
      version: '1',
    });
    const references = [...JSON.stringify(made).matchAll(/"\$ref":"([^"]*)"/g)].map(
      ([, reference = '']) => reference,
    );
    expect(references.length).toBeGreaterThan(3);
    for (const reference of references) {
      expect(reference).toMatch(/^#\/components\/schemas\/\w+$/);
      expect(made.components.schemas).toHaveProperty(reference.slice('#/components/schemas/'.length));
    }
    expect(JSON.stringify(made)).not.toContain('$defs');
  });

  it('is a page without scripts whose text is escaped and whose style its policy names', () => {
    const page = openApiPage(document);
    expect(page).toContain('One &lt;thing&gt;');
    expect(page).not.toMatch(/<script|onload=|https?:\/\/(?!json-schema)/);
    expect(pagePolicy).toMatch(/^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='/);
  });
});
