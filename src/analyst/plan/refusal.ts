import type { Ask } from './interpret.ts';
import type { PlanContext } from './port.ts';
import type { Token } from './tokens.ts';
import { isKnownWord } from './vocabulary.ts';
import { changeWords, composeWords, fillerWords, foreignWords } from './words/cues.ts';
import { programs } from './words/programs.ts';

const fillers = new Set(fillerWords);
const politeness = new Set([
  'please',
  'can',
  'could',
  'would',
  'you',
  'kindly',
  'i',
  'want',
  'to',
  'me',
  'let',
  'us',
  'now',
]);
/** A question of bare keywords may have this many. */
const maxKeywords = 4;

/** Why a question can't be planned, or undefined when it can. */
export function refusalOf(tokens: readonly Token[], ask: Ask, context: PlanContext): string | undefined {
  const words = tokens.map(({ word, quoted }) => (quoted ? '' : word));
  const first = words.find((word) => !politeness.has(word)) ?? '';
  const shows =
    ask.cues.has('over_time') || ask.cues.has('timeline') || ask.cues.has('list') || ask.cues.has('tree');
  if (changeWords.has(first) && !shows) {
    return `The analyst only reads: it does not ${first} anything.`;
  }
  if (composeWords.has(first) && !shows) return notAboutEvents;
  if (asksHowTo(words) && !hasName(ask)) {
    return 'The analyst answers what is in the stored events, not how something is done.';
  }
  if (hasAnchor(ask)) return hasForeign(words) && !hasName(ask) ? notAboutEvents : undefined;
  return isSearchable(tokens, ask, context) && !hasForeign(words) ? undefined : notAboutEvents;
}

const notAboutEvents =
  'The question names nothing that stored events could show: no host, user, address, kind of event, time or word to search for.';

function asksHowTo(words: readonly string[]): boolean {
  const how = words.indexOf('how');
  const next = words[how + 1] ?? '';
  return (
    how >= 0 &&
    (next === 'to' ||
      (/^(?:do|can|should|would|could)$/.test(next) && /^(?:i|we|you|one)$/.test(words[how + 2] ?? '')))
  );
}

/** A name with a form of its own: an address, a path, a host such as `WS-07`. */
const hasName = (ask: Ask) =>
  ask.mentions.some(({ entity }) => entity.kind !== 'word' && entity.kind !== 'number');

/** Something by which events can be told apart, or a kind of event. */
function hasAnchor(ask: Ask): boolean {
  const nouns = ask.wanted.some(
    ({ lead, name }) =>
      !(lead === 'which' && (name === 'user' || name === 'host' || name === 'source_ip')) || hasVerb(ask),
  );
  return (
    hasName(ask) ||
    ask.classes.length > 0 ||
    ask.sources.length > 0 ||
    ask.amounts.length > 0 ||
    ask.limits.length > 0 ||
    ask.status !== undefined ||
    asksOpinion(ask) ||
    nouns ||
    ask.mentions.some(({ noun }) => noun !== undefined) ||
    namesEvents(ask)
  );
}

const hasVerb = (ask: Ask) => ask.mentions.length === 0 || ask.classes.length > 0 || ask.cues.has('seen');

function namesEvents(ask: Ask): boolean {
  if (ask.events === 'named') return true;
  const asks =
    ask.cues.has('search') || ask.cues.has('list') || ask.cues.has('activity') || ask.cues.has('count');
  if (ask.events === 'weak' && asks) return true;
  const isNamed = ask.times.length > 0 || ask.mentions.length > 0;
  return ask.cues.has('activity') && (isNamed || ask.cues.has('search') || ask.cues.has('list'));
}

/** `anything suspicious`, `any threats`. */
const asksOpinion = (ask: Ask) =>
  ask.opinions.length > 0 && (ask.events !== 'none' || ask.cues.has('activity') || ask.cues.has('search'));

const hasForeign = (words: readonly string[]) => words.some((word) => foreignWords.has(word));

/** Words alone are searched for when the question says so, knows them as names, or holds nothing else. */
function isSearchable(tokens: readonly Token[], ask: Ask, context: PlanContext): boolean {
  if (ask.mentions.length === 0) return false;
  if (ask.mentions.some(({ entity }) => /[^a-z]/i.test(entity.value))) return true;
  const { cues } = ask;
  const asks = ['search', 'seen', 'first', 'last', 'when', 'tree', 'doing', 'most', 'least'] as const;
  if (asks.some((cue) => cues.has(cue)) || tokens.some(({ quoted }) => quoted)) return true;
  const known = new Set(
    [...(context.knownHosts ?? []), ...(context.knownUsers ?? [])].map((name) => name.toLowerCase()),
  );
  if (ask.mentions.some(({ entity }) => known.has(entity.value.toLowerCase()))) return true;
  const isProgram = ask.mentions.some(({ entity }) => programs.has(entity.value.toLowerCase()));
  if (isProgram && tokens.length <= maxKeywords) return true;
  const isKeyword = ({ word }: Token) => !fillers.has(word) && !isKnownWord(word);
  return tokens.length <= maxKeywords && tokens.every(isKeyword);
}
