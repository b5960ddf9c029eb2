import { createHash } from 'node:crypto';
import type { Actor, Detection, Entity } from '../contracts/index.ts';
import { budgetOf } from './budgets.ts';
import { counted, milliseconds, remember, seenAt } from './counted.ts';
import { countDay, dayOf } from './days.ts';
import { countEntity } from './entities.ts';
import { claim, coveringOf, keyColumns, type LiveException, withhold } from './exceptions/memory.ts';
import { everyEntity, keyName, type Memory } from './memory.ts';
import type { Notice } from './outbox.ts';
import { joined, levelAt, rankOf, type StoredAlert, type StoredRule } from './rows.ts';

const hourMs = 3_600_000;
/** Tyrian itself. */
export const system: Actor = { id: 'system', name: 'Tyrian' };

/** Takes one detection, cleaned by `storable`, into memory; one that is known already changes nothing. */
export function fold(memory: Memory, detection: Detection): void {
  if (isKnown(memory, detection)) return;
  const name = joined(detection.tenant, detection.rule.id);
  const before = memory.rules.get(name);
  const rule = countHit(memory, detection);
  const covering = coveringOf(memory.exceptions, detection);
  if (covering.length > 0) keepBack(memory, rule, detection, covering);
  else bring(memory, rule, detection);
  countDay(memory.days, before, memory.rules.get(name) ?? rule);
  if (before === undefined || dayOf(before) < dayOf(rule))
    memory.turned.set(name, { tenant: rule.tenant, rule: rule.rule, day: dayOf(rule) });
}

/** To the open alert of its key, to the summary alert of a rule that is over its budget, or to a new alert. */
function bring(memory: Memory, rule: StoredRule, detection: Detection): void {
  const own = openHeadOf(memory, detection, detection.entity);
  if (own !== undefined) take(memory, own, detection, detection.entity);
  else if (isOverBudget(memory, rule)) takeTogether(memory, rule, detection);
  else openOwn(memory, rule, detection);
}

const isOverBudget = (memory: Memory, rule: StoredRule) =>
  rule.opened_in_hour >= budgetOf(memory, rule.tenant, rule.rule);

/** A covered detection goes to no alert and opens none; it is counted with each exception, and with the alert it is kept from. */
function keepBack(
  memory: Memory,
  rule: StoredRule,
  detection: Detection,
  covering: readonly LiveException[],
): void {
  keepRule(memory, { ...rule, excepted: rule.excepted + 1 });
  const alert =
    openHeadOf(memory, detection, detection.entity) ??
    (isOverBudget(memory, rule) ? openHeadOf(memory, detection, everyEntity) : undefined);
  const seen = seenAt(detection);
  for (const exception of covering)
    withhold(memory.exceptions, { detection, seen, exception, alert: alert?.id });
  const { tenant, id, event } = detection;
  remember(memory, { tenant, detection: id, alert: '', event: event.event_id });
}

function isKnown(memory: Memory, { tenant, id }: Detection): boolean {
  const name = joined(tenant, id);
  const place = memory.places.get(name);
  return (
    memory.keptIds.has(name) || (place !== undefined && place > memory.lastPlace - memory.limits.remembered)
  );
}

const keepRule = (memory: Memory, rule: StoredRule) => memory.rules.set(joined(rule.tenant, rule.rule), rule);

/** Counts the hit and turns the rule's hour; one that comes late counts in the newest hour. */
function countHit(memory: Memory, { tenant, rule, detected_at }: Detection): StoredRule {
  const hour = Math.floor(Date.parse(detected_at) / hourMs);
  const titles = { title: rule.title, title_folded: rule.title.toLowerCase() };
  const totals = { hits: 0, alerts: 0, folded: 0, excepted: 0 };
  const fresh = { tenant, rule: rule.id, ...titles, ...totals, hour, opened_in_hour: 0 };
  const known = memory.rules.get(joined(tenant, rule.id)) ?? fresh;
  const turned = hour > known.hour ? { hour, opened_in_hour: 0 } : {};
  const hit = { ...known, ...turned, ...titles, hits: known.hits + 1 };
  keepRule(memory, hit);
  return hit;
}

/** The latest alert of a rule on an entity, open or closed. */
function headOf(memory: Memory, { tenant, rule }: Detection, entity: Entity): StoredAlert | undefined {
  const key = memory.keys.get(keyName(tenant, entity, rule.id));
  return key === undefined ? undefined : memory.alerts.get(joined(tenant, key.alert));
}

function openHeadOf(memory: Memory, detection: Detection, entity: Entity): StoredAlert | undefined {
  const head = headOf(memory, detection, entity);
  return head?.status === 'closed' ? undefined : head;
}

function openOwn(memory: Memory, rule: StoredRule, detection: Detection): void {
  keepRule(memory, { ...rule, alerts: rule.alerts + 1, opened_in_hour: rule.opened_in_hour + 1 });
  const alert = open(memory, detection, detection.entity);
  claim(memory.exceptions, keyColumns(detection, detection.entity), alert.id);
}

/** The rule opened too many alerts within the hour: its summary alert takes the detection. */
function takeTogether(memory: Memory, rule: StoredRule, detection: Detection): void {
  const head = openHeadOf(memory, detection, everyEntity);
  const opened = head === undefined ? 1 : 0;
  keepRule(memory, { ...rule, folded: rule.folded + 1, alerts: rule.alerts + opened });
  const { id, tenant } = head ?? open(memory, detection, everyEntity);
  if (head !== undefined) take(memory, head, detection, everyEntity);
  countEntity(memory.entities, { tenant, alert: id, entity: detection.entity, seen: seenAt(detection) });
}

/**
 * The same detection opens the same alert in every rebuild. The entity's name is not in it, so that an alert stays the same one when
 * a person is erased from it; a detection opens two alerts only when the second is that over all entities.
 */
function alertIdOf({ tenant, rule, id }: Detection, entity: Entity): string {
  const text = JSON.stringify([tenant, rule.id, entity.value === everyEntity.value, id]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function open(memory: Memory, detection: Detection, entity: Entity): StoredAlert {
  const { tenant, rule, event } = detection;
  const at = milliseconds(detection.detected_at);
  const seen = seenAt(detection);
  const received = milliseconds(event.received_at);
  const blank: StoredAlert = {
    tenant,
    id: alertIdOf(detection, entity),
    rule: rule.id,
    detected_by: rule,
    logic: rule.logic,
    title: rule.title,
    level: rankOf(rule.level),
    entity_kind: entity.kind,
    entity_value: entity.value,
    summary: entity === everyEntity,
    status: 'new',
    verdict: null,
    assignee: null,
    severity: rankOf(rule.level),
    score: 0,
    points: [],
    hits: 0,
    events: 0,
    first_seen: seen,
    last_seen: seen,
    first_received: received,
    last_received: received,
    opened_at: at,
    changed_at: at,
    closed_at: null,
    previous: headOf(memory, detection, entity)?.id ?? null,
    revision: 0,
    history_lines: 0,
  };
  const alert = counted(memory, blank, detection, entity);
  notify(memory, 'alert.opened', at, alert);
  const { id, title, summary } = alert;
  memory.openings.push({ tenant, alert: id, rule: rule.id, title, entity, summary, seen, at });
  return alert;
}

/** An open alert takes a further detection; a severity that rises is told and stands in its history. */
function take(memory: Memory, before: StoredAlert, detection: Detection, entity: Entity): void {
  const after = counted(memory, before, detection, entity);
  if (after.severity === before.severity) return;
  const at = milliseconds(detection.detected_at);
  const raised = { ...after, history_lines: after.history_lines + 1 };
  memory.alerts.set(joined(raised.tenant, raised.id), raised);
  memory.history.push({
    tenant: raised.tenant,
    alert: raised.id,
    line: raised.history_lines,
    at,
    by: system,
    kind: 'raised',
    before: { severity: levelAt(before.severity), score: before.score },
    after: { severity: levelAt(after.severity), score: after.score },
    note: '',
  });
  notify(memory, 'alert.raised', at, raised);
}

function notify(memory: Memory, kind: Notice['kind'], at: string, alert: StoredAlert): void {
  memory.notices.push({
    tenant: alert.tenant,
    at,
    kind,
    by: system,
    note: '',
    count: 1,
    severity: alert.severity,
    alerts: [alert],
  });
}
