/**
 * Control characters, and the invisible ones that turn the order of text around or hide in it: what an attacker wrote into a
 * log must not forge lines, headers or names in what people are sent.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/** One line of at most `max` characters that can be shown and put into a header; a cut ends with `…`. */
export function plainLine(text: string, max: number): string {
  // Cut before it is cleaned, so that the work is bounded too.
  const clean = text
    .slice(0, max * 4)
    .replace(unprintable, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim();
  if (clean.length <= max && text.length <= max * 4) return clean;
  return `${clean.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
