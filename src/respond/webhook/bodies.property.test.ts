import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { noticeOf } from '../notice.ts';
import { plainLine } from '../plain-text.ts';
import { webhookBody } from './body.ts';

/** Texts as an attacker would write them into an event, among any others. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(
        ...[
          '<!channel>',
          '<@U012AB3CD>',
          '@here',
          '@all',
          '<https://evil.example|click>',
          '&lt;!here&gt;',
          '`',
          '```',
        ],
        ...[
          '*b*',
          '_i_',
          '~s~',
          ':skull:',
          '> quote',
          '|',
          '\\',
          '=',
          ' cs1=evil',
          '|10|',
          '\\|',
          '\\=',
          '\n',
          '\r',
        ],
        ...[
          '\u2028',
          '\u0085',
          '\u202e',
          '"',
          "'",
          '{',
          '}',
          'x',
          ' ',
          '😀',
          '\ud800',
          'act=blocked',
          '://',
          '&',
        ],
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join('')),
);

const details = fc.dictionary(
  hostile,
  fc.oneof(hostile, fc.integer(), fc.boolean(), fc.array(hostile, { maxLength: 5 })),
  { maxKeys: 30 },
);
const aNotice = fc
  .record({ tenant: hostile, kind: hostile, severity: hostile, subject: hostile, payload: details })
  .map((said) => noticeOf({ ...said, at: '2026-11-23T12:00:00.000Z' }));

const textOf = (format: 'slack' | 'cef', notice: ReturnType<typeof noticeOf>) =>
  webhookBody(format, notice, '1.2.3').text;

const SlackText = z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1).max(3_000) });
const SlackMessage = z.strictObject({
  text: z.string().max(4_000),
  blocks: z
    .array(
      z.discriminatedUnion('type', [
        z.strictObject({ type: z.literal('section'), text: SlackText }),
        z.strictObject({ type: z.literal('context'), elements: z.array(SlackText).max(10) }),
      ]),
    )
    .max(50),
  link_names: z.literal(false),
  unfurl_links: z.literal(false),
  unfurl_media: z.literal(false),
});

/** Takes the code spans away: nothing of an event may be left. */
const outside = (text: string) => text.replaceAll(/`[^`\n]+`/g, '');
const ours =
  /^(?:\*Tyrian\*|kind|tenant|time|notice|[ \n]|\d+ more lines are left out\.|Some details were too long and are cut\.)*$/;

describe('a message for Slack', () => {
  it('is what Slack takes, with all that is foreign in code spans and nothing that it gives a meaning to', () => {
    fc.assert(
      fc.property(aNotice, (notice) => {
        const message = SlackMessage.parse(JSON.parse(textOf('slack', notice)));
        const texts = message.blocks.flatMap((block) =>
          block.type === 'section' ? [block.text.text] : block.elements.map(({ text }) => text),
        );
        for (const text of [message.text, ...texts]) {
          expect(outside(text)).toMatch(ours);
          expect(text).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)/);
          expect((text.match(/`/g) ?? []).length % 2).toBe(0);
        }
        // The title, four facts, and then as many lines as there are values, whatever those say.
        expect(message.text.split('\n')).toHaveLength(1);
        expect(texts[1]?.split('\n')).toHaveLength(4);
      }),
    );
  });

  it('says how much it leaves out', () => {
    const payload = { many: Array.from({ length: 500 }, (_, at) => `${at} ${'&'.repeat(900)}`) };
    const said = { tenant: 'acme', at: '2026-11-23T12:00:00.000Z', kind: 'alert.opened', severity: 'high' };
    const text = textOf('slack', noticeOf({ ...said, subject: 'x', payload }));
    SlackMessage.parse(JSON.parse(text));
    expect(text).toMatch(/\d+ more lines are left out/);
    expect(text).toContain('Some details were too long and are cut.');
  });
});

/** Reads a line of CEF 0 by the letter of its escapes. */
function readCef(line: string) {
  const head: string[] = [];
  let at = 0;
  for (let field = 0; field < 7; field += 1) {
    let text = '';
    while (at < line.length && line[at] !== '|') {
      if (line[at] === '\\') at += 1;
      text += line[at];
      at += 1;
    }
    head.push(text);
    at += 1;
  }
  const extension = line.slice(at);
  const starts = [...extension.matchAll(/(?:^| )(\w+)=/g)];
  const fields = starts.map((match, index) => {
    const from = match.index + match[0].length;
    const raw = extension.slice(from, starts[index + 1]?.index ?? extension.length);
    return [match[1] ?? '', raw.replaceAll(/\\(.)/g, '$1')] as const;
  });
  return { head, fields };
}

const always = ['rt', 'externalId', 'cat', 'cs1Label', 'cs1', 'cs2Label', 'cs2'];
const last = ['cs5Label', 'cs5', 'cs6Label', 'cs6'];

describe('a line of CEF', () => {
  it('has the fields that we write and no others, each with the value that it was given', () => {
    fc.assert(
      fc.property(aNotice, (notice) => {
        const line = textOf('cef', notice);
        expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        const { head, fields } = readCef(line);
        const [version, vendor, product, program, signature, name, severity] = head;
        expect([version, vendor, product, program]).toEqual(['CEF:0', 'Tyrian', 'Tyrian', '1.2.3']);
        expect([signature, name]).toEqual([notice.kind, notice.subject]);
        expect(Number(severity)).toBe(10);
        expect(fields.map(([key]) => key)).toEqual([...always, ...last]);
        const values = Object.fromEntries(fields);
        expect(values).toMatchObject({
          externalId: notice.id,
          cs1: plainLine(notice.tenant, 4_000),
          cs2: notice.severity,
        });
        expect(values.cs5?.length).toBeLessThanOrEqual(4_000);
        const told: unknown = JSON.parse(values.cs5 ?? '');
        if (values.cs6 === 'false') expect(told).toEqual(notice.details.values);
      }),
    );
  });

  it.each([
    ['informational', '0'],
    ['low', '3'],
    ['medium', '5'],
    ['high', '8'],
    ['critical', '10'],
    ['constructor', '10'],
  ])('writes the severity %s as %s', (severity, number) => {
    const said = { tenant: 'acme', at: '2026-11-23T12:00:00.000Z', kind: 'alert.opened', subject: 'x' };
    expect(readCef(textOf('cef', noticeOf({ ...said, severity, payload: {} }))).head[6]).toBe(number);
  });

  it('names alert, rule and entity of a single alert in fields of their own', () => {
    const entity = { kind: 'host', value: 'ws1 duser=root|x' };
    const payload = { count: 1, alerts: [{ id: 'a1', rule: 'r=1', entity }] };
    const said = { tenant: 'acme', at: '2026-11-23T12:00:00.000Z', kind: 'alert.opened', severity: 'high' };
    const { fields } = readCef(textOf('cef', noticeOf({ ...said, subject: 'x', payload })));
    expect(fields).toContainEqual(['cs3', 'a1']);
    expect(fields).toContainEqual(['cs4', 'r=1']);
    expect(fields).toContainEqual(['dhost', 'ws1 duser=root|x']);
    expect(fields.map(([key]) => key)).not.toContain('duser');
  });
});
