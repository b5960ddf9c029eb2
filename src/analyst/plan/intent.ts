import type { HuntKind } from '../../contracts/index.ts';
import type { Ask, Mention, Wanted } from './interpret.ts';
import { fieldNouns } from './words/fields.ts';
import { programs } from './words/programs.ts';

/** In case of a tie the kind named first is taken: the more special one. */
const order: readonly HuntKind[] = ['process_tree', 'timeline', 'top', 'first_last', 'activity', 'search'];

/** What a question wants, by points for its words. */
export function kindOf(ask: Ask): HuntKind {
  const scores: Readonly<Record<HuntKind, number>> = {
    process_tree: treeScore(ask),
    timeline: timelineScore(ask),
    top: topScore(ask),
    first_last: firstLastScore(ask),
    activity: activityScore(ask),
    search: 1 + (ask.cues.has('search') ? 1 : 0),
  };
  return order.reduce((best, kind) => (scores[kind] > scores[best] ? kind : best));
}

const rankLeads = new Set<Wanted['lead']>(['most', 'least', 'group', 'by', 'by-count', 'count', 'list']);
const groupLeads = new Set<Wanted['lead']>(['most', 'least', 'group', 'by', 'by-count']);

function treeScore(ask: Ask): number {
  if (ask.cues.has('tree')) return 5;
  const asksParent = ask.wanted.some(({ name, lead }) => name === 'parent' && !rankLeads.has(lead));
  const hasProcess = ask.mentions.some((mention) => isProcess(mention) || mention.noun === 'pid');
  if (asksParent && hasProcess) return 5;
  const asksWhat = ask.cues.has('which') && ask.wanted.length === 0;
  const starts = ask.classes[0] === 'process_start';
  const [first] = ask.mentions;
  const launcher = first !== undefined && isProcess(first) && (first.link === 'did' || first.afterVerb);
  return asksWhat && starts && launcher ? 5 : 0;
}

/** True for `cmd.exe` and for programs that are known without an ending. */
export const isProcess = ({ entity, noun }: Mention) =>
  noun === 'process' ||
  (entity.kind === 'file' && /\.(?:exe|com|scr|dll)$/i.test(entity.value)) ||
  programs.has(entity.value.toLowerCase());

function timelineScore(ask: Ask): number {
  if (ask.bucketSeconds !== undefined || ask.cues.has('over_time')) return 5;
  const isCounted = ask.classes.length > 0 || ask.cues.has('count') || ask.events === 'named';
  return ask.cues.has('timeline') && isCounted ? 4.5 : 0;
}

function topScore(ask: Ask): number {
  const scores = ask.wanted.map(({ name, lead }): number => {
    if (groupLeads.has(lead)) return 4.2;
    if (lead === 'which' || lead === 'list' || lead === 'distinct') return 3.4;
    if (lead === 'count') return isCountedAsEvents(ask, name) ? 0 : 3.6;
    const listable = !('events' in fieldNouns[name]) && ask.classes.length === 0;
    return listable ? 2.2 : 0;
  });
  const summed = ask.amounts.length > 0 ? 3.2 : 0;
  return Math.max(0, summed, ...scores);
}

/** `how many processes started` counts events, not names. */
export function isCountedAsEvents(ask: Ask, name: Wanted['name']): boolean {
  return 'events' in fieldNouns[name] && !ask.cues.has('distinct');
}

function firstLastScore(ask: Ask): number {
  const ends = ask.cues.has('first') || ask.cues.has('last');
  if (ends && (ask.cues.has('when') || ask.cues.has('seen'))) return 5;
  if (ask.cues.has('when')) return 3.8;
  if (ask.cues.has('count')) return 3.3;
  if (ends) return ask.cues.has('search') || ask.quantity !== undefined || ask.plural ? 0 : 2.8;
  return ask.cues.has('seen') && ask.mentions.length > 0 ? 2.7 : 0;
}

function activityScore(ask: Ask): number {
  const isAsked = ask.wanted.some(({ lead }) => lead === 'which') || ask.classes.length > 0;
  if (ask.cues.has('doing') && ask.cues.has('which') && !isAsked) return 4;
  if (ask.cues.has('timeline')) return 4;
  if (ask.cues.has('activity')) return ask.classes.length === 0 ? 3 : 1.5;
  return 0;
}
