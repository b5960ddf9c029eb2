import { classText, type Trial } from '../normalise/index.ts';
import { count, firstLines } from './figures.ts';
import type { SampleReport } from './source-trial.ts';

const longestValue = 100;
const shownPaths = 40;
const nameWidth = 24;
const steering = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/** A trial for people. What telemetry wrote can't steer the terminal. */
export function sampleText({ records, summary, problems }: SampleReport): string {
  const told = records.map((trial, index) => trialText(trial, index + 1));
  const files = problems.map(({ path, code, message }) => `${path}: ${message} (${code})`);
  return [...told, ...firstLines(files), summaryText(summary)].join('\n\n');
}

function trialText(trial: Trial, number: number): string {
  if (trial.kind === 'dead') {
    const at = trial.path === '' ? '' : ` at ${plain(trial.path)}`;
    const head = `${number}  ${kindText(trial)}  refused: ${trial.code}${at}`;
    return [
      head,
      row('why', plain(trial.message)),
      ...(trial.mend === '' ? [] : [row('mend', trial.mend)]),
    ].join('\n');
  }
  const { time } = trial;
  return [
    `${number}  ${kindText(trial)}  ${classText(trial)}${from(trial.class.from)}`,
    row('time', `${time.utc ?? plain(`none: '${time.written}'`)} (${time.quality})${from(time.from)}`),
    ...trial.attributes.map((one) => row(one.attribute, `${valueText(one.value)}${from(one.from)}`)),
    ...(trial.unmapped.length === 0 ? [] : [row('unmapped', pathsText(trial.unmapped))]),
  ].join('\n');
}

const kindText = ({ source, form }: Trial) => (form === '' ? source : `${source}/${form}`);
const row = (name: string, text: string) => `   ${name.padEnd(nameWidth)}${text}`;
const from = (paths: readonly string[]) => (paths.length === 0 ? '' : `  < ${paths.map(plain).join(', ')}`);
const valueText = (value: string | readonly string[]) =>
  shortened(typeof value === 'string' ? value : value.join(' | '));
const plain = (text: string) => text.replace(steering, '\ufffd');

function shortened(text: string): string {
  const whole = plain(text);
  return whole.length > longestValue ? `${whole.slice(0, longestValue)}…` : whole;
}

function pathsText(paths: readonly string[]): string {
  const more = paths.length - shownPaths;
  return `${paths.slice(0, shownPaths).map(plain).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function summaryText(summary: SampleReport['summary']): string {
  const { records, events, dead, forms, classes, times, attributes, unmapped, refused } = summary;
  const list = (title: string, rows: readonly string[]) =>
    rows.length === 0 ? [] : [title, ...rows.map((text) => `   ${text}`)];
  const share = (part: number) => `${Math.round((100 * part) / Math.max(events, 1))} %`.padStart(5);
  const counted = (one: { readonly name: string; readonly records: number }) =>
    `${count(one.records).padStart(9)}  ${plain(one.name)}`;
  const left = unmapped.length - shownPaths + summary.unmapped_untold;
  return [
    `${count(records)} records: ${count(events)} become events, ${count(dead)} are refused.`,
    ...list('Recognised as', forms.map(counted)),
    ...list('Class and activity', classes.map(counted)),
    ...list('Time', times.map(counted)),
    ...list(
      'Attributes, by the share of events that have them',
      attributes.map((one) => `${share(one.records)}  ${one.name}`),
    ),
    ...list('Native fields that become no attribute (they stay in the stored record)', [
      ...unmapped.slice(0, shownPaths).map((one) => `${share(one.records)}  ${plain(one.name)}`),
      ...(left > 0 ? [`and ${count(left)} more`] : []),
    ]),
    ...list(
      'Refused',
      refused.map((one) => `${counted(one)}${one.mend === '' ? '' : `: ${one.mend}`}`),
    ),
  ].join('\n');
}
