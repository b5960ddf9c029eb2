import * as z from 'zod';
import type { Detection } from '../../contracts/index.ts';
import type { StateSession } from '../../state/index.ts';
import { coverOf } from './cover.ts';
import { type ExceptionMemory, exceptionMemory, type LiveException } from './memory.ts';
import { readConditions } from './rows.ts';

const LiveRow = z.object({
  tenant: z.string(),
  id: z.string(),
  rule: z.string().nullable(),
  conditions: z.array(z.unknown()),
  expires_at: z.string(),
  hits: z.int(),
});

/** The exceptions that these detections can meet, as the tables have them now: those of later changes are not in there yet. */
export async function loadExceptions(
  session: StateSession,
  detections: readonly Detection[],
): Promise<ExceptionMemory> {
  const earliest = Math.min(...detections.map(({ detected_at }) => Date.parse(detected_at)));
  const rows = await session.query(
    `SELECT tenant, id, rule, conditions, expires_at, hits FROM exceptions
     WHERE tenant = ANY($1::text[]) AND ended_at IS NULL AND expires_at > $2::timestamptz
       AND (rule IS NULL OR rule = ANY($3::text[]))
     ORDER BY tenant, id`,
    [
      [...new Set(detections.map(({ tenant }) => tenant))],
      new Date(earliest).toISOString(),
      [...new Set(detections.map(({ rule }) => rule.id))],
    ],
  );
  const live = new Map<string, LiveException[]>();
  for (const { conditions, ...row } of rows.map((each) => LiveRow.parse(each))) {
    const readable = readConditions(conditions);
    if (readable === undefined) continue;
    const covers = coverOf({ rule: row.rule, conditions: readable });
    const known = live.get(row.tenant) ?? [];
    live.set(row.tenant, known);
    known.push({ ...row, covers });
  }
  return exceptionMemory(live);
}
