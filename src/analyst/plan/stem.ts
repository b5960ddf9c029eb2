/** Plurals of two letters; `dns` and `aws` are none. */
const shortPlurals = new Set(['ips', 'ids', 'pcs']);

/** A word without its plural ending; vocabulary and question go through the same cut. */
export function stem(word: string): string {
  if (shortPlurals.has(word)) return word.slice(0, -1);
  if (
    word.length < 4 ||
    !word.endsWith('s') ||
    word.endsWith('ss') ||
    word.endsWith('us') ||
    word.endsWith('is')
  ) {
    return word;
  }
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:ss|x|ch|sh)es$/.test(word)) return word.slice(0, -2);
  return word.slice(0, -1);
}
