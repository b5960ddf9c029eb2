/**
 * A message with holes, `Failed password for {user*} from {ip} port {port} ssh2`: `{name}` is a word (no white space),
 * `{name*}` any text, at most one a template. What is before the free hole is matched from the front, what is behind
 * it from the end: so a user named `x from 192.0.2.1` changes no address, and matching takes linear time.
 */
export interface Template {
  readonly front: readonly Piece[];
  /** The name of the free hole; undefined: there is none, and `front` reaches to the end. */
  readonly free: string | undefined;
  /** The pieces behind the free hole, from the end. */
  readonly back: readonly Piece[];
}

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'word'; readonly name: string };

const hole = /\{([a-z_]*)(\*?)\}/g;
const white = /\s/;

/** Throws an error that says what is wrong with the template. */
export function parseTemplate(written: string): Template {
  const front: Piece[] = [];
  const back: Piece[] = [];
  let free: string | undefined;
  let at = 0;
  const pieces = () => (free === undefined ? front : back);
  const text = (end: number) => {
    if (end > at) pieces().push({ kind: 'text', text: written.slice(at, end) });
  };
  for (const found of written.matchAll(hole)) {
    text(found.index);
    at = found.index + found[0].length;
    const name = found[1] ?? '';
    if (found[2] === '*') {
      if (free !== undefined) throw new Error(`'${written}' has two free holes`);
      free = name;
    } else {
      if (pieces().at(-1)?.kind === 'word')
        throw new Error(`'${written}' has two holes without text between`);
      pieces().push({ kind: 'word', name });
    }
  }
  text(written.length);
  if (![...front, ...back].some(({ kind }) => kind === 'text')) throw new Error(`'${written}' holds no text`);
  if (free !== undefined && (front.at(-1)?.kind === 'word' || back[0]?.kind === 'word'))
    throw new Error(`'${written}' has a hole beside the free one without text between`);
  return { front, free, back: back.reverse() };
}

/** The names of a template's holes. */
export function holesOf({ front, free, back }: Template): string[] {
  const words = [...front, ...back].flatMap((piece) => (piece.kind === 'word' ? [piece.name] : []));
  return [...words, ...(free === undefined ? [] : [free])].filter((name) => name !== '');
}

/** What fills the holes; undefined when the text is not of the template. */
export function matchTemplate(
  { front, free, back }: Template,
  text: string,
): Map<string, string> | undefined {
  const [first] = front;
  // Most templates that are tried fail here.
  if (first?.kind === 'text' && !text.startsWith(first.text)) return undefined;
  const found = new Map<string, string>();
  const start = matchFront(front, text, found);
  if (start === undefined) return undefined;
  if (free === undefined) return start === text.length ? found : undefined;
  const end = matchBack(back, text, start, found);
  if (end === undefined) return undefined;
  found.set(free, text.slice(start, end));
  return found;
}

/** Where the pieces end that stand from the text's first character on. */
function matchFront(pieces: readonly Piece[], text: string, found: Map<string, string>): number | undefined {
  let at = 0;
  for (const [index, piece] of pieces.entries()) {
    if (piece.kind === 'text') {
      if (!text.startsWith(piece.text, at)) return undefined;
      at += piece.text.length;
      continue;
    }
    const next = pieces[index + 1];
    const end = next?.kind === 'text' ? text.indexOf(next.text, at) : text.length;
    if (end <= at || white.test(text.slice(at, end))) return undefined;
    found.set(piece.name, text.slice(at, end));
    at = end;
  }
  return at;
}

/** Where the pieces begin that reach, from the last one on, to the text's end; not before `start`. */
function matchBack(
  pieces: readonly Piece[],
  text: string,
  start: number,
  found: Map<string, string>,
): number | undefined {
  let end = text.length;
  for (const [index, piece] of pieces.entries()) {
    if (piece.kind === 'text') {
      if (!text.endsWith(piece.text, end)) return undefined;
      end -= piece.text.length;
      continue;
    }
    const next = pieces[index + 1];
    const before = next?.kind === 'text' ? text.lastIndexOf(next.text, end - next.text.length) : -1;
    const from = before === -1 || next?.kind !== 'text' ? -1 : before + next.text.length;
    if (from === -1 || from >= end || white.test(text.slice(from, end))) return undefined;
    found.set(piece.name, text.slice(from, end));
    end = from;
  }
  return end < start ? undefined : end;
}
