import type { Detection } from '../contracts/index.ts';
import type { RecordedDetectionsRequest, recordedDetections } from '../journal/index.ts';
import { rulesErrors } from './errors.ts';
import type { Span } from './hunt-store.ts';

/** Entries of the journal that are read, of all tenants. */
const maxEntries = 5_000_000;
/** Ids that are held at once, some 100 bytes each. */
const maxKnown = 1_000_000;

/**
 * Ids of the detections that a tenant has of the events of a span. Alerts know a repeat only for a while; who makes detections of old
 * events has to know all. Throws `rules.backfill_too_large`.
 */
export async function knownDetections(
  recorded: (request: RecordedDetectionsRequest) => ReturnType<typeof recordedDetections>,
  { tenant, span, signal }: { readonly tenant: string; readonly span: Span; readonly signal: AbortSignal },
): Promise<Set<string>> {
  const { complete, pages } = await recorded({ tenant, signal, since: new Date(0), atMost: maxEntries });
  if (!complete) throw tooLarge(`The journal holds more than ${maxEntries} detections`);
  const known = new Set<string>();
  for await (const detections of pages) {
    for (const detection of detections) if (isWithin(span, detection)) known.add(detection.id);
    if (known.size > maxKnown) throw tooLarge(`The window holds more than ${maxKnown} detections; narrow it`);
  }
  return known;
}

const tooLarge = (message: string) => rulesErrors.make('backfill_too_large', message);

/** In doubt it is within: an id too many leaves nothing out. */
function isWithin({ from, to }: Span, { event }: Detection): boolean {
  const happened = Date.parse(event.time ?? event.received_at);
  return !(happened < from || happened >= to);
}
