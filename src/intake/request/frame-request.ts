import { createHash } from 'node:crypto';
import type { ErrorCode, RecordGroup } from '../../contracts/index.ts';
import { EventWindow } from '../frame/event-window.ts';
import { chooseFraming, createSplitter } from '../frame/framing.ts';
import { GroupBuilder, type RecordKind } from '../frame/group-builder.ts';
import type { RecordSink } from '../frame/record-sink.ts';
import { isObject, parseJson, SourceChooser, type Sources } from '../recognise.ts';

/** Refusals that are told one by one; further ones are only counted. */
const toldRefusals = 100;
const openBrace = 123;
const openBracket = 91;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
/** The source name that asks for recognition. */
const automatic = 'auto';

export interface RequestToFrame {
  /** Decoded (not compressed); its bound is the caller's. */
  readonly body: Buffer;
  /** A source's name, or `auto`: each record is recognised, others go to the source `json`. Not checked here. */
  readonly source: string;
  readonly tenant: string;
  readonly stream: string;
  readonly traceparent: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** The request's `Idempotency-Key`; '' when it has none. */
  readonly idempotencyKey: string;
  readonly sources: Sources;
}

/** `index`: position among the request's records, from 0. */
export interface Refusal {
  readonly index: number;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface FramedRequest {
  readonly groups: readonly RecordGroup[];
  readonly accepted: number;
  /** The first 100 refusals. */
  readonly refused: readonly Refusal[];
  readonly refusedTotal: number;
}

/**
 * Frames a request's body: NDJSON, one JSON object, several behind each other, an array, a `Records` wrapper, or lines
 * of text that a source knows. Refuses, by index, what is over 1 MiB, JSON but no object, or neither JSON nor a known
 * line; to a named source that reads text every line is accepted. A record's identity is the
 * hash of the body (with its Idempotency-Key) and its position, so an equal request is a retry. Pure.
 */
export function frameRequest(request: RequestToFrame): FramedRequest {
  const { body, source, tenant, stream, traceparent, receivedAt } = request;
  const groups: RecordGroup[] = [];
  const refused: Refusal[] = [];
  const chooser = new SourceChooser(request.sources, source === automatic ? undefined : source);
  const builder = new GroupBuilder({
    origin: { tenant, stream, scheme: 'request', traceparent },
    clock: () => receivedAt,
    emit: (group) => groups.push(group),
  });
  const seed = seedOf(body, request.idempotencyKey);
  const window = new EventWindow((held) => builder.appendTogether(held));
  const takesLines = readsLines(request.sources, source);
  let records = 0;
  let refusedTotal = 0;
  const refuse = (code: ErrorCode, message: string) => {
    if (refused.length < toldRefusals) refused.push({ index: records, code, message });
    refusedTotal += 1;
    records += 1;
  };
  const accept = (bytes: Buffer, kind: RecordKind) => {
    const join = chooser.joinOf(kind);
    const event = join?.eventOf(bytes.toString());
    const ordinal = records++;
    if (join === undefined || event === undefined) builder.append(bytes, kind, seed, ordinal);
    else window.add(event, { bytes, kind, seed, ordinal }, join.endsEvent(bytes.toString()));
  };
  const sink: RecordSink = {
    record(bytes) {
      if (chooser.takesHeader(bytes)) return;
      const line = isJsonText(bytes) ? undefined : chooser.kindOfText(bytes);
      if (line !== undefined) {
        accept(bytes, line);
        return;
      }
      const parsed = parseJson(bytes);
      if (!parsed.isJson && takesLines) accept(bytes, { source, form: '' });
      else if (!parsed.isJson) refuse('intake.not_json', `the record is not JSON: ${parsed.why}`);
      else if (!isObject(parsed.value))
        refuse('intake.not_an_object', 'the record is JSON, but not an object');
      else accept(bytes, chooser.kindOfObject(parsed.value));
    },
    faulty: (_kept, fault) => refuse(fault.code as ErrorCode, fault.message),
    brokenOff: (code, message) => refuse(code as ErrorCode, message),
  };
  const text = body.subarray(0, 3).equals(byteOrderMark) ? body.subarray(3) : body;
  const splitter = createSplitter(framingOf(text), sink);
  splitter.write(text);
  splitter.end();
  window.flush();
  builder.flush();
  return { groups, accepted: records - refusedTotal, refused, refusedTotal };
}

function framingOf(text: Buffer): 'lines' | 'json' {
  const framing = chooseFraming(text, true);
  return framing === 'json' ? 'json' : 'lines';
}

function isJsonText(bytes: Buffer): boolean {
  return bytes[0] === openBrace || bytes[0] === openBracket;
}

/** Whether a named source has a form of bare text. */
function readsLines(sources: Sources, source: string): boolean {
  return source !== automatic && sources.formsOf(source).some((form) => form.readsLines);
}

function seedOf(body: Buffer, idempotencyKey: string): string {
  const hash = createHash('sha256');
  // As a netstring, so that no key and body together look like another pair.
  if (idempotencyKey !== '') hash.update(`${Buffer.byteLength(idempotencyKey)}:${idempotencyKey},`);
  return hash.update(body).digest('hex');
}
