import * as z from 'zod';
import { TenantName } from './principal.ts';
import { UtcTime } from './telemetry-event.ts';

/** How bad a rule says a hit is (Sigma's `level`). */
export const RuleLevel = z.enum(['informational', 'low', 'medium', 'high', 'critical']);
export type RuleLevel = z.infer<typeof RuleLevel>;

/** What an alert is about: the thing of the event that its detections are joined by. */
export const Entity = z
  .strictObject({
    kind: z.enum(['host', 'user', 'address', 'resource', 'source']),
    value: z.string().max(512),
  })
  .readonly();
export type Entity = z.infer<typeof Entity>;

export const maxMatchedFields = 32;
export const maxMatchedValue = 1_024;

/** What of a rule goes with each of its detections. */
export const DetectedBy = z
  .strictObject({
    /** The rule's own id (Sigma: a UUID). */
    id: z.string().min(1).max(100),
    /** SHA-256 of the rule's logic (logsource and detection, not its prose), lower-case hex. */
    logic: z.string().regex(/^[0-9a-f]{64}$/),
    title: z.string().max(256),
    level: RuleLevel,
    /** Sigma tags: `attack.t1059.001`, `attack.execution`. */
    tags: z.array(z.string().max(100)).max(64),
    /** Pack that the rule came in, with whose it is. */
    pack: z.string().max(100),
    author: z.string().max(512),
    license: z.string().max(100),
  })
  .readonly();
export type DetectedBy = z.infer<typeof DetectedBy>;

/** Ids of events that stand in the window of a correlation; all are counted. */
export const maxWindowEvents = 100;
export const maxGroupFields = 16;

const DetectionId = z.string().regex(/^[0-9a-f]{32}$/);

/** The events that a correlation rule found together: an episode, as far as it was known. */
export const DetectionWindow = z
  .strictObject({
    /** The same in all detections of one episode; the first of them has it as its own id. */
    episode: DetectionId,
    /** Its first and last event. */
    from: UtcTime,
    to: UtcTime,
    /** `open`: more may come. `closed`: nothing more came for one timespan. `gone`: events that came late undid it. */
    state: z.enum(['open', 'closed', 'gone']),
    /** What its events have in common: the values of `group-by`. */
    group: z.array(z.strictObject({ field: z.string(), value: z.string() })).max(maxGroupFields),
    event_count: z.int().nonnegative(),
    events: z.array(z.uuid()).max(maxWindowEvents),
    /** True when it began before what could be looked back to. */
    cut: z.boolean(),
    /** Episodes in whose place it stands, since events came late. */
    supersedes: z.array(DetectionId).max(maxWindowEvents),
    /** Of one that is gone: the episode that stands in its place; null when there is none. */
    superseded_by: DetectionId.nullable(),
  })
  .readonly();
export type DetectionWindow = z.infer<typeof DetectionWindow>;

/** One rule's hit on one event; of a correlation rule on the events of a window. */
export const Detection = z
  .strictObject({
    /** 32 hex digits: SHA-256 over tenant, the rule's logic and the event's id. A repeat has the same. */
    id: DetectionId,
    tenant: TenantName,
    rule: DetectedBy,
    /** Of a window the event at which it opened. */
    event: z
      .strictObject({
        event_id: z.uuid(),
        /** Null when the event has no usable time. */
        time: UtcTime.nullable(),
        received_at: UtcTime,
        source: z.string(),
        /** Of the raw record. */
        raw_sha256: z.string().regex(/^[0-9a-f]{64}$/),
      })
      .readonly(),
    entity: Entity,
    /** Native fields that the rule looked at, with their values (cut to `maxMatchedValue`). */
    matched: z.array(z.strictObject({ field: z.string(), value: z.string() })).max(maxMatchedFields),
    detected_at: UtcTime,
    /** Of correlation rules alone. */
    window: z.exactOptional(DetectionWindow),
  })
  .readonly();
export type Detection = z.infer<typeof Detection>;
