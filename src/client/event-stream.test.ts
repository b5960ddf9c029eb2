import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEvents, type ServerEvent } from './event-stream.ts';

async function allOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

async function* pieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length].sort((a, b) => a - b);
  for (const [index, from] of places.entries()) yield bytes.subarray(from, places[index + 1] ?? bytes.length);
}

async function read(text: string, cuts: readonly number[] = []): Promise<ServerEvent[]> {
  return await allOf(readEvents(pieces(Buffer.from(text), cuts)));
}

describe('readEvents', () => {
  it('reads id, event and data, and skips comments and unknown fields', async () => {
    expect(await read(': hi\n\nid: 4\nevent: plan\nretry: 1\ndata: a\ndata:b\n\ndata\n\n')).toEqual([
      { id: '4', event: 'plan', data: 'a\nb' },
      { id: '4', event: 'message', data: '' },
    ]);
  });

  it('gives no event that the stream breaks off in', async () => {
    expect(await read('data: a\n\ndata: b\n')).toEqual([{ id: '', event: 'message', data: 'a' }]);
  });

  it('reads the same however the bytes are cut, and whatever ends the lines', async () => {
    const event = fc.record({ id: fc.nat(), event: fc.constantFrom('plan', 'done'), data: fc.json() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 5 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.nat(), { maxLength: 20 }),
        async (events, end, cuts) => {
          const lines = events.flatMap(({ id, event: type, data }) => [
            `id: ${id}`,
            `event: ${type}`,
            `data: ${data}`,
            '',
          ]);
          const expected = events.map(({ id, ...rest }) => ({ id: String(id), ...rest }));
          expect(await read(lines.map((line) => `${line}${end}`).join(''), cuts)).toEqual(expected);
        },
      ),
    );
  });
});
