import type { Span } from './spans.ts';
import { numberWords } from './time/words.ts';
import type { Comparison, Cue } from './words/cues.ts';
import type { FieldNounName } from './words/fields.ts';

/** `ports above 1024`, `more than 1 GB`. */
export interface Limit {
  readonly comparison: Comparison;
  /** The least or greatest number that counts. */
  readonly value: bigint;
  readonly isBytes: boolean;
  readonly noun?: FieldNounName;
}

const maxQuantity = 1_000;

/** A number that says how many: beside `top`, `last` or a plural noun. */
export function readQuantity(steps: readonly Span[], at: number): number | undefined {
  const span = steps[at];
  if (span?.kind !== 'entity') return undefined;
  const { kind, value } = span.entity;
  const number = kind === 'number' ? Number(value) : numberWords.get(value.toLowerCase());
  if (number === undefined || number < 1 || number > maxQuantity || (kind === 'number' && value.length > 4)) {
    return undefined;
  }
  const before = steps[at - 1];
  const after = steps[at + 1];
  const isRanked =
    isCue(before, 'most', 'least', 'first', 'last') || isCue(after, 'most', 'least', 'last', 'first');
  const isShown =
    (before === undefined || isCue(before, 'search', 'list')) && isPluralNoun(after) && number < 1_000;
  return isRanked || isShown ? number : undefined;
}

export const isPluralNoun = (span: Span | undefined) =>
  (span?.kind === 'events' || span?.kind === 'field' || span?.kind === 'class') && /s$/i.test(span.text);

export const isCue = (span: Span | undefined, ...cues: readonly Cue[]) =>
  span?.kind === 'cue' && cues.includes(span.cue);

const unitBytes: ReadonlyMap<string, bigint> = new Map(
  Object.entries({
    byte: 1n,
    bytes: 1n,
    kb: 1_000n,
    kib: 1_024n,
    mb: 1_000_000n,
    mib: 1_048_576n,
    gb: 1_000_000_000n,
    gib: 1_073_741_824n,
    tb: 1_000_000_000_000n,
  }),
);
const maxNumber = 2n ** 64n - 1n;

/** A number after `more than`, `above` or `below`, with the noun before it or a unit of bytes after it. */
export function readLimit(steps: readonly Span[], at: number, used: Set<Span>): Limit | undefined {
  const span = steps[at];
  const comparison = steps[at - 1];
  if (span?.kind !== 'entity' || comparison?.kind !== 'compare') return undefined;
  const parts = /^(\d{1,20})([a-z]{1,3})?$/i.exec(span.entity.value);
  if (parts === null) return undefined;
  const next = steps[at + 1];
  const unitText = parts[2] ?? (next?.kind === 'entity' || next?.kind === 'amount' ? next.text : '');
  const unit = unitBytes.get(unitText.toLowerCase());
  if (unit !== undefined && parts[2] === undefined && next !== undefined) used.add(next);
  const noun = steps[at - 2];
  if (noun?.kind === 'field') used.add(noun);
  return {
    comparison: comparison.comparison,
    value: inclusive(BigInt(parts[1] ?? '0') * (unit ?? 1n), comparison),
    isBytes: unit !== undefined,
    ...(noun?.kind === 'field' ? { noun: noun.name } : {}),
  };
}

/** `above 10` is at least 11; `at least 10` stays. */
function inclusive(value: bigint, { comparison, text }: { comparison: Comparison; text: string }): bigint {
  const step = /^at /i.test(text) ? 0n : comparison === 'at_least' ? 1n : -1n;
  const bound = value + step;
  return bound < 0n ? 0n : bound > maxNumber ? maxNumber : bound;
}
