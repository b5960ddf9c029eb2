import { detailLines } from '../detail-lines.ts';
import type { Notice } from '../notice.ts';

/** Lines of details in a mail; what is beyond is counted. */
const maxLines = 200;

/** The subject line: one plain line, as all texts of a notice are. */
export function mailSubject({ severity, subject }: Notice): string {
  return `[Tyrian ${severity}] ${subject}`;
}

/** A mail's plain text: what happened, then the details, one a line. */
export function mailText({ id, tenant, at, kind, severity, subject, details }: Notice): string {
  const lines = detailLines(details).map(({ path, value }) => `${path}: ${value}`);
  const left = lines.length - maxLines;
  return [
    subject,
    '',
    `severity  ${severity}`,
    `kind      ${kind}`,
    `tenant    ${tenant}`,
    `time      ${at}`,
    `notice    ${id}`,
    ...(lines.length === 0 ? [] : ['', ...lines.slice(0, maxLines)]),
    ...(left > 0 ? [`… and ${left} more lines`] : []),
    ...(details.truncated ? ['', 'Some details were too long and are cut.'] : []),
    '',
  ].join('\n');
}
