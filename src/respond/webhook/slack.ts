import { detailLines } from '../detail-lines.ts';
import type { Notice } from '../notice.ts';
import { plainLine } from '../plain-text.ts';

/** Slack refuses a section whose text is longer, and a message of more than 50 blocks. */
const maxSection = 3_000;
const maxDetailSections = 10;
/** Characters of one path and one value before they are escaped, which makes five of one at the most. */
const maxPath = 80;
const maxValue = 400;

export interface SlackMessage {
  /** What notifications show, and receivers that know no blocks. */
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
  readonly link_names: false;
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

interface SlackText {
  readonly type: 'mrkdwn';
  readonly text: string;
}

export type SlackBlock =
  | { readonly type: 'section'; readonly text: SlackText }
  | { readonly type: 'context'; readonly elements: readonly SlackText[] };

/**
 * A notice as Slack's incoming webhooks take it (`text` and Block Kit's sections). All that is not ours stands in code spans, in which
 * nothing is a link, an emoji or a mention, with the three characters escaped that Slack's `mrkdwn` gives a meaning to.
 */
export function slackMessage(notice: Notice): SlackMessage {
  const { id, tenant, at, kind, severity, subject, details } = notice;
  const title = `*Tyrian* ${code(severity)} ${code(subject)}`;
  const facts = [
    ['kind', kind],
    ['tenant', tenant],
    ['time', at],
    ['notice', id],
  ].map(([name = '', value = '']) => `${name} ${code(value)}`);
  const lines = detailLines(details).map(({ path, value }) => `${code(path, maxPath)} ${code(value)}`);
  const { sections, left } = packed(lines);
  const cut = [
    ...(left > 0 ? [`${left} more lines are left out.`] : []),
    ...(details.truncated ? ['Some details were too long and are cut.'] : []),
  ];
  return {
    text: title,
    blocks: [
      ...[title, facts.join('\n'), ...sections].map((text) => ({
        type: 'section' as const,
        text: mrkdwn(text),
      })),
      ...(cut.length === 0 ? [] : [{ type: 'context' as const, elements: cut.map(mrkdwn) }]),
    ],
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
  };
}

const mrkdwn = (text: string): SlackText => ({ type: 'mrkdwn', text });

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** A code span, which a back-tick of its own would end. */
function code(text: string, max = maxValue): string {
  const inner = plainLine(text, max)
    .replaceAll('`', "'")
    .replaceAll(/[&<>]/g, (character) => entities[character] ?? '');
  return `\`${inner === '' ? '-' : inner}\``;
}

/** Lines in as few sections as hold them; `left` counts those that no section has room for. */
function packed(lines: readonly string[]): { readonly sections: readonly string[]; readonly left: number } {
  const sections: string[] = [];
  for (const [index, line] of lines.entries()) {
    const last = sections.at(-1);
    const grown = last === undefined ? line : `${last}\n${line}`;
    if (last !== undefined && grown.length <= maxSection) sections[sections.length - 1] = grown;
    else if (sections.length < maxDetailSections) sections.push(line);
    else return { sections, left: lines.length - index };
  }
  return { sections, left: 0 };
}
