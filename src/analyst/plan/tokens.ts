/** A piece of a question: a word, a name, a number or a quoted text, never cut inside an entity. */
export interface Token {
  /** As written, without the punctuation around it; what was quoted, without its quotes. */
  readonly text: string;
  /** Lower case, without a possessive ending: what the vocabulary is asked for. */
  readonly word: string;
  readonly quoted: boolean;
  /** True when a comma, semicolon or full stop follows: names on both sides don't belong together. */
  readonly breakAfter: boolean;
}

const closingQuotes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '`': '`',
  '“': '”',
  '„': '“',
  '«': '»',
  '‘': '’',
};
const leading = new Set('([{<,;¿¡');
const trailing = new Set(')]}>,;:?!.…"\'’”');
const breaking = new Set(',;.');
/** How many words a Windows path or registry key may run over spaces: `C:\Program Files (x86)\A B\c.exe`. */
const maxPathWords = 6;

/** Cuts a question into tokens in one pass. Defanged text (`hxxp://`, `evil[.]example`) is read as what it names. */
export function tokenise(text: string): readonly Token[] {
  const pieces: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (isSpace(text, at)) {
      at++;
      continue;
    }
    const quoted = readQuoted(text, at);
    if (quoted !== undefined) {
      pieces.push(quoted.token);
      at = quoted.next;
      continue;
    }
    let end = at;
    while (end < text.length && !isSpace(text, end)) end++;
    pieces.push(...cutPiece(text.slice(at, end)));
    at = end;
  }
  return joinPaths(pieces);
}

const isSpace = (text: string, at: number) => text.charAt(at).trim() === '';

/** A quote opens only at the start of a piece and closes only before a space, punctuation or the end. */
function readQuoted(text: string, at: number): { readonly token: Token; readonly next: number } | undefined {
  const close = closingQuotes[text.charAt(at)];
  if (close === undefined) return undefined;
  let end = text.indexOf(close, at + 1);
  while (end > 0 && end + 1 < text.length && !isSpace(text, end + 1) && !trailing.has(text.charAt(end + 1))) {
    end = text.indexOf(close, end + 1);
  }
  const inner = end > 0 ? text.slice(at + 1, end).trim() : '';
  if (inner === '') return undefined;
  return {
    token: { text: inner, word: inner.toLowerCase(), quoted: true, breakAfter: false },
    next: end + 1,
  };
}

function cutPiece(piece: string): readonly Token[] {
  let start = 0;
  let end = piece.length;
  while (end > start && trailing.has(piece.charAt(end - 1)) && !isAddressEnd(piece, end)) end--;
  const isInsideName = piece.startsWith('(') && piece.slice(0, end).includes(')');
  while (!isInsideName && start < end && isOpening(piece.charAt(start))) start++;
  const core = refang(piece.slice(start, end));
  const breakAfter = [...piece.slice(end)].some((character) => breaking.has(character));
  return splitParts(core).map((part, index, parts) =>
    makeToken(part, breakAfter || index < parts.length - 1),
  );
}

/** `fe80::` ends with colons of its own. */
const isAddressEnd = (piece: string, end: number) => piece.endsWith('::', end) && end > 2;

const isOpening = (character: string) => leading.has(character) || character in closingQuotes;

const makeToken = (text: string, breakAfter: boolean): Token => ({
  text: dropPossessive(text),
  word: dropPossessive(text).toLowerCase(),
  quoted: false,
  breakAfter,
});

function dropPossessive(text: string): string {
  return /['’]s$/i.test(text) && text.length > 2 ? text.slice(0, -2) : text.replaceAll('’', "'");
}

function refang(text: string): string {
  const dots = text.replaceAll('[.]', '.').replaceAll('(.)', '.').replaceAll('[:]', ':');
  return /^hxxps?:/i.test(dots) ? `http${dots.slice(4)}` : dots;
}

const clockRange = /^(\d{1,2}:\d{2})[-–](\d{1,2}:\d{2})$/;
const dotRange = /^([\d:TZ+-]{4,40})(?:\.\.|–|—)([\d:TZ+-]{4,40})$/;
const thousands = /^\d{1,3}(?:,\d{3})+$/;

/** `10:00-11:30` and `2024-03-01..2024-03-05` become three tokens, `alice,bob` two, `1,000` one number. */
function splitParts(core: string): readonly string[] {
  if (core === '') return [];
  const range = clockRange.exec(core) ?? dotRange.exec(core);
  if (range !== null) return [range[1] ?? '', 'to', range[2] ?? ''];
  if (thousands.test(core)) return [core.replaceAll(',', '')];
  if (core.includes('://')) return [core];
  return core.split(/[,;]/).filter((part) => part !== '');
}

/** Joins the words of a path or registry key that holds spaces, as long as a later word still has a backslash. */
function joinPaths(tokens: readonly Token[]): readonly Token[] {
  const joined: Token[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const first = tokens[at];
    if (first === undefined) break;
    const last = isPathStart(first) ? lastPathWord(tokens, at) : at;
    if (last === at) {
      joined.push(first);
      continue;
    }
    const text = tokens
      .slice(at, last + 1)
      .map((token) => token.text)
      .join(' ');
    joined.push({ ...first, text, word: text.toLowerCase(), breakAfter: tokens[last]?.breakAfter ?? false });
    at = last;
  }
  return joined;
}

const isPathStart = (token: Token) => !token.quoted && /^(?:[a-z]:\\|hk[a-z_]{1,22}\\)/i.test(token.text);

function lastPathWord(tokens: readonly Token[], start: number): number {
  let last = start;
  for (
    let next = start + 1;
    next < tokens.length && next - last <= 2 && next - start < maxPathWords;
    next++
  ) {
    const token = tokens[next];
    if (token === undefined || token.quoted || isPathStart(token)) break;
    if (tokens[next - 1]?.breakAfter || hasExtension(tokens[next - 1])) break;
    const slash = token.text.indexOf('\\');
    if (slash > 0) last = next;
  }
  return last;
}

const hasExtension = (token: Token | undefined) => /\.[a-z0-9]{2,4}$/i.test(token?.text ?? '');
