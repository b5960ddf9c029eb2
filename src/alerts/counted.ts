import { keptFirst, keptLast } from '../contracts/alert.ts';
import type { Detection, Entity } from '../contracts/index.ts';
import { entityName, type KeptDetection, keepKey, keyName, type Memory, type Remembered } from './memory.ts';
import { earlier, joined, later, levelAt, rankOf, type StoredAlert, type StoredKey } from './rows.ts';
import { scorePoints, severityOf, sumOf } from './score.ts';

/** Of an entity's rules those that hit it last are looked at for the score. */
export const rulesOfEntity = 16;
const dayMs = 24 * 3_600_000;

/** Tables hold whole milliseconds. */
export const milliseconds = (text: string) => new Date(text).toISOString();

/** When it happened; an event without a usable time counts by its receipt. */
export const seenAt = ({ event }: Detection) => milliseconds(event.time ?? event.received_at);

/** The alert with the detection counted, kept and scored, and its key moved on. */
export function counted(
  memory: Memory,
  alert: StoredAlert,
  detection: Detection,
  entity: Entity,
): StoredAlert {
  const { tenant, rule, event } = detection;
  const seen = seenAt(detection);
  const received = milliseconds(event.received_at);
  const isNewEvent = countEvent(memory, alert, detection);
  const met = {
    ...alert,
    detected_by: rule,
    logic: alert.logic === rule.logic ? rule.logic : '',
    title: rule.title,
    level: Math.max(alert.level, rankOf(rule.level)),
    hits: alert.hits + 1,
    events: alert.events + (isNewEvent ? 1 : 0),
    first_seen: earlier(alert.first_seen, seen),
    last_seen: later(alert.last_seen, seen),
    first_received: earlier(alert.first_received, received),
    last_received: later(alert.last_received, received),
    changed_at: later(alert.changed_at, milliseconds(detection.detected_at)),
  };
  moveKey(memory, met, entity);
  const after = scored(memory, met, entity);
  memory.alerts.set(joined(tenant, after.id), after);
  keep(memory, after, detection);
  return after;
}

/**
 * Whether the alert meets this event for the first time. Detections of one logic have one event each, so only an alert whose
 * rule was changed meanwhile can meet an event twice.
 */
function countEvent(memory: Memory, alert: StoredAlert, { tenant, event, rule }: Detection): boolean {
  const name = joined(tenant, alert.id, event.event_id);
  const isNew = alert.logic === rule.logic || !memory.countedEvents.has(name);
  memory.countedEvents.add(name);
  return isNew;
}

function moveKey(memory: Memory, { tenant, id, rule, last_seen }: StoredAlert, entity: Entity): void {
  const known = memory.keys.get(keyName(tenant, entity, rule));
  keepKey(memory, {
    tenant,
    entity_kind: entity.kind,
    entity_value: entity.value,
    rule,
    alert: id,
    last_seen: later(known?.last_seen ?? last_seen, last_seen),
  });
}

function scored(memory: Memory, alert: StoredAlert, entity: Entity): StoredAlert {
  const record = memory.records.get(joined(alert.tenant, alert.rule));
  const points = scorePoints({
    level: levelAt(alert.level),
    hits: alert.hits,
    otherRules: alert.summary ? 0 : otherRules(memory, alert, entity),
    entity: entity.kind,
    judged: record?.judged ?? 0,
    falsePositives: record?.falsePositives ?? 0,
  });
  const score = sumOf(points);
  return {
    ...alert,
    points,
    score,
    severity: Math.max(alert.severity, alert.level, rankOf(severityOf(score))),
  };
}

/** How many other rules hit the entity within a day of the alert's last event, of those that hit it last. */
function otherRules(memory: Memory, alert: StoredAlert, entity: Entity): number {
  const names = memory.entityKeys.get(entityName(alert.tenant, entity)) ?? new Set<string>();
  const keys = [...names].flatMap((name) => memory.keys.get(name) ?? []);
  const at = Date.parse(alert.last_seen);
  return keys
    .sort(latestFirst)
    .slice(0, rulesOfEntity)
    .filter((key) => key.rule !== alert.rule && Math.abs(Date.parse(key.last_seen) - at) <= dayMs).length;
}

function latestFirst(one: StoredKey, other: StoredKey): number {
  if (one.last_seen !== other.last_seen) return one.last_seen > other.last_seen ? -1 : 1;
  return one.rule > other.rule ? -1 : 1;
}

/** The first detections of an alert are kept, and the last; one that falls out between is remembered by its id. */
function keep(memory: Memory, { tenant, id, hits }: StoredAlert, detection: Detection): void {
  const event = detection.event.event_id;
  const kept = { tenant, alert: id, ordinal: hits, detection: detection.id, event, body: detection };
  memory.kept.set(joined(tenant, detection.id), kept);
  memory.keptIds.add(joined(tenant, detection.id));
  if (hits <= keptFirst) return;
  const name = joined(tenant, id);
  const tail = memory.tails.get(name) ?? [];
  memory.tails.set(name, tail);
  tail.push(kept);
  if (tail.length > keptLast) forget(memory, tail.shift());
}

function forget(memory: Memory, old: KeptDetection | undefined): void {
  if (old === undefined) return;
  const name = joined(old.tenant, old.detection);
  memory.keptIds.delete(name);
  if (!memory.kept.delete(name)) memory.dropped.push(old);
  remember(memory, old);
}

/** A detection that no alert keeps is known by its id. */
export function remember(
  memory: Memory,
  { tenant, detection, alert, event }: Omit<Remembered, 'place'>,
): void {
  memory.lastPlace += 1;
  memory.places.set(joined(tenant, detection), memory.lastPlace);
  memory.remembered.push({ tenant, detection, alert, event, place: memory.lastPlace });
}
