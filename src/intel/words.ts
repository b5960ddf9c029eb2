import { identifiersIn } from './identifiers.ts';

/**
 * Words of a text as they are compared: lower case, without diacritics, without the commonest English endings. The
 * same for documents and questions, so that "logs were cleared" meets "log clearing". Lexical: it knows no meaning.
 */
const word = /[\p{L}\p{N}]+/gu;
/** Longer runs are keys, hashes and encoded text: identifiers find those that can be asked for. */
const maxWordLength = 40;
const marks = /\p{M}/gu;

/** Words that one term of the field stands for. */
const same: ReadonlyMap<string, string> = new Map([
  ['login', 'logon'],
  ['signin', 'logon'],
  ['logoff', 'logout'],
  ['signout', 'logout'],
  ['folder', 'directory'],
  ['mfa', 'multifactor'],
  ['2fa', 'multifactor'],
]);

/** Words of questions that say nothing of what is asked about. */
const stopWords = new Set(
  `a about after all an and any anything are as ask at be been before being but by can come could day days did do does
  doing done during each ever every explain find first for from get give go guidance had has have hour hours how i if in
  into is it its know last let list look made make many me mean meaning means minute minutes month more most much my
  need new no not note notes now of off on or other our out over past please recent say says search see seen should show
  since so some step steps tell than that the their them then there these they thing things this those time to today
  tonight top until up us use used was we week weeks were what when where which while who whom why will with within
  would year yesterday you your per between common rare number count latest earliest daily hourly name everything
  suspicious ran run runs running left around talk talked anyone
  like looks monday tuesday wednesday thursday friday saturday sunday january february march april
  may june july august september october november december handle happen happened exe dll`.split(/\s+/),
);

/** Every word of a text, in order, repeats too. Linear. */
export function wordsOf(text: string): readonly string[] {
  const found: string[] = [];
  for (const raw of piecesOf(text.normalize('NFKD').replace(marks, '').toLowerCase()))
    found.push(comparedAs(raw));
  return found;
}

/** Scripts that put no space between words: pairs of their characters are taken in place of words. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

function* piecesOf(text: string): Generator<string> {
  for (const [run] of text.matchAll(word)) {
    if (!unspaced.test(run)) {
      if (run.length <= maxWordLength) yield run;
      continue;
    }
    const characters = Array.from(run);
    if (characters.length === 1) yield run;
    for (const [at, character] of characters.slice(1).entries()) yield `${characters[at]}${character}`;
  }
}

function comparedAs(raw: string): string {
  const stemmed = stem(raw);
  return same.get(stemmed) ?? stemmed;
}

/** Names of hosts, dates, times, paths, mail addresses: their pieces are no words. `sign-in` and `user_name` are. */
const compound = /[\\@]|\/.*\/|^\/|\/$|\d[-.:_]\w|\w[-.:_]\d/;

/** The distinct words of a question that may tell passages apart, in the question's order. */
export function askedWords(text: string, max: number): readonly string[] {
  const kept = new Set<string>();
  const runs = text.normalize('NFKD').replace(marks, '').toLowerCase().split(/\s+/);
  for (const run of runs.filter((each) => !compound.test(each) && identifiersIn(each).length === 0)) {
    for (const raw of piecesOf(run)) {
      if (raw.length < 2 || stopWords.has(raw)) continue;
      kept.add(comparedAs(raw));
      if (kept.size >= max) return [...kept];
    }
  }
  return [...kept];
}

const endings: readonly (readonly [ending: string, replacement: string, shortest: number])[] = [
  ['ies', 'y', 5],
  ['sses', 'ss', 6],
  ['ing', '', 6],
  ['ed', '', 5],
  ['es', 'e', 5],
  ['s', '', 4],
];

/**
 * `policies` → policy, `clearing` → clear, `stopped` and `stop` → stop, `installed` and `install` → instal; a trailing
 * e goes too, so that `enabled` meets `enable`.
 */
function stem(raw: string): string {
  if (!/^[a-z]+$/.test(raw) || /(?:ss|us|is)$/.test(raw)) return raw;
  const rule = endings.find(([ending, , shortest]) => raw.length >= shortest && raw.endsWith(ending));
  const cut = rule === undefined ? raw : raw.slice(0, -rule[0].length) + rule[1];
  const double = /([bdfglmnprt])\1$/.test(cut) ? cut.slice(0, -1) : cut;
  return double.length > 4 && double.endsWith('e') ? double.slice(0, -1) : double;
}
