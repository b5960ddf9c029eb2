import * as z from 'zod';
import {
  type ExceptionPreview,
  type ExceptionScope,
  maxPreviewRules,
  maxPreviewSample,
  previewDays,
} from '../../contracts/exception-routes.ts';
import type { Detection } from '../../contracts/index.ts';
import type { StateSession } from '../../state/index.ts';
import { joined } from '../rows.ts';
import { type Cover, coverOf } from './cover.ts';
import type { KeyColumns } from './memory.ts';

/** A preview looks at so many entries of the journal at most, the newest. */
export const maxPreviewed = 200_000;
const dayMs = 24 * 3_600_000;
/** Alerts are looked up for so many entities of rules at a time. */
const keysAtOnce = 1_000;

/** Detections of a tenant as they were recorded, oldest first, in pages. */
export interface RecordedPages {
  /** False when `atMost` entries do not reach back to `since`. */
  readonly complete: boolean;
  readonly pages: AsyncIterable<readonly Detection[]>;
}

export type RecordedDetections = (request: {
  readonly tenant: string;
  readonly since: Date;
  readonly atMost: number;
  readonly signal: AbortSignal;
}) => Promise<RecordedPages>;

interface PreviewParts {
  readonly state: StateSession;
  readonly recorded: RecordedDetections;
  readonly now: Date;
}

/** Looks at every detection that was recorded in the window, and at the alerts that they became. Stops with the signal. */
export async function previewException(
  { state, recorded, now }: PreviewParts,
  { tenant, scope }: { readonly tenant: string; readonly scope: ExceptionScope },
  signal: AbortSignal,
): Promise<ExceptionPreview> {
  const since = new Date(now.getTime() - previewDays * dayMs);
  const { complete, pages } = await recorded({ tenant, since, atMost: maxPreviewed, signal });
  const seen = newSeen();
  const covers = coverOf(scope);
  for await (const page of pages) {
    signal.throwIfAborted();
    for (const detection of page) look(seen, covers, detection);
  }
  const from = complete || seen.first === '' ? since.toISOString() : seen.first;
  const rules = [...seen.rules.values()]
    .filter(({ covered }) => covered > 0)
    .sort((one, other) => other.covered - one.covered || (one.rule < other.rule ? -1 : 1));
  return {
    from,
    to: now.toISOString(),
    complete,
    looked_at: seen.ids.size,
    covered: seen.covered,
    ...(await touchedAlerts(state, seen, { from, signal })),
    rules: rules.slice(0, maxPreviewRules),
    rules_truncated: rules.length > maxPreviewRules,
    days: [...seen.days].sort().map(([day, covered]) => ({ day, covered })),
    sample: seen.sample.toReversed(),
  };
}

interface Seen {
  /** What was recorded twice (by a batch that was written again) counts once. */
  readonly ids: Set<string>;
  covered: number;
  /** When the first one was made; '' before. */
  first: string;
  readonly rules: Map<string, ExceptionPreview['rules'][number]>;
  readonly days: Map<string, number>;
  readonly sample: Detection[];
  /** Entities of rules, with how many of their detections are covered. */
  readonly keys: Map<string, KeyColumns & { covered: number; of: number }>;
}

const newSeen = (): Seen => ({
  ...{
    ids: new Set(),
    covered: 0,
    first: '',
    rules: new Map(),
    days: new Map(),
    sample: [],
    keys: new Map(),
  },
});

function look(seen: Seen, covers: Cover, detection: Detection): void {
  if (seen.ids.has(detection.id)) return;
  seen.ids.add(detection.id);
  if (seen.first === '') seen.first = new Date(detection.detected_at).toISOString();
  const isCovered = covers(detection);
  countRule(seen, detection, isCovered);
  countKey(seen, detection, isCovered);
  if (!isCovered) return;
  seen.covered += 1;
  const day = detection.detected_at.slice(0, 10);
  seen.days.set(day, (seen.days.get(day) ?? 0) + 1);
  seen.sample.push(detection);
  if (seen.sample.length > maxPreviewSample) seen.sample.shift();
}

function countRule({ rules }: Seen, { rule }: Detection, isCovered: boolean): void {
  const known = rules.get(rule.id);
  rules.set(rule.id, {
    ...{ rule: rule.id, title: rule.title, level: rule.level },
    covered: (known?.covered ?? 0) + (isCovered ? 1 : 0),
    of: (known?.of ?? 0) + 1,
  });
}

function countKey({ keys }: Seen, { tenant, rule, entity }: Detection, isCovered: boolean): void {
  const name = joined(rule.id, entity.kind, entity.value);
  const known = keys.get(name) ?? {
    ...{ tenant, rule: rule.id, entity_kind: entity.kind, entity_value: entity.value },
    ...{ covered: 0, of: 0 },
  };
  keys.set(name, known);
  known.covered += isCovered ? 1 : 0;
  known.of += 1;
}

const Opened = z.object({ hidden: z.int(), reduced: z.int() });

/** Alerts that opened in the window: hidden where every detection of their entity would have been covered. */
async function touchedAlerts(
  state: StateSession,
  { keys }: Seen,
  { from, signal }: { readonly from: string; readonly signal: AbortSignal },
) {
  const touched = [...keys.values()].filter(({ covered }) => covered > 0);
  let alerts_hidden = 0;
  let alerts_reduced = 0;
  for (let start = 0; start < touched.length; start += keysAtOnce) {
    const some = touched.slice(start, start + keysAtOnce).map(({ covered, of, ...key }) => ({
      ...key,
      whole: covered === of,
    }));
    const [row] = await state.query(
      `SELECT (count(*) FILTER (WHERE key.whole AND alerts.opened_at >= $2::timestamptz))::int4 AS hidden,
         (count(*) FILTER (WHERE NOT (key.whole AND alerts.opened_at >= $2::timestamptz)))::int4 AS reduced
       FROM jsonb_to_recordset($1::jsonb)
         AS key(tenant text, rule text, entity_kind text, entity_value text, whole boolean)
       JOIN alerts ON alerts.tenant = key.tenant AND alerts.entity_kind = key.entity_kind
         AND alerts.entity_value = key.entity_value AND alerts.rule = key.rule AND NOT alerts.summary
       WHERE alerts.last_received >= $2::timestamptz`,
      [some, from],
      { signal },
    );
    const { hidden, reduced } = Opened.parse(row);
    alerts_hidden += hidden;
    alerts_reduced += reduced;
  }
  return { alerts_hidden, alerts_reduced };
}
