import type { Ask, Mention } from './interpret.ts';
import type { PlanContext } from './port.ts';
import { isKnownName } from './target.ts';
import { type EventClass, type EventClassName, eventClasses } from './words/classes.ts';
import { type Action, ordinaryWords } from './words/cues.ts';
import { programs } from './words/programs.ts';

/** Links behind which a word is a name: `by alice`, `to evil`. */
const namingLinks = new Set<Mention['link']>(['by', 'on', 'from', 'to', 'for', 'of', 'did', 'between']);

/**
 * True for an ordinary word that nothing says to search for: no digits, punctuation or capital, no noun beside it, not
 * known as a host, user or program. As a condition it would find nothing, and the answer would be a false "no".
 */
export function isLoose(mention: Mention, ask: Ask, context: PlanContext): boolean {
  const { entity, noun, link, afterVerb, searched, opening } = mention;
  const isPlain = (opening ? /^[A-Z]?[a-z]+$/ : /^[a-z]+$/).test(entity.value);
  if (entity.kind !== 'word' || !isPlain || noun !== undefined || searched) return false;
  const word = entity.value.toLowerCase();
  if (programs.has(word) || isKnownName(context, word)) return false;
  if (ordinaryWords.has(word)) return true;
  // A bare word beside logons is somebody's name.
  if (ask.classes.some((name) => isIdentityClass(eventClasses[name]))) return false;
  const isRun = afterVerb && ask.classes[0] === 'process_start';
  return !isRun && !namingLinks.has(link);
}

/** Events whose bare words are looked for among users and hosts. */
const isIdentityClass = ({ words, classes }: EventClass) => words === undefined && classes[0] !== 6003;

/** True when the question asks for something beside its loose words. */
export function hasOther(ask: Ask, kept: readonly Mention[]): boolean {
  return (
    kept.length > 0 ||
    ask.classes.length > 0 ||
    ask.sources.length > 0 ||
    ask.wanted.length > 0 ||
    ask.limits.length > 0 ||
    ask.amounts.length > 0 ||
    ask.actions.length > 0 ||
    ask.status !== undefined
  );
}

interface LeftOut {
  readonly mentions: readonly Mention[];
  /** The classes and actions that became conditions. */
  readonly classes: readonly EventClassName[];
  readonly usesActions: boolean;
  readonly usesOpinions: boolean;
}

/** The words of a question that became no part of its plan, as an assumption. */
export function leftOutNotes(ask: Ask, out: LeftOut): readonly string[] {
  const loose = out.mentions.map(({ entity }) => entity.value);
  const words = [
    ...loose,
    ...(out.usesOpinions ? [] : ask.opinions),
    ...ask.spoken.classes.filter((_, index) => !isTold(ask.classes[index], out.classes)),
    ...(out.usesActions
      ? []
      : ask.spoken.actions.filter((_, index) => !embodies(ask.actions[index], out.classes))),
  ];
  if (words.length === 0) return [];
  const [word] = loose.filter((each) => !ordinaryWords.has(each.toLowerCase()));
  const hint = word === undefined ? '' : `; to search for a word: find "${word}"`;
  return [`left out: ${[...new Set(words)].map((each) => `'${each}'`).join(', ')}${hint}`];
}

/** A class is told by itself, or by one of the same events (`failed` and `logon` become failed logons). */
function isTold(name: EventClassName | undefined, classes: readonly EventClassName[]): boolean {
  if (name === undefined) return true;
  const ids: readonly number[] = eventClasses[name].classes;
  return classes.some((kept) => eventClasses[kept].classes.some((id) => ids.includes(id)));
}

/** `changes` says nothing new of registry changes, `deleted` does. */
function embodies(action: Action | undefined, classes: readonly EventClassName[]): boolean {
  if (action === undefined || classes.length === 0) return true;
  return classes.some((name) => {
    const { caption, phrases }: EventClass = eventClasses[name];
    return [caption, ...phrases].some((phrase) => phrase.includes(action));
  });
}
