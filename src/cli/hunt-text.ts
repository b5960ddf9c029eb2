import type { BackfillOutcome, HuntEstimate, HuntHit, HuntOutcome, HuntView } from '../contracts/index.ts';
import { bytes, count, longTable, table } from './figures.ts';
import { printable } from './printable.ts';

/** Characters of matched values in a line. */
const maxMatched = 100;

/** What was found, one hit a line. */
export function hitTable(hits: readonly HuntHit[]): string {
  const rows = hits.map(({ time, received_at, entity, source, matched, event_id }) => [
    (time ?? `${received_at.slice(0, 19)} (received)`).slice(0, 30).replace(/\.\d+Z$/, 'Z'),
    `${entity.kind} ${entity.value}`,
    source,
    event_id,
    matched
      .map(({ field, value }) => `${field}=${value}`)
      .join(' ')
      .slice(0, maxMatched),
  ]);
  return longTable(['time', 'entity', 'source', 'event', 'matched'], rows);
}

/** What a hunt, back-test or back-fill came to. */
export function huntText({ purpose, rule, window, found, filled }: HuntView): string {
  const { from, to, anchored } = window;
  const named = rule === null ? 'The rules in force' : `"${printable(rule.title)}"`;
  const where = `${from.slice(0, 19)}Z to ${to.slice(0, 19)}Z${anchored ? ' (there is nothing newer)' : ''}`;
  const lines = [`${named}, ${where}`];
  if (filled !== null) lines.push(...backfillLines(filled));
  if (found !== null) lines.push(...foundLines(found, purpose === 'backtest'));
  return lines.join('\n');
}

function foundLines(found: HuntOutcome, isBacktest: boolean): readonly string[] {
  const { hits, kept, days, days_total, entities, entities_total, entities_complete, prediction } = found;
  const left = hits > kept && !isBacktest ? `, of which the first ${count(kept)} are kept` : '';
  const more = days_total > days.length ? [`… and ${count(days_total - days.length)} more days`] : [];
  const told = [`${count(hits)} hits in ${count(found.events)} events${left}.`, readLine(found)];
  if (hits > 0) {
    const top = entities.map(({ entity, hits: of }) => [`${entity.kind} ${entity.value}`, count(of)]);
    const named = `${count(entities_total)}${entities_complete ? '' : ' or more'} entities`;
    told.push(
      '',
      longTable(
        ['day', 'hits', 'alerts'],
        days.map((one) => [one.day, count(one.hits), count(one.alerts)]),
      ),
    );
    told.push(...more, '', table([[named, 'hits'], ...top]));
  }
  if (!isBacktest) return told;
  const a = `${prediction.alerts_a_day} alerts and ${prediction.hits_a_day} hits a day, over ${count(prediction.days)} days that hold events.`;
  return [...told, '', a, prediction.verdict];
}

function backfillLines(filled: BackfillOutcome): readonly string[] {
  const { hits, detections, known, events } = filled;
  return [
    `${count(hits)} hits in ${count(events)} events: ${count(detections)} detections made, ${count(known)} were known.`,
    readLine(filled),
  ];
}

function readLine({
  events,
  judged,
  unreadable,
  bytes: read,
  seconds,
}: HuntOutcome | BackfillOutcome): string {
  const rate = count(events / Math.max(seconds, 0.001));
  const unread = unreadable === 0 ? '' : `, ${count(unreadable)} could not be read`;
  return (
    `${seconds.toFixed(1)} s, ${rate} events/s, at most ${bytes(read)} read; ` +
    `${count(judged)} events were judged one by one${unread}.`
  );
}

/** What a hunt would ask and read. */
export function estimateText(estimate: HuntEstimate): string {
  const { rule, window, where, exact, columns_only, events, bytes: read, diagnostics } = estimate;
  const how = exact
    ? 'SQL alone tells the hits.'
    : 'Events of this condition are judged one by one: SQL alone can not tell the hits.';
  const told = diagnostics.map(({ line, column, severity, message, code }) =>
    printable(`${line}:${column}: ${severity}: ${message} (${code})`),
  );
  return [
    `"${printable(rule.title)}", ${window.from.slice(0, 19)}Z to ${window.to.slice(0, 19)}Z`,
    `${count(events)} events, at most ${bytes(read)} to read${columns_only ? '' : ' (raw records too)'}.`,
    how,
    ...told,
    '',
    printable(where),
  ].join('\n');
}
