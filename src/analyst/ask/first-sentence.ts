import type { Evidence, HuntPlan, HuntWindow } from '../../contracts/index.ts';
import type { SourceCoverage } from '../../ledger/index.ts';
import { displayText } from '../display-text.ts';
import { foundBy, foundNothing, isOutside } from '../evidence/found.ts';
import { plainTime } from '../plain-time.ts';
import { isEverything } from '../plan/time/window.ts';
import { grouped, textAt } from '../write/told.ts';

/** What the engine knows of a run when its evidence is in. */
export interface Findings {
  readonly plan: HuntPlan;
  readonly evidence: readonly Evidence[];
  /** Undefined when the ledger could not be read. */
  readonly coverage: readonly SourceCoverage[] | undefined;
}

/** The gaps name all of them. */
const maxSourcesNamed = 4;

/** The engine's own sentence: window, what was searched, what was found, and which sources can't be relied on. */
export function firstSentence({ plan, evidence, coverage }: Findings): string {
  const window = describeWindow(plan.window);
  const searched = plan.queries
    .map((query) => {
      const found = evidence.find((each) => each.query_id === query.id);
      const purpose = purposeOf(query.purpose);
      return found === undefined
        ? `${purpose}: not read`
        : `${found.id} (${purpose}): ${describeFound(found)}`;
    })
    .join('; ');
  const head = foundNothing(evidence) ? `No evidence ${window}. Searched` : `Searched ${window}`;
  const parts = [
    `${head}: ${searched}.`,
    ...evidence.filter(isOutside).map(describeOutside),
    ...evidence.filter(({ kind }) => kind === 'passages').map(describePassages),
  ];
  return `${parts.join(' ')} ${describeSources(coverage)}`;
}

/** `134 events match outside this window (e4), first 2019-03-18 12:00:00, last …; ask with --since 2019-03-18 …` */
function describeOutside(evidence: Evidence): string {
  const found = foundBy(evidence);
  if (found === 0n) return `No event outside this window matches either (${evidence.id}).`;
  const [first, last] = ['first_time', 'last_time'].map((column) => textAt(evidence, 0, column));
  const count = found === 1n ? '1 event matches' : `${grouped(found.toString())} events match`;
  const told = `${count} outside this window (${evidence.id})`;
  if (first === undefined || first === '' || last === undefined)
    return `${told}, without a time of their own; ask for "ever" to read them.`;
  const span = `first ${plainTime(first)}, last ${plainTime(last)} UTC`;
  return `${told}, ${span}; ask with --since ${first.slice(0, dateLength)} to read them.`;
}

/** `3 passages of notes and catalogues bear on this (i1).` */
export function describePassages({ id, rows }: Evidence): string {
  const which =
    rows.length === 1
      ? '1 passage of notes and catalogues bears'
      : `${rows.length} passages of notes and catalogues bear`;
  return `${which} on this (${id}).`;
}

/** Of `2019-03-18T12:00:00Z`. */
const dateLength = 10;

const purposeOf = (purpose: string) => displayText(purpose).slice(0, 200);

const anchors: Readonly<Record<HuntWindow['anchor'], string>> = {
  stated: 'as asked',
  default: 'the default window, up to now',
  newest_event: 'up to the newest stored event, because the window up to now holds none',
};

function describeWindow(window: HuntWindow): string {
  if (isEverything(window)) return 'in everything that is stored';
  const { from, to, anchor } = window;
  return `from ${plainTime(from)} to ${plainTime(to)} UTC (${anchors[anchor]})`;
}

const units: Readonly<Record<Evidence['kind'], readonly [string, string]>> = {
  rows: ['event', 'events'],
  top: ['group', 'groups'],
  timeline: ['interval with events', 'intervals with events'],
  first_last: ['event', 'events'],
  process_tree: ['process start', 'process starts'],
  sources: ['source', 'sources'],
  passages: ['passage', 'passages'],
};

function describeFound(evidence: Evidence): string {
  const found = foundBy(evidence);
  const [one, many] = units[evidence.kind];
  const count = `${grouped(found.toString())} ${found === 1n ? one : many}`;
  return evidence.truncated ? `at least ${count}, cut at its limit` : count;
}

function describeSources(coverage: readonly SourceCoverage[] | undefined): string {
  if (coverage === undefined)
    return 'Which sources were silent or behind is not known: the ledger could not be read.';
  if (coverage.length === 0) return 'No source has sent anything yet.';
  const parts = [
    naming('silent in it', coverage, ({ silent }) => (silent ? '' : undefined)),
    naming('behind', coverage, ({ in_flight: n }) =>
      n > 0 ? ` (${grouped(String(n))} in flight)` : undefined,
    ),
    naming('with dead letters', coverage, ({ dead: n }) => (n > 0 ? ` (${grouped(String(n))})` : undefined)),
  ].filter((part) => part !== '');
  return parts.length === 0
    ? 'No source was silent, behind or dead-lettered in it.'
    : `Sources ${parts.join('; ')}.`;
}

function naming(
  what: string,
  coverage: readonly SourceCoverage[],
  note: (source: SourceCoverage) => string | undefined,
): string {
  const named = coverage.flatMap((source) => {
    const text = note(source);
    return text === undefined ? [] : [`${displayText(source.source)}${text}`];
  });
  const more = named.length - maxSourcesNamed;
  const list = [...named.slice(0, maxSourcesNamed), ...(more > 0 ? [`and ${more} more`] : [])];
  return named.length === 0 ? '' : `${what}: ${list.join(', ')}`;
}

/** The same limits as the answer's gaps: what it can't speak of. */
export function gapsOf({ plan, evidence, coverage }: Findings): readonly string[] {
  const unread = plan.queries.filter(({ id }) => !evidence.some((each) => each.query_id === id));
  return [
    ...unread.map(({ purpose }) => `Not read: ${purposeOf(purpose)}.`),
    ...evidence
      .filter(({ truncated }) => truncated)
      .map(({ id, rows }) => `${id} was cut at its limit of ${rows.length} rows: there are more.`),
    ...(coverage ?? []).flatMap(({ source, silent, in_flight, dead, newest_received_at: newest }) => [
      ...(silent ? [`${source} was silent in the window; ${lastHeard(newest)}.`] : []),
      ...(in_flight > 0
        ? [`${source} is behind: ${in_flight} records were received and are not stored yet.`]
        : []),
      ...(dead > 0 ? [`${source} has ${dead} dead letters in the window.`] : []),
    ]),
    ...(coverage === undefined
      ? ['The ledger could not be read: silent and late sources are not known.']
      : []),
  ];
}

const lastHeard = (newest: string | null) =>
  newest === null ? 'it never sent anything' : `it was last heard of at ${plainTime(newest)} UTC`;
