import { expect, test } from 'vitest';
import { partitionOf } from './partition.ts';

test('the partition of a stream never changes: dedupe and replay rely on it', () => {
  // From `printf '4:acme,7:windows,1:a,' | sha256sum` and its like.
  expect(partitionOf('acme', 'windows', 'a', 16)).toBe(0);
  expect(partitionOf('acme', 'windows', 'b', 16)).toBe(5);
  expect(partitionOf('acme', 'zeek', 'é', 16)).toBe(2);
  expect(partitionOf('acme', 'windows', 'a', 3)).toBe(2);
});

test('names that join to the same text are told apart', () => {
  const partitions = 65_536;
  expect(partitionOf('ab', 'c', 'd', partitions)).not.toBe(partitionOf('a', 'bc', 'd', partitions));
});

test('streams spread over all partitions', () => {
  const hit = new Set(
    Array.from({ length: 400 }, (_, index) => partitionOf('acme', 'windows', `${index}`, 16)),
  );
  expect(hit.size).toBe(16);
});
