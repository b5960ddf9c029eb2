import { clientErrors } from './errors.ts';

/** One server-sent event. */
export interface ServerEvent {
  /** The last `id` seen, '' when there was none. */
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** An event, or a line, longer than this is no event of ours; in UTF-16 code units. */
const maxEventLength = 32 * 1024 * 1024;

/** What an event is called that says nothing else. */
const untyped = 'message';

/**
 * Reads server-sent events (WHATWG HTML, 9.2.6) from bytes that come in any pieces. An event that the stream breaks off
 * in is not given. Throws `client.answer_invalid` past the bound.
 */
export async function* readEvents(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  let pending = { event: untyped, data: [] as string[], length: 0 };
  let id = '';
  for await (const line of readLines(bytes)) {
    if (line === '') {
      if (pending.data.length > 0) yield { id, event: pending.event, data: pending.data.join('\n') };
      pending = { event: untyped, data: [], length: 0 };
      continue;
    }
    const { field, value } = fieldOf(line);
    pending.length = bounded(pending.length + line.length);
    if (field === 'data') pending.data.push(value);
    else if (field === 'event') pending.event = value === '' ? untyped : value;
    else if (field === 'id' && !value.includes('\0')) id = value;
  }
}

/** A line that starts with a colon is a comment: its field is ''. */
function fieldOf(line: string): { readonly field: string; readonly value: string } {
  const colon = line.indexOf(':');
  if (colon < 0) return { field: line, value: '' };
  const start = line[colon + 1] === ' ' ? colon + 2 : colon + 1;
  return { field: line.slice(0, colon), value: line.slice(start) };
}

/** Lines end in CR LF, LF or CR; an LF at the start of a piece may belong to the CR that ended the piece before. */
async function* readLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let begun: string[] = [];
  let length = 0;
  let endedInCr = false;
  for await (const piece of bytes) {
    const decoded = decoder.decode(piece, { stream: true });
    if (decoded === '') continue;
    const text = endedInCr && decoded.startsWith('\n') ? decoded.slice(1) : decoded;
    endedInCr = decoded.endsWith('\r');
    const lines = text.split(/\r\n|\n|\r/);
    const rest = lines.pop() ?? '';
    for (const [index, line] of lines.entries()) yield index === 0 ? `${begun.join('')}${line}` : line;
    if (lines.length > 0) [begun, length] = [[], 0];
    begun.push(rest);
    length = bounded(length + rest.length);
  }
}

function bounded(length: number): number {
  if (length > maxEventLength)
    throw clientErrors.make('answer_invalid', `An event is longer than ${maxEventLength} characters`);
  return length;
}
