import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadCatalogue, ownSources } from './catalogue.ts';

const catalogue = loadCatalogue();

test('every source folder is loaded', () => {
  const folders = readdirSync(ownSources).filter((name) =>
    existsSync(join(ownSources, name, 'mapping.yaml')),
  );
  expect(catalogue.sources).toEqual(folders.sort());
  expect(catalogue.sources).toEqual(expect.arrayContaining(['aws-cloudtrail', 'json', 'windows', 'zeek']));
});

test('what no source knows is left to the last resort', () => {
  expect(catalogue.recognise({ hello: 'world' })).toEqual({ source: 'json', form: 'object' });
  expect(catalogue.recognise({ hello: 'world' }, 'windows')).toBeUndefined();
});

test('bare event XML and JSON text are recognised', () => {
  expect(catalogue.recogniseText('<Event xmlns="x">')).toEqual({ source: 'windows', form: 'splunk-xml' });
  expect(catalogue.recogniseText('{"Channel":"Security","EventID":1}')?.source).toBe('windows');
  expect(catalogue.recogniseText('not a record')).toBeUndefined();
});

test('forms that must be decoded have no SQL', () => {
  expect(catalogue.form('windows', 'splunk-xml')?.sql).toBeUndefined();
  expect(catalogue.form('windows', 'flat')?.sql?.select('t')).toContain('FROM t');
  expect(catalogue.form('windows', 'nothing')).toBeUndefined();
});

test('a folder without mappings is no catalogue of sources', () => {
  expect(() => loadCatalogue(['/nonexistent'])).toThrow();
});
