import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** The rooms of `src/` by layer, lowest first: the table of ARCHITECTURE.md. */
const layers: readonly (readonly string[])[] = [
  ['contracts'],
  ['observe', 'sql', 'client'],
  ['log', 'store', 'state', 'cache', 'blob'],
  ['journal'],
  ['guard'],
  ['ledger', 'jobs'],
  ['llm', 'normalise', 'lake', 'http', 'retention'],
  ['intel', 'graph', 'fleet', 'detect', 'enrich', 'scan'],
  ['rules', 'alerts', 'intake'],
  ['pipeline', 'respond', 'cases'],
  ['analyst'],
  ['api', 'mcp', 'evals'],
  ['system'],
  ['cli'],
];
const engines = new Set(['log', 'store', 'state', 'cache', 'blob']);
const layerOf = new Map(layers.flatMap((rooms, layer) => rooms.map((room) => [room, layer] as const)));

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src');
const rooms = readdirSync(source, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const importPattern =
  /^\s*(?:import|export)\s+(type\s+)?[^'"`;]*?from\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(importPattern)].flatMap((match) => {
    const to = match[2] ?? match[3] ?? '';
    return to.startsWith('.')
      ? [{ from: file, to: resolve(dirname(file), to), typeOnly: match[1] !== undefined }]
      : [];
  });
}

const files = globSync('**/*.ts', { cwd: source }).map((file) => join(source, file));
const roomOf = (file: string) => relative(source, file).split('/')[0] ?? '';
const isTest = (file: string) => /\.(test|suite|fixture)\.ts$/.test(file);
const show = ({ from, to }: Import) => `${relative(root, from)} → ${relative(root, to)}`;
const crossings = files.flatMap(importsOf).filter((item) => roomOf(item.from) !== roomOf(item.to));
const inProduct = crossings.filter((item) => !isTest(item.from));

describe('the rooms of src', () => {
  test('every room stands in the table', () => {
    expect(rooms.filter((room) => !layerOf.has(room))).toEqual([]);
  });

  test('every room has an index.ts that opens with what it is', () => {
    for (const room of rooms.filter((name) => name !== 'cli')) {
      const index = join(source, room, 'index.ts');
      expect(existsSync(index), index).toBe(true);
      expect(readFileSync(index, 'utf8').startsWith('/**'), index).toBe(true);
    }
  });

  test('imports are seen at all', () => {
    expect(crossings.length).toBeGreaterThan(10);
  });

  test('a room imports only lower layers', () => {
    const wrong = inProduct.filter(
      ({ from, to }) => (layerOf.get(roomOf(to)) ?? 99) >= (layerOf.get(roomOf(from)) ?? -1),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test("a room is entered by its index.ts alone, or by contracts' own files", () => {
    const wrong = crossings.filter(({ to }) => {
      const inside = relative(source, to);
      return (
        inside !== `${roomOf(to)}/index.ts` && !(roomOf(to) === 'contracts' && inside.split('/').length === 2)
      );
    });
    expect(wrong.map(show)).toEqual([]);
  });

  test('engines are received as arguments: only system imports their values', () => {
    const wrong = inProduct.filter(
      ({ from, to, typeOnly }) =>
        engines.has(roomOf(to)) && !typeOnly && !['system', 'guard'].includes(roomOf(from)),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test('only guard makes the scope of a read', () => {
    const makers = files
      .filter((file) => !isTest(file) && /\bgrantReadScope\b/.test(readFileSync(file, 'utf8')))
      .map(roomOf);
    // `sql` defines it; its printer refuses at run time a scope that was not made there.
    expect([...new Set(makers)].sort()).toEqual(['guard', 'sql']);
  });

  test('settings stand in query text, never in a connection', () => {
    const wrong = files.filter(
      (file) => !isTest(file) && /clickhouse_settings\s*:/.test(readFileSync(file, 'utf8')),
    );
    expect(wrong).toEqual([]);
  });
});
