import { maxRecordBytes } from '../../contracts/index.ts';
import { holdsSeveral } from './container-key.ts';
import { JsonSplitter } from './json-splitter.ts';
import { LineSplitter } from './line-splitter.ts';
import type { RecordSink, Splitter } from './record-sink.ts';
import { XmlSplitter } from './xml-splitter.ts';

/** lines: one record a line. json: values over many lines, arrays, wrappers. xml: Windows events as XML. */
export type Framing = 'lines' | 'json' | 'xml';

/** Text that is looked at to see how it is laid out. */
export const framingSampleBytes = 64 * 1024;
const lineFeed = Buffer.from('\n');
/** Lines of the sample that are looked at. */
const judgedLines = 64;
const xmlStart = /^\s*<(\?xml|Events?[\s>])/;
/** How far into the sample the first character may be. */
const xmlStartBytes = 256;

export function createSplitter(framing: Framing, sink: RecordSink): Splitter {
  switch (framing) {
    case 'lines':
      return new LineSplitter(withNestedRecords(sink));
    case 'json':
      return new JsonSplitter(sink);
    case 'xml':
      return new XmlSplitter(sink);
  }
}

/**
 * How to cut input that begins with `start` (UTF-8, without byte order mark; `isAll`: it's all there is) into
 * records. Undefined: nothing in it looks like a record. Looks at `framingSampleBytes` and no more.
 */
export function chooseFraming(start: Buffer, isAll: boolean): Framing | undefined {
  const sample = start.subarray(0, framingSampleBytes);
  const isWhole = isAll && sample.length === start.length;
  const first = sample.subarray(0, xmlStartBytes).toString('latin1').trimStart()[0];
  if (first === '<') return xmlStart.test(sample.toString('latin1', 0, xmlStartBytes)) ? 'xml' : undefined;
  if (first === '[' || holdsSeveral(sample)) return 'json';
  const lines = completeLines(sample, isWhole);
  const [line] = lines;
  if (line !== undefined && isObjectText(line)) return 'lines';
  const objects = lines.filter(isObjectText).length;
  if (first !== '{') return objects > 0 ? 'lines' : undefined;
  if (objects * 2 > lines.length) return 'lines';
  const splits = line === undefined ? splitsUp(sample, false) : splitsUp(line, true);
  return splits ? 'json' : 'lines';
}

/**
 * Whether text that begins with `start` holds lines that a source knows: at least half of those that are looked at, so
 * that prose with an example in it is none.
 */
export function holdsLines(start: Buffer, isAll: boolean, isLine: (line: string) => boolean): boolean {
  const sample = start.subarray(0, framingSampleBytes);
  const lines = completeLines(sample, isAll && sample.length === start.length);
  const known = lines.filter((line) => isLine(line.toString().trimEnd())).length;
  return known > 0 && known * 2 >= lines.length;
}

/** A line that holds an array or a wrapper is split further; such lines are rare, so it is looked at by its start. */
function withNestedRecords(sink: RecordSink): RecordSink {
  return {
    faulty: (kept, fault) => sink.faulty(kept, fault),
    brokenOff: (code, message) => sink.brokenOff(code, message),
    record(line) {
      if (!holdsSeveral(line)) {
        sink.record(line);
        return;
      }
      const splitter = new JsonSplitter(sink);
      splitter.write(line);
      splitter.end();
    },
  };
}

function completeLines(sample: Buffer, isWhole: boolean): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  while (lines.length < judgedLines && start < sample.length) {
    const found = sample.indexOf(lineFeed, start);
    if (found === -1 && !isWhole) break;
    const end = found === -1 ? sample.length : found;
    const line = sample.subarray(start, end);
    if (line.toString('latin1', 0, 1).trim() !== '' || line.toString('latin1').trim() !== '')
      lines.push(line);
    start = end + 1;
  }
  return lines;
}

/** Whether the line by itself, from its first column, is a JSON object. */
function isObjectText(line: Buffer): boolean {
  if (line[0] !== 123 || line.length > maxRecordBytes) return false;
  try {
    JSON.parse(line.toString());
    return true;
  } catch {
    return false;
  }
}

/** Whether the line holds several objects behind each other, or (`mayGoOn`) opens a value that goes on below it. */
function splitsUp(line: Buffer, mayGoOn: boolean): boolean {
  let records = 0;
  let others = 0;
  const splitter = new JsonSplitter({
    record: (record) => (isObjectText(record) ? records++ : others++),
    faulty() {},
    brokenOff() {},
  });
  splitter.write(line);
  splitter.write(lineFeed);
  return others === 0 && (records > 1 || (mayGoOn && splitter.isWithinValue));
}
