import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordGroup } from '../../contracts/index.ts';
import { FileIdentity } from './file-identity.ts';
import { GroupBuilder } from './group-builder.ts';
import { LineOrdinals } from './line-ordinals.ts';
import { recordsOf } from './records-of.fixture.ts';

function build(fill: (builder: GroupBuilder) => void): RecordGroup[] {
  const groups: RecordGroup[] = [];
  const origin = { tenant: 't', stream: 's', scheme: 'file', traceparent: '' } as const;
  const builder = new GroupBuilder({ origin, clock: () => 1, emit: (group) => groups.push(group) });
  fill(builder);
  builder.flush();
  return groups;
}

const kind = { source: 'json', form: '' };

describe('groups', () => {
  it('hold each record as its LEB128 length and bytes, of any length', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40_000 }), { maxLength: 8 }), (records) => {
        const groups = build((builder) => {
          for (const [at, record] of records.entries()) builder.append(Buffer.from(record), kind, 'x', at);
        });
        expect(groups.flatMap(recordsOf)).toEqual(records.map((record) => Buffer.from(record)));
        expect(groups.flatMap((group) => [...group.ordinals])).toEqual([...records.keys()]);
      }),
    );
  });

  it('are cut at 4,000 records and at 1 MiB, and hold a larger record alone', () => {
    const many = build((builder) => {
      for (let at = 0; at < 9000; at++) builder.append(Buffer.from('{}'), kind, 'x', at);
    });
    expect(many.map((group) => group.count)).toEqual([4000, 4000, 1000]);
    const large = Buffer.alloc(600 * 1024);
    const cut = build((builder) => {
      for (let at = 0; at < 3; at++) builder.append(large, kind, 'x', at);
      builder.append(Buffer.alloc(1024 * 1024), kind, 'x', 3);
    });
    expect(cut.map((group) => group.count)).toEqual([1, 1, 1, 1]);
  });

  it('fill side by side for a mixed file, each of one source and form', () => {
    const groups = build((builder) => {
      for (let at = 0; at < 120; at++) {
        builder.append(Buffer.from(`${at}`), { source: `s${at % 12}`, form: `${at % 2}` }, 'x', at);
      }
    });
    expect(groups.reduce((sum, group) => sum + group.count, 0)).toBe(120);
    expect(new Set(groups.map((group) => group.source)).size).toBe(12);
    const pair = build((builder) => {
      for (let at = 0; at < 100; at++)
        builder.append(Buffer.from(`${at}`), { source: `s${at % 2}`, form: '' }, 'x', 0);
    });
    expect(pair.map((group) => group.count)).toEqual([50, 50]);
  });
});

describe('ordinals of equal lines', () => {
  it('count each distinct line by itself', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 50 });
    fc.assert(
      fc.property(lines, (texts) => {
        const ordinals = new LineOrdinals();
        const counts = new Map<string, number>();
        for (const text of texts) {
          const expected = counts.get(text) ?? 0;
          expect(ordinals.next(Buffer.from(text))).toBe(expected);
          counts.set(text, expected + 1);
        }
      }),
    );
  });

  it('stay right while the table grows', () => {
    const ordinals = new LineOrdinals();
    const given = (): number[] =>
      Array.from({ length: 30_000 }, (_, at) => ordinals.next(Buffer.from(`line ${at}`)));
    expect(new Set(given())).toEqual(new Set([0]));
    expect(new Set(given())).toEqual(new Set([1]));
    ordinals.reset();
    expect(ordinals.next(Buffer.from('line 1'))).toBe(0);
  });
});

describe('ordinals of lines that crowd the table', () => {
  it('are never given twice to equal lines, and are the same each time', () => {
    const given = () => {
      const ordinals = new LineOrdinals(1);
      return Array.from(
        { length: 20_000 },
        (_, at) => `${at % 7000}/${ordinals.next(Buffer.from(`line ${at % 7000}`))}`,
      );
    };
    expect(new Set(given()).size).toBe(20_000);
    expect(given()).toEqual(given());
  });
});

describe('identity in a file', () => {
  const identify = (lines: readonly string[]) => {
    const identity = new FileIdentity();
    return lines.map((line) => {
      const ordinal = identity.ordinalOf(Buffer.from(line));
      return `${identity.seed}/${line}/${ordinal}`;
    });
  };

  it('is the same for the same lines, and for the lines of a file that grew', () => {
    const lines = ['a', 'b', 'a', 'a'];
    expect(identify([...lines, 'c', 'a']).slice(0, 4)).toEqual(identify(lines));
    expect(new Set(identify(lines)).size).toBe(4);
  });

  it('is counted by segments, each with a seed of its own', () => {
    const give = () => {
      const identity = new FileIdentity(2);
      return ['a', 'a', 'a', 'b', 'a'].map((line) => {
        const ordinal = identity.ordinalOf(Buffer.from(line));
        return { seed: identity.seed, ordinal };
      });
    };
    expect(give().map(({ ordinal }) => ordinal)).toEqual([0, 1, 0, 0, 0]);
    expect(new Set(give().map(({ seed }) => seed)).size).toBe(3);
    expect(give()).toEqual(give());
  });

  it('differs between files that begin differently', () => {
    expect(identify(['x', 'a'])[1]).not.toBe(identify(['y', 'a'])[1]);
  });
});
