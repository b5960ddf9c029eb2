import { type Entity, readEntity } from './entities.ts';
import type { PlanContext } from './port.ts';
import type { Reading, Span } from './spans.ts';
import { correct } from './spelling.ts';
import { stem } from './stem.ts';
import { readTime } from './time/phrase.ts';
import type { Calendar } from './time/reading.ts';
import type { Token } from './tokens.ts';
import { isKnownWord, matchPhrase, spellings } from './vocabulary.ts';
import { commonSlips } from './words/cues.ts';

/** Different words of one question whose spelling is looked up. */
const maxLookups = 100;
/** After these a word is a name, however it is spelt. */
const naming = new Set(['named', 'called', 'user', 'host', 'username', 'hostname']);

/** Reads tokens from left to right as times, phrases of the vocabulary, entities and words, in this order. */
export function recognise(tokens: readonly Token[], calendar: Calendar, context: PlanContext): Reading {
  const words = readWords(tokens, context);
  const stems = words.map((word) => stem(word.read));
  const times = words.map((word) => word.read);
  const spans: Span[] = [];
  const hosts = new Set((context.knownHosts ?? []).map((name) => name.toLowerCase()));
  for (let at = 0; at < tokens.length; ) {
    const time = readTime(times, at, calendar);
    if (time !== undefined) {
      spans.push({ kind: 'time', time: time.value, ...place(tokens, at, time.next) });
      at = time.next;
      continue;
    }
    const length = pushSpan(spans, tokens, stems, at, hosts);
    at += length;
  }
  const corrections = words.flatMap(({ correction }) => correction ?? []);
  return { spans, corrections };
}

/** Adds the span at `at` and returns its length in tokens. */
function pushSpan(
  spans: Span[],
  tokens: readonly Token[],
  stems: readonly string[],
  at: number,
  hosts: ReadonlySet<string>,
): number {
  const token = tokens[at];
  const phrase = matchPhrase(stems, at);
  if (phrase !== undefined) {
    spans.push({ ...phrase.meaning, ...place(tokens, at, at + phrase.length) });
    return phrase.length;
  }
  if (token !== undefined)
    spans.push({ kind: 'entity', entity: entityOf(token, hosts), ...place(tokens, at, at + 1) });
  return 1;
}

/** A known host is no file, whatever its name ends in. */
function entityOf(token: Token, hosts: ReadonlySet<string>): Entity {
  const entity = readEntity(token);
  return entity.kind === 'file' && hosts.has(token.word) ? { ...entity, kind: 'domain' } : entity;
}

function place(tokens: readonly Token[], at: number, next: number) {
  const covered = tokens.slice(at, next);
  return {
    at,
    breakAfter: covered.at(-1)?.breakAfter ?? false,
    text: covered.map((token) => token.text).join(' '),
  };
}

interface ReadWord {
  /** What vocabulary and times are asked for; '' for what was quoted and for known names. */
  readonly read: string;
  readonly correction?: string;
}

function readWords(tokens: readonly Token[], context: PlanContext): readonly ReadWord[] {
  const names = new Set(
    [...(context.knownHosts ?? []), ...(context.knownUsers ?? [])].map((name) => name.toLowerCase()),
  );
  const memory = new Map<string, string | undefined>();
  return tokens.map((token, index) => {
    const { word } = token;
    if (token.quoted) return { read: '' };
    const slip = names.has(word) ? undefined : commonSlips.get(word);
    if (slip !== undefined) return { read: slip, correction: `read '${word}' as '${slip}'` };
    if (!isMisspelt(tokens, index, names)) return { read: word };
    if (!memory.has(word) && memory.size < maxLookups) memory.set(word, correct(word, spellings));
    const corrected = memory.get(word);
    if (corrected === undefined) return { read: word };
    return { read: corrected, correction: `read '${token.text.slice(0, 40)}' as '${corrected}'` };
  });
}

/** Only plain words are candidates: no names with digits or dots, nothing after a naming noun, no proper nouns. */
function isMisspelt(tokens: readonly Token[], index: number, names: ReadonlySet<string>): boolean {
  const token = tokens[index];
  if (token === undefined || !/^[a-z]{4,24}$/.test(token.word)) return false;
  if (isKnownWord(token.word) || names.has(token.word)) return false;
  const isProper = index > 0 && /^[A-Z][a-z]+$/.test(token.text);
  return !isProper && !naming.has(tokens[index - 1]?.word ?? '');
}
