import { createHash } from 'node:crypto';
import * as z from 'zod';
import { RuleLevel } from '../contracts/index.ts';
import { boundedDetails, type Details } from './bounded-details.ts';
import { plainLine } from './plain-text.ts';

/** Something that people are told. */
export interface Notice {
  /** `msg_` and 32 hex digits, made from what it says: told twice, it is the same one. */
  readonly id: string;
  readonly tenant: string;
  /** ISO 8601 in UTC: when it came to be. */
  readonly at: string;
  readonly kind: string;
  readonly severity: string;
  readonly subject: string;
  readonly details: Details;
}

export const maxSubject = 200;

/** A row of `outbox` or `notices`. Its texts are untrusted: rules name fields of telemetry in them. */
const Row = z.object({
  tenant: z.string(),
  at: z.string(),
  kind: z.string(),
  severity: z.string(),
  subject: z.string(),
  payload: z.record(z.string(), z.unknown()),
});

/** Makes the notice of a row, with its texts cleaned and bounded. */
export function noticeOf(row: unknown): Notice {
  const { tenant, at, kind, severity, subject, payload } = Row.parse(row);
  const said = JSON.stringify([tenant, at, kind, severity, subject, payload]);
  return {
    id: `msg_${createHash('sha256').update(said).digest('hex').slice(0, 32)}`,
    tenant,
    at,
    kind: plainLine(kind, 100),
    severity: plainLine(severity, 20),
    subject: plainLine(subject, maxSubject),
    details: boundedDetails(payload),
  };
}

const levels: readonly string[] = RuleLevel.options;

/** How severe, as a number to compare; a word that isn't known counts as the most severe, so that it is told. */
export function severityRank(severity: string): number {
  const rank = levels.indexOf(severity);
  return rank === -1 ? levels.length : rank;
}
