/**
 * Hundredths of a token that a character is taken for, by kind: whole numbers, whose sums are exact. These are set by judgement, not measured against a vocabulary: servers
 * differ in theirs. They lean high (prose is commonly put at 4 characters a token; digits, base64 and paths at
 * fewer; a character beyond ASCII may take several), because an estimate too high leaves room unused while one too
 * low loses the call. What a call really took is what the server reports.
 */
const lower = 30;
const upper = 75;
const digit = 75;
const space = 20;
const mark = 75;
const beyondAscii = 150;

/** About how many tokens a text takes; never asks a server or a vocabulary. Linear. */
export function estimateTokens(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at += 1) sum += weightOf(text.charCodeAt(at));
  return Math.ceil(sum / 100);
}

function weightOf(code: number): number {
  if (code > 0x7f) return beyondAscii;
  if (code >= 0x61 && code <= 0x7a) return lower;
  if (code >= 0x41 && code <= 0x5a) return upper;
  if (code >= 0x30 && code <= 0x39) return digit;
  return code <= 0x20 ? space : mark;
}
