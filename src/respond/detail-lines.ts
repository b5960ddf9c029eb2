import type { Details, Plain } from './bounded-details.ts';

export interface DetailLine {
  /** `alerts[0].entity.value`. */
  readonly path: string;
  /** `-` where there is nothing. */
  readonly value: string;
}

/** Details as one line a value, in their order. Path and value are untrusted plain text. */
export function detailLines(details: Details): readonly DetailLine[] {
  return linesOf(details.values, '');
}

function linesOf(value: Plain, path: string): readonly DetailLine[] {
  if (Array.isArray(value)) return value.flatMap((inner, index) => linesOf(inner, `${path}[${index}]`));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, inner]) =>
      linesOf(inner, path === '' ? key : `${path}.${key}`),
    );
  return [{ path, value: String(value ?? '-') }];
}
