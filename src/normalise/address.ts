const v4Part = /^(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;
/** `010.1.2.3` is octal to some and decimal to others, `1:::2` is no address to any but the engine: both refused. */
export const refusedPattern = '(?:^|[.:])0[0-9]+[.]|[.]0[0-9]+$|:::';
const refused = new RegExp(refusedPattern);
const group = /^[0-9a-f]{1,4}$/i;
const groups = 8;

/**
 * Canonical text of an IPv4 or IPv6 address as `inet_ntop` writes it; '' when the text is none.
 * Takes off brackets and a zone (`[fe80::1%eth0]`); an IPv4 address mapped into IPv6 becomes IPv4.
 */
export function addressText(text: string): string {
  const bare = withoutZone(withoutBrackets(text));
  if (refused.test(bare)) return '';
  if (!bare.includes(':')) return isV4(bare) ? bare : '';
  const words = v6Words(bare);
  return words === undefined ? '' : printWords(words);
}

function withoutBrackets(text: string): string {
  return text.replace(/^[[\]]+/, '').replace(/[[\]]+$/, '');
}

function withoutZone(text: string): string {
  const percent = text.indexOf('%');
  return percent === -1 ? text : text.slice(0, percent);
}

function isV4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => v4Part.test(part));
}

/** The eight 16-bit words of an IPv6 address (RFC 4291, 2.2); undefined when the text is none. */
function v6Words(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => halfWords(half, index === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (halves.length === 1) return head.length === groups ? head : undefined;
  const missing = groups - head.length - (tail?.length ?? 0);
  // As the engine has it: `::` may stand for nothing between eight groups, but not behind them.
  const fits = missing > 0 || (missing === 0 && (tail?.length ?? 0) > 0);
  return fits ? [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])] : undefined;
}

function halfWords(half: string, last: boolean): number[] | undefined {
  if (half === '') return [];
  const words: number[] = [];
  const parts = half.split(':');
  for (const [index, part] of parts.entries()) {
    if (group.test(part)) words.push(Number.parseInt(part, 16));
    else if (last && index === parts.length - 1 && part.includes('.')) {
      if (!isV4(part)) return undefined;
      const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number);
      words.push(a * 256 + b, c * 256 + d);
    } else return undefined;
  }
  return words;
}

function printWords(words: readonly number[]): string {
  const run = longestZeroRun(words);
  const [high = 0, low = 0] = words.slice(6);
  const v4 = [high >> 8, high & 255, low >> 8, low & 255].join('.');
  if (run.start === 0 && run.length === 5 && words[5] === 0xffff) return v4;
  if (run.start === 0 && run.length === 6) return `::${v4}`;
  const hex = words.map((word) => word.toString(16));
  if (run.length < 2) return hex.join(':');
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`;
}

function longestZeroRun(words: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 0 };
  let length = 0;
  words.forEach((word, index) => {
    length = word === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  });
  return best;
}
