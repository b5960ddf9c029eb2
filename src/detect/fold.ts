/**
 * Characters that `toLowerCase` treats by context or makes two of: Σ at the end of a word, İ. All others become one
 * character each.
 */
const irregular = /[\u0130\u03a3]/;

/**
 * Lower case, one character for one (Unicode's simple mapping): İ → i, Σ → σ wherever it stands, ß stays. How texts are
 * compared unless `cased`.
 */
export function fold(text: string): string {
  return irregular.test(text) ? Array.from(text, foldCharacter).join('') : text.toLowerCase();
}

/** `fold` of one code point. */
export function foldCharacter(character: string): string {
  return character === '\u0130' ? 'i' : character.toLowerCase();
}
