import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logFrameVersion, type RecordGroup, TyrianError } from '../contracts/index.ts';
import { decodeFrame, encodeFrame, ScratchBuffers } from './frame.ts';
import { decodeHeader, encodeHeader, headerOf } from './header.ts';
import { groupOf, recordsOf } from './port.suite.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const number = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const fault = fc.record({ code: text, message: text, sha256: text, bytes: number });
const anyGroup: fc.Arbitrary<RecordGroup> = fc
  .record({
    records: fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 30 }),
    ordinals: fc.array(fc.nat(0xffff_ffff), { minLength: 30, maxLength: 30 }),
    rest: fc.record(
      {
        tenant: text,
        source: text,
        form: text,
        stream: text,
        receivedAt: number,
        scheme: fc.constantFrom('file' as const, 'request' as const, 'connection' as const),
        seed: text,
        traceparent: text,
        fault,
      },
      { requiredKeys: ['tenant', 'source', 'form', 'stream', 'receivedAt', 'scheme', 'seed', 'traceparent'] },
    ),
  })
  .map(({ records, ordinals, rest }) =>
    groupOf(records, { ...rest, ordinals: Uint32Array.from(ordinals.slice(0, records.length)) }),
  );
const groups = fc.array(anyGroup, { minLength: 1, maxLength: 8 });

const encode = (some: readonly RecordGroup[]) => encodeFrame(some, new ScratchBuffers());
const plain = ({ body, ordinals, ...rest }: RecordGroup) => ({
  ...rest,
  body: Buffer.from(body).toString('hex'),
  ordinals: [...ordinals],
});

/** Runs a decoder on bytes that may be anything: it gives a value or one of its own errors. */
function decodes(decode: (bytes: Buffer) => unknown, bytes: Buffer): boolean {
  try {
    decode(bytes);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(TyrianError);
    expect(error).toMatchObject({ code: 'log.corrupt_frame' });
    return false;
  }
}

/** The checksum made right again, so that what lies behind it is tried too. */
function resealed(bytes: Buffer, preludeBytes: number): Buffer {
  const sealed = Buffer.from(bytes);
  sealed.writeUInt32LE(crc32(sealed.subarray(preludeBytes), crc32(sealed.subarray(0, 8))), 8);
  return sealed;
}

describe('a frame', () => {
  test('comes back as it was, small or compressed', async () => {
    const property = fc.asyncProperty(groups, async (some) => {
      const back = decodeFrame(await encode(some));
      expect(back.map(({ firstSub: _, ...group }) => plain(group))).toEqual(some.map(plain));
      const firsts = some.map((_, index) =>
        some.slice(0, index).reduce((sum, group) => sum + group.count, 0),
      );
      expect(back.map(({ firstSub }) => firstSub)).toEqual(firsts);
    });
    await fc.assert(property, { numRuns: 200 });
  });

  test('of many records is compressed', async () => {
    const group = groupOf(Array.from({ length: 1000 }, () => 'x'.repeat(100)));
    const frame = await encode([group]);
    expect(frame.length).toBeLessThan(group.body.length / 10);
    expect(recordsOf(decodeFrame(frame)[0]?.body ?? Buffer.alloc(0)).length).toBe(1000);
  });

  test('cut short anywhere is a typed error', async () => {
    const property = fc.asyncProperty(groups, fc.nat(), async (some, cut) => {
      const frame = await encode(some);
      expect(decodes(decodeFrame, frame.subarray(0, cut % frame.length))).toBe(false);
    });
    await fc.assert(property, { numRuns: 100 });
  });

  test('with any byte changed is a typed error', async () => {
    const property = fc.asyncProperty(
      groups,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (some, at, by) => {
        const frame = await encode(some);
        frame[at % frame.length] = (frame[at % frame.length] ?? 0) ^ by;
        expect(decodes(decodeFrame, frame)).toBe(false);
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });

  test('that lies under a right checksum never crashes the reader', async () => {
    const property = fc.asyncProperty(
      groups,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      async (some, changes) => {
        const frame = await encode(some);
        for (const [at, to] of changes) frame[12 + (at % (frame.length - 12))] = to;
        decodes(decodeFrame, resealed(frame, 12));
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });

  test('of a newer program is refused by name', async () => {
    const frame = await encode([groupOf(['a'])]);
    frame.writeUInt16LE(logFrameVersion + 1, 4);
    expect(() => decodeFrame(resealed(frame, 12))).toThrow(
      expect.objectContaining({ code: 'log.newer_frame' }),
    );
  });

  test('of random bytes is a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodes(decodeFrame, Buffer.from(bytes))).toBe(false);
      }),
    );
  });
});

describe('a header', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(groups, (some) => {
        const header = headerOf(some.map((group) => ({ ...group, receivedAt: group.receivedAt % 1e13 })));
        expect(decodeHeader(encodeHeader(header))).toEqual(header);
      }),
    );
  });

  test('counts every record once', () => {
    fc.assert(
      fc.property(groups, (some) => {
        const { records, bytes, counts, firstReceived, lastReceived } = headerOf(some);
        expect(counts.reduce((sum, count) => sum + count.records, 0)).toBe(records);
        expect(counts.reduce((sum, count) => sum + count.bytes, 0)).toBe(bytes);
        expect(records).toBe(some.reduce((sum, group) => sum + group.count, 0));
        expect(firstReceived).toBe(Math.min(...some.map(({ receivedAt }) => receivedAt)));
        expect(lastReceived).toBe(Math.max(...some.map(({ receivedAt }) => receivedAt)));
        const keys = counts.map((count) =>
          JSON.stringify([count.tenant, count.source, count.stream, count.minute]),
        );
        expect(new Set(keys).size).toBe(keys.length);
      }),
    );
  });

  test('cut, changed or made up is a typed error, never a crash', () => {
    fc.assert(
      fc.property(groups, fc.nat(), fc.nat(255), (some, at, to) => {
        const header = encodeHeader(headerOf(some));
        expect(decodes(decodeHeader, header.subarray(0, at % header.length))).toBe(false);
        const changed = Buffer.from(header);
        changed[12 + (at % (header.length - 12))] = to;
        expect(decodes(decodeHeader, changed)).toBe(changed.equals(header));
        decodes(decodeHeader, resealed(changed, 12));
      }),
    );
  });

  test('of a newer program is refused by name', () => {
    const header = encodeHeader(headerOf([groupOf(['a'])]));
    header.writeUInt16LE(logFrameVersion + 1, 4);
    expect(() => decodeHeader(resealed(header, 12))).toThrow(
      expect.objectContaining({ code: 'log.newer_frame' }),
    );
  });
});
