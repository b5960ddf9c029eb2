import { expect, test } from 'vitest';
import { catalogueOfYaml, recordOf } from './lab.suite.ts';
import { normalise } from './normalise.ts';

const catalogue = catalogueOfYaml(`
source: lab
version: 1
title: Lab
forms:
  plain:
    recognise: [{ has: what }, { differs: what, from: [other] }]
classify: { by: what, default: { class: 6003 }, kinds: {} }
attributes:
  resource_uid: { find: parameters, by: name, is: [doc_id, document], path: [value] }
  resource_name: { find: parameters, by: name, is: owner, path: [value, 0] }
  api_service: { until: what, separator: . }
  api_operation: { beyond: what, separator: . }
`);

function rowOf(record: object) {
  const outcome = normalise(catalogue, recordOf(JSON.stringify(record), 'lab', 'plain'));
  if (outcome.kind === 'dead') throw new Error(outcome.code);
  return outcome.row;
}

test('a value is found in a list by what another member of its element says', () => {
  const parameters = [
    'doc_id',
    7,
    { name: ['doc_id'], value: 'not this' },
    { name: 'owner', value: ['mona', 'ivo'] },
    { name: 'document', value: 'd7' },
    { name: 'doc_id', value: 'd8' },
  ];
  expect(rowOf({ what: 'a', parameters })).toMatchObject({ resource_uid: 'd7', resource_name: 'mona' });
});

test('a list as text is searched as well', () => {
  const parameters = JSON.stringify([{ name: 'doc_id', value: 'd7' }]);
  expect(rowOf({ what: 'a', parameters })).toMatchObject({ resource_uid: 'd7', resource_name: '' });
});

test('nothing is found in what is no list', () => {
  for (const parameters of [{ name: 'doc_id', value: 'd7' }, 'doc_id', '[{"name":"doc_id"', null]) {
    expect(rowOf({ what: 'a', parameters })).toMatchObject({ resource_uid: '' });
  }
});

test('a text is parted at its first separator', () => {
  expect(rowOf({ what: 'repo.branch.add' })).toMatchObject({
    api_service: 'repo',
    api_operation: 'branch.add',
  });
  expect(rowOf({ what: 'repo' })).toMatchObject({ api_service: 'repo', api_operation: 'repo' });
});

test('a record is not of a form when a field has one of the values that it excludes', () => {
  expect(catalogue.recognise({ what: 'other' })).toBeUndefined();
  expect(catalogue.recognise({ what: 'another' })).toEqual({ source: 'lab', form: 'plain' });
});
