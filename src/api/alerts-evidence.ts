import { hash } from 'node:crypto';
import type { AlertView } from '../contracts/alert.ts';
import { maxEvidenceBytes, maxEvidenceEvents } from '../contracts/alert-routes.ts';
import type { EventView, Principal } from '../contracts/index.ts';
import { readScopeOf } from '../guard/index.ts';
import type { EventReads } from './alerts-values.ts';
import { eventsQuery, eventView } from './event.ts';
import { rowsOf } from './stored-rows.ts';

/** Events of one read: each may have a raw record of a mebibyte. */
const eventsAtOnce = 16;

interface EvidenceRequest {
  readonly principal: Principal;
  readonly alert: AlertView;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/**
 * An alert as one file, a JSON object a line: what the file is, the alert, its detections, their events with the raw record and its
 * SHA-256, and at the end how many of each there are, what is missing, and the SHA-256 of all lines before. At most `maxEvidenceEvents` events
 * and about `maxEvidenceBytes` of raw records; what is left out is named. Throws `guard.scope_missing`, and what the store throws.
 */
export async function exportEvidence(
  { store, snapshot }: EventReads,
  { principal, alert: { detections, ...alert }, now, signal }: EvidenceRequest,
): Promise<string> {
  const scope = readScopeOf(principal, 'events:read', snapshot());
  const wanted = eventIdsOf(detections.map(({ detection }) => detection));
  const ids = wanted.slice(0, maxEvidenceEvents);
  const lines = [
    { type: 'evidence', version: 1, alert: alert.id, exported_at: now.toISOString(), by: principal.name },
    { type: 'alert', alert },
    ...detections.map((kept) => ({ type: 'detection', ...kept })),
  ].map((line) => JSON.stringify(line));
  const recorded = new Map(detections.map(({ detection: { event } }) => [event.event_id, event.raw_sha256]));
  const found = new Set<string>();
  let rawBytes = 0;
  let looked = 0;
  for (; looked < ids.length && rawBytes < maxEvidenceBytes; looked += eventsAtOnce) {
    const some = ids.slice(looked, looked + eventsAtOnce);
    const rows = rowsOf(await store.read(scope, eventsQuery(some), { signal, maxBytes: maxEvidenceBytes }));
    for (const event of rows.map(eventView)) {
      found.add(event.event_id);
      rawBytes += Buffer.byteLength(event.raw);
      lines.push(JSON.stringify(eventLine(event, recorded.get(event.event_id))));
    }
  }
  const missing = ids.slice(0, looked).filter((id) => !found.has(id));
  const end = {
    ...{ type: 'end', detections: detections.length, detections_of_alert: alert.hits, events: found.size },
    ...{
      missing_events: missing,
      left_out_events: wanted.filter((id, index) => index >= looked || !ids.includes(id)),
    },
  };
  const before = lines.map((line) => `${line}\n`).join('');
  return `${before}${JSON.stringify({ ...end, sha256: hash('sha256', before, 'hex') })}\n`;
}

/** Events of detections, and those of their windows, each once and in that order. */
function eventIdsOf(detections: readonly AlertView['detections'][number]['detection'][]): readonly string[] {
  const own = detections.map(({ event }) => event.event_id);
  const ofWindows = detections.flatMap(({ window }) => window?.events ?? []);
  return [...new Set([...own, ...ofWindows])];
}

/** `intact`: whether the raw record is the one that the rule hit; null where no hash of it was recorded. */
function eventLine({ raw, ...event }: EventView, recorded: string | undefined) {
  const raw_sha256 = hash('sha256', raw, 'hex');
  const intact = recorded === undefined ? null : recorded === raw_sha256;
  return { type: 'event', event, raw, raw_sha256, intact };
}
