import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkParagraphs, maxLength } from './chunk.ts';
import { cleanText } from './clean-text.ts';
import { identifiersIn } from './identifiers.ts';
import { readMarkdown } from './markdown.ts';
import { passageOf } from './passage.ts';
import { askedWords, wordsOf } from './words.ts';

const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '# ',
    '## ',
    '```',
    '~~~~',
    '\n',
    '\n\n',
    '. ',
    '[.]',
    'hxxps://',
    'CVE-2021-44228',
    'T1003.001',
    '1.2.3.4',
    '😀',
    ' ',
  ),
  fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.repeat(100)),
);
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
const dense = (value: string) => value.replace(/\s+/g, '');

describe('texts of documents', () => {
  it('lose nothing but white space when they are cut, and no piece is too long', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), (paragraphs) => {
        const chunks = chunkParagraphs(paragraphs);
        expect(dense(chunks.join(''))).toBe(dense(paragraphs.join('')));
        for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(maxLength);
      }),
    );
  });

  it('keep every word under its headings', () => {
    fc.assert(
      fc.property(text, (raw) => {
        const cleaned = cleanText(raw);
        const { title, sections } = readMarkdown(cleaned, 'name');
        const kept = new Set(
          sections.flatMap((each) => wordsOf(`${title} ${each.heading.join(' ')} ${each.text}`)),
        );
        // Cut is at a space or line end in the later half of a passage; where there is none, a word becomes two and nothing is lost.
        fc.pre(!cleaned.split(/[ \n]+/).some((run) => run.length > maxLength / 4));
        expect(wordsOf(cleaned).filter((word) => !kept.has(word))).toEqual([]);
      }),
    );
  });

  it('never make the readers throw, and give no invisible character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (raw) => {
        const cleaned = cleanText(raw);
        expect(cleaned).not.toMatch(/(?![\n\t])\p{C}/u);
        identifiersIn(raw);
        askedWords(raw, 16);
        passageOf({ title: raw, heading: [raw], text: raw, subjects: [] }, 0);
      }),
    );
  });

  it.each([
    ['see CVE-2021-44228, cve-2014-0160.', ['CVE-2021-44228', 'CVE-2014-0160']],
    ['T1003.001 and t1059', ['T1003.001', 'T1059']],
    ['APT29 (G0016) used S0002; TA0006, M1027', ['G0016', 'S0002', 'TA0006', 'M1027']],
    ['hxxps://evil[.]zz/path from 198[.]51[.]100[.]7:443', ['evil.zz', '198.51.100.7']],
    ['cmd.exe wrote notes.txt, then asked evil.example.com.', ['evil.example.com']],
    ['d41d8cd98f00b204e9800998ecf8427e', ['d41d8cd98f00b204e9800998ecf8427e']],
    ['fe80::1 at 12:30:45', ['fe80::1']],
    ['mail a@b(.)example', ['b.example']],
    ['XT1003.001x CVE-1-1', []],
  ])('give their identifiers: %s', (given, expected) => {
    expect(identifiersIn(given)).toEqual(expected);
  });

  it.each([
    ['a'.repeat(1_000_000)],
    ['a.'.repeat(500_000)],
    ['[.]'.repeat(300_000)],
    ['# '.repeat(400_000)],
    ['#\n'.repeat(400_000)],
    [`${'- '.repeat(400_000)}.`],
    ['\n'.repeat(800_000)],
    [`${'```\n'.repeat(200_000)}`],
  ])('are read in one pass, however they are made', (given) => {
    // Quadratic work on these would take minutes, far past the time limit of a test.
    const { sections } = readMarkdown(cleanText(given), 'name');
    for (const section of sections.slice(0, 50)) passageOf(section, 0);
    identifiersIn(given);
    wordsOf(given);
  });
});
