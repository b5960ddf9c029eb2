import type { RecordFault, RecordGroup } from '../../contracts/index.ts';
import type { Sources } from '../recognise.ts';
import { importPaths } from './import-paths.ts';
import type { FileProblem } from './problem.ts';

export interface ReadRequest {
  /** Files and folders. */
  readonly paths: readonly string[];
  /** The source that all records are of; undefined: recognised by content. */
  readonly source?: string | undefined;
  readonly sources: Sources;
  readonly signal: AbortSignal;
  /** Records of one event, of which the source says that they belong together, come as one, a line each. */
  readonly onRecord: (record: ReadRecord) => void;
}

/** A record as an import would hand it on. */
export interface ReadRecord {
  readonly source: string;
  /** '' when not recognised. */
  readonly form: string;
  readonly raw: Buffer;
  /** Set when the record can't be framed. */
  readonly fault: RecordFault | undefined;
}

export interface ReadResult {
  readonly files: number;
  readonly problems: readonly FileProblem[];
  readonly problemsTotal: number;
  /** The signal ended it. */
  readonly stopped: boolean;
}

const lineFeed = Buffer.from('\n');

/**
 * Reads files exactly as an import does, and hands nothing on but the records themselves. Records of one source and form
 * keep their order.
 */
export async function readRecords(request: ReadRequest): Promise<ReadResult> {
  const { paths, source, sources, signal, onRecord } = request;
  return await importPaths({
    ...{ paths, source, sources, signal },
    tenant: 'local',
    credential: 'local',
    clock: () => 0,
    async append(group) {
      for (const raw of eventsOf(group, sources))
        onRecord({ source: group.source, form: group.form, raw, fault: group.fault });
    },
  });
}

function* eventsOf(group: RecordGroup, sources: Sources): Generator<Buffer> {
  const join = group.form === '' ? undefined : sources.form(group.source, group.form)?.joins;
  let [open, event]: [Buffer[], string | undefined] = [[], undefined];
  for (const raw of recordsOf(group)) {
    const next = join?.eventOf(raw.toString());
    if (open.length > 0 && (next === undefined || next !== event)) yield joined(open.splice(0));
    open.push(raw);
    event = next;
    if (event === undefined) yield joined(open.splice(0));
  }
  if (open.length > 0) yield joined(open);
}

function joined(raws: readonly Buffer[]): Buffer {
  return Buffer.concat(raws.flatMap((raw, index) => (index === 0 ? [raw] : [lineFeed, raw])));
}

/** A group's body is one record behind the other, each after its length as LEB128. */
function* recordsOf({ body }: RecordGroup): Generator<Buffer> {
  for (let at = 0; at < body.length; ) {
    let [length, scale] = [0, 1];
    for (let byte = 0x80; byte >= 0x80; scale *= 0x80) {
      byte = body[at++] ?? 0;
      length += (byte & 0x7f) * scale;
    }
    yield Buffer.from(body.subarray(at, at + length));
    at += length;
  }
}
