const units =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen';
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety';
const ordinals =
  'second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth twentieth hundredth';

const small: ReadonlyMap<string, number> = new Map([
  ...units.split(' ').map((word, index) => [word, index] as const),
  ...tens.split(' ').map((word, index) => [word, (index + 2) * 10] as const),
]);
const scales: ReadonlyMap<string, number> = new Map([
  ['dozen', 12],
  ['score', 20],
  ['hundred', 100],
  ['thousand', 1_000],
  ['million', 1_000_000],
  ['billion', 1_000_000_000],
]);
const ordinalWords = new Set(ordinals.split(' '));

/** True for `seven`, `twenty`, `hundred`, `fourth`, and for `twenty-one` (each part is a number word). */
export function isNumberWord(word: string): boolean {
  return word.split('-').every((part) => small.has(part) || scales.has(part) || ordinalWords.has(part));
}

/**
 * The number that a run of number words says: `two hundred five` → 205n, `twenty-one` → 21n. Undefined for what is
 * no plain cardinal (`fourth`, `two three`): when in doubt nothing is said.
 */
export function readNumberWords(run: readonly string[]): bigint | undefined {
  let total = 0;
  let group = 0;
  let below = Number.POSITIVE_INFINITY;
  for (const part of run.flatMap((word) => word.split('-'))) {
    const scale = scales.get(part);
    const value = small.get(part);
    if (scale !== undefined) {
      const factor = group === 0 ? 1 : group;
      if (scale >= 1_000) {
        total += factor * scale;
        group = 0;
      } else group = factor * scale;
      below = scale;
    } else if (value !== undefined && value < below) {
      group += value;
      below = value >= 20 ? 10 : 1;
    } else return undefined;
  }
  const result = total + group;
  return Number.isSafeInteger(result) ? BigInt(result) : undefined;
}
