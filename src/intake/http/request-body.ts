import type { RecordGroup } from '../../contracts/index.ts';
import type { Sources } from '../recognise.ts';
import { receiverErrors } from './errors.ts';

const openBrace = 123;
const lineFeed = Buffer.from('\n');

/** A body, or why there is none. */
type RequestBody =
  | { readonly body: Buffer<ArrayBuffer> }
  | { readonly code: string; readonly message: string };

/**
 * The records of a file's group as a body of `POST /v1/telemetry/{source}` to the group's source, one a line. There is none for what a
 * request can't carry: what could not be framed, XML over several lines, and lines whose columns only a header above them names.
 */
export function requestBodyOf(group: RecordGroup, sources: Pick<Sources, 'formsOf'>): RequestBody {
  const { source, form, fault, body } = group;
  if (fault !== undefined) return fault;
  const isDeclared = form === '' || sources.formsOf(source).some((declared) => declared.form === form);
  const lines = isDeclared ? [...recordsOf(body)].map(lineOf) : [undefined];
  const sendable = lines.filter((line) => line !== undefined);
  if (sendable.length < lines.length)
    return receiverErrors.make(
      'not_sendable',
      'XML over several lines and text below a header can only be imported on the machine of the server: run tyrian import there',
    );
  return { body: Buffer.concat(sendable.flatMap((line) => [line, lineFeed])) };
}

/** JSON has line ends between its tokens only (RFC 8259, 7: within strings they are escaped): a space is as good there. */
function lineOf(record: Buffer): Buffer | undefined {
  if (!record.includes(lineFeed) && !record.includes('\r')) return record;
  if (record[0] !== openBrace) return undefined;
  return Buffer.from(record.map((byte) => (byte === 10 || byte === 13 ? 32 : byte)));
}

/** A group's body is one record behind the other, each after its length as LEB128. */
function* recordsOf(body: Uint8Array): Generator<Buffer> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  for (let at = 0; at < bytes.length; ) {
    let [length, scale, more] = [0, 1, true];
    while (more) {
      const byte = bytes[at] ?? 0;
      length += (byte & 0x7f) * scale;
      scale *= 0x80;
      more = byte > 0x7f;
      at += 1;
    }
    yield bytes.subarray(at, at + length);
    at += length;
  }
}
