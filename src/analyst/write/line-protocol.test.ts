import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineProtocol } from './line-protocol.ts';
import type { WriterPiece } from './port.ts';

/** Words that follow each other are one. */
function joined(pieces: readonly WriterPiece[]): WriterPiece[] {
  const all: WriterPiece[] = [];
  for (const piece of pieces) {
    const last = all.at(-1);
    if (piece.kind === 'words' && last?.kind === 'words')
      all[all.length - 1] = { kind: 'words', text: last.text + piece.text };
    else all.push(piece);
  }
  return all;
}

function read(...texts: readonly string[]) {
  const lines = new LineProtocol((id) => (id === 'e2' ? 3 : 0));
  return joined([...texts.flatMap((text) => lines.push(text)), ...lines.finish()]);
}

describe('a line of a model', () => {
  it('opens with its claims, then says its words', () => {
    expect(
      read('[[e1 cell 0.time,0.user_name; e2 sum *.count]] bob; 3 events.\n\n- [[assessment]] Look closer.'),
    ).toEqual([
      {
        kind: 'open',
        sentence: 'fact',
        claims: [
          {
            evidence_id: 'e1',
            operation: 'cell',
            cells: [
              { row: 0, column: 'time' },
              { row: 0, column: 'user_name' },
            ],
          },
          { evidence_id: 'e2', operation: 'sum', cells: [0, 1, 2].map((row) => ({ row, column: 'count' })) },
        ],
      },
      { kind: 'words', text: 'bob; 3 events.' },
      { kind: 'open', sentence: 'assessment', claims: [] },
      { kind: 'words', text: 'Look closer.' },
    ]);
  });

  it.each([
    'bob did it.',
    '[[e1 cell 0]] bob',
    '[[e1 guess 0.time]] bob',
    '[[]] bob',
    '[[e1 cell 0.time',
    '[e1 cell 0.time] bob',
    `[[${'e1 cell 0.time;'.repeat(400)}]] bob`,
    `[[e1 ${'0.time,'.repeat(201)}]] bob`,
  ])('that claims nothing readable is malformed, and its words are dropped: %s', (line) => {
    expect(read(line)).toEqual([{ kind: 'malformed', reason: expect.any(String) }]);
    expect(read(`${line}\n[[assessment]] Fine.`).slice(1)).toEqual([
      { kind: 'open', sentence: 'assessment', claims: [] },
      { kind: 'words', text: 'Fine.' },
    ]);
  });

  it('reads the same however the text is cut up, and never throws', () => {
    const bits = fc.constantFrom(
      '[[',
      ']]',
      'e1',
      ' cell ',
      '0.time',
      '*.count',
      ',',
      ';',
      '\n',
      '```',
      '- ',
      'assessment',
      'bob',
      ' ',
      '[',
      ']',
      'e2 sum ',
    );
    const text = fc
      .array(fc.oneof(bits, fc.string({ maxLength: 4 })), { maxLength: 40 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (whole) => {
        expect(read(...whole)).toEqual(read(whole));
      }),
      { numRuns: 500 },
    );
  });
});
