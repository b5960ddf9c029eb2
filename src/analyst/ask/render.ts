import type { Answer, AskEvent, Evidence, EvidenceCell, HuntPlan, Sentence } from '../../contracts/index.ts';
import { displayText } from '../display-text.ts';
import { plainTime } from '../plain-time.ts';

export interface RenderOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** Rows of each evidence table that are shown. */
  readonly rows: number;
}

const narrowest = 40;
const widestColumn = 48;
const ellipsis = '…';

/**
 * One event of a run as lines for a terminal; '' for events that need none. Deltas show nothing: a sentence is shown
 * when it is confirmed. What telemetry wrote can't steer the terminal: its control characters are shown as text.
 */
export function renderEvent(event: AskEvent, options: RenderOptions): string {
  switch (event.type) {
    case 'plan':
      return renderPlan(event.data);
    case 'evidence':
      return renderEvidence(event.data, options);
    case 'sentence':
      return renderSentence(event.data);
    case 'answer':
      return renderAnswer(event.data);
    case 'usage':
      return `${Math.round(event.data.total_ms)} ms${tokens(event.data.input_tokens + event.data.output_tokens)}\n`;
    case 'error':
      return renderError(event.data);
    case 'answer-delta':
    case 'done':
      return '';
  }
}

const tokens = (count: number) => (count === 0 ? '' : `, ${count} tokens`);

function renderPlan({ kind, window, queries, assumptions, planner }: HuntPlan): string {
  const head = `Plan (${displayText(planner)}): ${kind}, ${plainTime(window.from)} to ${plainTime(window.to)} UTC`;
  const lines = queries.map(({ id, purpose }) => `  ${displayText(id)}  ${displayText(purpose)}`);
  const taken = assumptions.map((each) => `  assumed: ${displayText(each)}`);
  return `${[head, ...lines, ...taken].join('\n')}\n`;
}

/** A table cut to the terminal's width: without columns that are empty in each shown row, long ids last. */
function renderEvidence(evidence: Evidence, { width, rows }: RenderOptions): string {
  const shown = evidence.rows.slice(0, rows).map((row) => row.map(cellText));
  const used = evidence.columns
    .map(({ name }, index) => ({ name: displayText(name), index }))
    .filter(({ index }) => shown.some((row) => (row[index] ?? '') !== ''))
    .toSorted((left, right) => Number(left.name === 'event_id') - Number(right.name === 'event_id'));
  const sizes = used.map(({ name, index }) => {
    const widest = Math.max(name.length, ...shown.map((row) => (row[index] ?? '').length));
    return Math.min(widest, widestColumn);
  });
  const line = (texts: readonly string[]) =>
    clip(
      texts.map((text, column) => clip(text, sizes[column] ?? 0).padEnd(sizes[column] ?? 0)).join('  '),
      Math.max(width, narrowest),
    ).trimEnd();
  const table =
    shown.length === 0
      ? []
      : [
          line(used.map(({ name }) => name)),
          ...shown.map((row) => line(used.map(({ index }) => row[index] ?? ''))),
        ];
  const hidden = evidence.rows.length - shown.length;
  const notes = [
    ...(hidden > 0 ? [`${hidden} more`] : []),
    ...(evidence.truncated ? ['cut at its limit'] : []),
  ];
  const head = `[${displayText(evidence.id)}] ${displayText(evidence.purpose)}: ${count(evidence.rows.length)}`;
  return `${[head, ...table, ...(notes.length > 0 ? [`(${notes.join(', ')})`] : [])].join('\n')}\n`;
}

function cellText(cell: EvidenceCell): string {
  if (cell === null) return '';
  const text = typeof cell === 'string' ? cell : cell.join(', ');
  return displayText(timeShape.test(text) ? text.replace('T', ' ').replace(/(?:\.0+)?Z$/, '') : text);
}

const timeShape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
const count = (rows: number) => `${rows} ${rows === 1 ? 'row' : 'rows'}`;

/** Cuts at code points, so that no half of a surrogate pair reaches the terminal. */
function clip(text: string, size: number): string {
  if (text.length <= size) return text;
  const end = size - ellipsis.length;
  const half = (text.charCodeAt(end - 1) & 0xfc00) === 0xd800;
  return `${text.slice(0, half ? end - 1 : end)}${ellipsis}`;
}

function renderSentence({ text, verdict, reason }: Sentence): string {
  if (verdict === 'confirmed') return `${displayText(text)}\n`;
  return `(struck: ${displayText(reason ?? 'not held by evidence')})\n`;
}

function renderAnswer({ gaps, summary, writer }: Answer): string {
  const hosts = summary.affected_hosts.map(displayText).join(', ');
  return `${[
    ...(gaps.length > 0 ? ['Not covered:', ...gaps.map((gap) => `  - ${displayText(gap)}`)] : []),
    `Severity ${summary.severity}; recommended: ${summary.recommended_action}${hosts === '' ? '' : `; hosts: ${hosts}`}`,
    `Writer: ${displayText(writer)}`,
  ].join('\n')}\n`;
}

function renderError({
  code,
  message,
  trace_id,
  details,
}: Extract<AskEvent, { type: 'error' }>['data']): string {
  const understood: unknown = details?.can;
  const can = Array.isArray(understood) ? understood.map((each) => `  ${displayText(String(each))}`) : [];
  const help = can.length > 0 ? ['Questions that are understood:', ...can] : [];
  return `${[`${code}: ${displayText(message)} (trace ${trace_id})`, ...help].join('\n')}\n`;
}
