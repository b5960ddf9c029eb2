/** Splits a sentence into what is checked: spaces, punctuation, quoted text, and chunks of everything else. */
export type Token =
  | { readonly kind: 'space' | 'mark'; readonly end: number }
  /** Ends a clause: the next one may rest on another claim. */
  | { readonly kind: 'break'; readonly end: number }
  | { readonly kind: 'quote'; readonly end: number; readonly content: string }
  | { readonly kind: 'chunk'; readonly end: number; readonly text: string };

const marks = new Set([...`,:()"'“”‘’–—-!?.`]);
const closers = new Set([...`.,;:!?)"'”’`]);
const isSpace = (character: string | undefined) => character === ' ';
const closes = (character: string | undefined) =>
  character === undefined || isSpace(character) || closers.has(character);

/** The token at `at`; `wait` when more text could change it; `bad` for a quotation that never ends. */
export function readToken(text: string, at: number, ended: boolean): Token | 'wait' | 'bad' {
  const character = text[at] ?? '';
  if (isSpace(character)) return { kind: 'space', end: at + 1 };
  if (character === '`') return readQuote(text, at, ended);
  if (character === ';') return { kind: 'break', end: at + 1 };
  const next = text[at + 1];
  if (next === undefined && !ended) return 'wait';
  if ('.!?'.includes(character) && closes(next)) return { kind: 'break', end: at + 1 };
  const opensOrCloses = `("'“‘`.includes(character) || closes(next);
  if (marks.has(character) && opensOrCloses) return { kind: 'mark', end: at + 1 };
  const space = text.indexOf(' ', at);
  if (space === -1 && !ended) return 'wait';
  const end = space === -1 ? text.length : space;
  return { kind: 'chunk', end, text: text.slice(at, end) };
}

function readQuote(text: string, at: number, ended: boolean): Token | 'wait' | 'bad' {
  const close = text.indexOf('`', at + 1);
  if (close === -1) return ended ? 'bad' : 'wait';
  return { kind: 'quote', end: close + 1, content: text.slice(at + 1, close) };
}

/** `ws-01.),` → [`ws-01.),`, `ws-01.)`, `ws-01.`, `ws-01`]: a chunk without more and more of its closing marks. */
export function coresOf(chunk: string): readonly string[] {
  const cores = [chunk];
  let core = chunk;
  while (core.length > 1 && closers.has(core.at(-1) ?? '') && cores.length < maxCores) {
    core = core.slice(0, -1);
    cores.push(core);
  }
  return cores;
}

const maxCores = 8;

/** Up to `count` whole words that follow, as far as the clause goes; `wait` when they haven't all come. */
export function wordsAfter(
  text: string,
  at: number,
  count: number,
  ended: boolean,
): readonly string[] | 'wait' {
  const found: string[] = [];
  let position = at;
  while (found.length < count) {
    const start = position + (isSpace(text[position]) ? 1 : 0);
    if (start === position || start >= text.length) {
      return text[position] === undefined && !ended ? 'wait' : found;
    }
    const space = text.indexOf(' ', start);
    if (space === -1 && !ended) return 'wait';
    const end = space === -1 ? text.length : space;
    const word = text.slice(start, end);
    const core = coresOf(word).at(-1) ?? '';
    found.push(core.toLowerCase());
    if (core.length < word.length) return found;
    position = end;
  }
  return found;
}
