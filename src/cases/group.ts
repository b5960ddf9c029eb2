import { createHash } from 'node:crypto';
import type { AlertOpening } from '../alerts/index.ts';
import {
  type CaseHistoryLine,
  caseHours,
  type MergeReason,
  maxCaseAlerts,
} from '../contracts/case-routes.ts';
import type { Actor } from '../contracts/index.ts';
import { joined, type StoredCase, type StoredEntity, type StoredMember } from './rows.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Tyrian itself. */
const system: Actor = { id: 'system', name: 'Tyrian' };

export interface HistoryRow extends CaseHistoryLine {
  readonly tenant: string;
  readonly case_id: string;
  readonly line: number;
}

/** The part of the tables that openings can touch: read before, written after. */
export interface CaseMemory {
  /** By tenant and entity. */
  readonly entities: Map<string, StoredEntity>;
  /** By tenant and id. */
  readonly cases: Map<string, StoredCase>;
  /** Cases that changed. */
  readonly touched: Set<string>;
  readonly members: StoredMember[];
  readonly history: HistoryRow[];
}

export const entityName = ({ tenant, entity }: Pick<AlertOpening, 'tenant' | 'entity'>) =>
  joined(tenant, entity.kind, entity.value);

/** What many unrelated alerts share says nothing: a whole source, or the many entities of a summary alert. */
export const isGrouped = ({ summary, entity }: AlertOpening) => !summary && entity.kind !== 'source';

/**
 * Takes one alert that opened. The first one on an entity is remembered; with a second one, at most `caseHours` apart, a case
 * begins, and further ones join it as long as it is open. It depends on openings alone, taken in order, so that a
 * rebuild gives the same cases.
 */
export function group(memory: CaseMemory, opening: AlertOpening): void {
  const last = memory.entities.get(entityName(opening));
  const near = last !== undefined && isNear(last, opening) ? last : undefined;
  const taking = near === undefined ? undefined : caseFor(memory, near, opening);
  if (near !== undefined && taking !== undefined) join(memory, taking, opening, reasonOf(near, opening));
  remember(memory, opening, taking?.id ?? null);
}

/** The case of the last alert while it takes more; a new one where that alert was alone; none where its case is done. */
function caseFor(memory: CaseMemory, near: StoredEntity, opening: AlertOpening): StoredCase | undefined {
  if (near.case_id === null) return begin(memory, near, opening);
  const known = memory.cases.get(joined(near.tenant, near.case_id));
  return known !== undefined && isOpen(known) ? known : undefined;
}

const later = (one: string, other: string) => (one > other ? one : other);
const apart = (last: StoredEntity, { seen }: AlertOpening) =>
  Math.abs(Date.parse(seen) - Date.parse(last.seen));
const isNear = (last: StoredEntity, opening: AlertOpening) => apart(last, opening) <= caseHours * hourMs;
const isOpen = ({ status, merged_into, alerts }: StoredCase) =>
  status !== 'closed' && merged_into === null && alerts < maxCaseAlerts;

function reasonOf(last: StoredEntity, opening: AlertOpening): MergeReason {
  return {
    kind: last.rule === opening.rule ? 'same_rule' : 'other_rule',
    entity: opening.entity,
    with: last.alert,
    with_rule: last.title,
    minutes_apart: Math.round(apart(last, opening) / minuteMs),
  };
}

/** The latest on the entity, by the events' time: one that comes late does not take its place. */
function remember(memory: CaseMemory, opening: AlertOpening, case_id: string | null): void {
  const { tenant, entity, alert, rule, title, seen } = opening;
  const name = entityName(opening);
  const last = memory.entities.get(name);
  if (last !== undefined && last.seen > seen && case_id === null) return;
  const latest = last !== undefined && last.seen > seen ? last : { alert, rule, title, seen };
  memory.entities.set(name, {
    ...{ tenant, entity_kind: entity.kind, entity_value: entity.value },
    ...{ alert: latest.alert, rule: latest.rule, title: latest.title, seen: latest.seen, case_id },
  });
}

/** A case with the alert that was alone until then. */
function begin(
  memory: CaseMemory,
  first: StoredEntity,
  { tenant, entity, alert, at }: AlertOpening,
): StoredCase {
  const made: StoredCase = {
    tenant,
    id: createHash('sha256')
      .update(JSON.stringify([tenant, 'case', first.alert, alert]))
      .digest('hex')
      .slice(0, 32),
    title: `${entity.kind} ${entity.value}`,
    status: 'new',
    assignee: null,
    alerts: 1,
    created_at: at,
    changed_at: at,
    last_at: first.seen,
    merged_into: null,
    revision: 0,
    history_lines: 0,
  };
  keepMember(memory, made, {
    alert: first.alert,
    entity,
    seen: first.seen,
    reason: { kind: 'first', entity },
  });
  return keepCase(memory, made, at, 'opened', { alert: first.alert, rule: first.title });
}

function join(memory: CaseMemory, taking: StoredCase, opening: AlertOpening, reason: MergeReason): void {
  const { alert, entity, seen, at, title } = opening;
  keepMember(memory, taking, { alert, entity, seen, reason });
  const after = {
    ...taking,
    alerts: taking.alerts + 1,
    last_at: later(seen, taking.last_at),
    changed_at: later(at, taking.changed_at),
  };
  keepCase(memory, after, at, 'joined', { alert, rule: title, ...reason });
}

function keepMember(
  memory: CaseMemory,
  { tenant, id }: StoredCase,
  { entity, ...member }: Pick<StoredMember, 'alert' | 'seen' | 'reason'> & Pick<AlertOpening, 'entity'>,
): void {
  memory.members.push({
    ...{ tenant, case_id: id, entity_kind: entity.kind, entity_value: entity.value },
    ...member,
  });
}

function keepCase(
  memory: CaseMemory,
  changed: StoredCase,
  at: string,
  kind: HistoryRow['kind'],
  details: HistoryRow['details'],
): StoredCase {
  const after = { ...changed, history_lines: changed.history_lines + 1 };
  const name = joined(after.tenant, after.id);
  memory.cases.set(name, after);
  memory.touched.add(name);
  const { tenant, id: case_id, history_lines: line } = after;
  memory.history.push({ tenant, case_id, line, at, by: system, kind, details, note: '' });
  return after;
}
