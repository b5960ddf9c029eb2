import fc from 'fast-check';
import { expect, it } from 'vitest';
import { correct, createSpellingIndex, editDistance } from './spelling.ts';
import { spellings } from './vocabulary.ts';

it.each([
  ['logns', 'logons'],
  ['conections', 'connections'],
  ['proceses', 'process'],
  ['yesterdy', 'yesterday'],
  ['uesr', 'user'],
  ['hsots', 'hosts'],
  ['registery', 'registry'],
])('reads %s as %s', (written, meant) => {
  expect(correct(written, spellings)).toBe(meant);
});

it.each(['patch', 'lois', 'beta', 'mimikatz', 'alicia', 'host', 'x'])('leaves %s alone', (word) => {
  expect(correct(word, spellings)).toBeUndefined();
});

it('takes neither of two words that are as near and mean different things', () => {
  const meanings = new Map([
    ['alpha', '1'],
    ['alphb', '2'],
  ]);
  expect(correct('alphc', createSpellingIndex(meanings))).toBeUndefined();
  expect(correct('alphc', createSpellingIndex(new Map([...meanings, ['alphb', '1']])))).toBe('alpha');
});

const word = fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'b', 'c', 'd') });

it('measures the same both ways, 0 only for equal words, and never below the bound what is above it', () => {
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b, 20);
      expect(editDistance(b, a, 20)).toBe(distance);
      expect(distance === 0).toBe(a === b);
      expect(Math.min(editDistance(a, b, 2), 3)).toBe(Math.min(distance, 3));
    }),
  );
});

it('counts swapping two letters as one edit', () => {
  expect(editDistance('hsot', 'host', 2)).toBe(1);
});
