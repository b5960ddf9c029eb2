import type { AlertHistoryLine } from '../contracts/alert.ts';
import type { Detection, Entity } from '../contracts/index.ts';
import type { StateSession } from '../state/index.ts';
import type { RuleDays } from './days.ts';
import type { EntityMemory } from './entities.ts';
import type { ExceptionMemory } from './exceptions/memory.ts';
import type { Notice } from './outbox.ts';
import { joined, type StoredAlert, type StoredKey, type StoredRule } from './rows.ts';

/** A detection that is kept with its alert. */
export interface KeptDetection {
  readonly tenant: string;
  readonly alert: string;
  readonly ordinal: number;
  readonly detection: string;
  readonly event: string;
  /** Undefined for one that stands in the table already. */
  readonly body: Detection | undefined;
}

/** A detection that is no longer kept, by its id, with its place among all such. */
export interface Remembered {
  readonly tenant: string;
  readonly detection: string;
  readonly alert: string;
  readonly event: string;
  readonly place: number;
}

export interface HistoryRow extends AlertHistoryLine {
  readonly tenant: string;
  readonly alert: string;
  readonly line: number;
}

export interface AlertLimits {
  /**
   * Detections that no alert keeps any more, but that are still known when they come again. A repeat comes from a batch that
   * the pipeline writes again after a crash, so from the end of the journal; this is far more than a batch has.
   */
  readonly remembered: number;
  /**
   * A rule opens so many alerts an hour (of `detected_at`) in a tenant, unless the tenant set another budget; what is beyond
   * goes to one summary alert.
   */
  readonly alertsAnHour: number;
}

export const defaultLimits: AlertLimits = { remembered: 200_000, alertsAnHour: 100 };

/** An alert as it was when it opened. */
export interface AlertOpening {
  readonly tenant: string;
  readonly alert: string;
  readonly rule: string;
  readonly title: string;
  readonly entity: Entity;
  /** True for one over many entities. */
  readonly summary: boolean;
  /** When its first event happened, and when it was opened. */
  readonly seen: string;
  readonly at: string;
}

/** Takes openings in the order in which they happened. */
export type OpeningFollower = (session: StateSession, openings: readonly AlertOpening[]) => Promise<void>;

/** How a rule's judged alerts of a tenant ended. */
export interface RuleRecord {
  readonly judged: number;
  readonly falsePositives: number;
}

/**
 * What detections are folded into: the part of the tables that they can touch, read before and written after. Folding one
 * by one makes the outcome independent of how the journal cuts its batches, so that a rebuild gives the same rows.
 */
export interface Memory {
  readonly limits: AlertLimits;
  /** Alerts an hour that tenants set, by tenant and rule ('' for all). */
  readonly budgets: ReadonlyMap<string, number>;
  /** As read; what is written is compared with it. */
  readonly before: ReadonlyMap<string, StoredAlert>;
  /** By tenant and id. */
  readonly alerts: Map<string, StoredAlert>;
  /** By tenant, entity and rule. */
  readonly keys: Map<string, StoredKey>;
  /** Keys of an entity. */
  readonly entityKeys: Map<string, Set<string>>;
  readonly rules: Map<string, StoredRule>;
  readonly records: ReadonlyMap<string, RuleRecord>;
  /** Ids of detections that are kept with an alert, by tenant and id. */
  readonly keptIds: Set<string>;
  /** Places of those that are remembered. */
  readonly places: Map<string, number>;
  /** Events that an alert has counted, where that can be in doubt: by tenant, alert and event. */
  readonly countedEvents: Set<string>;
  /** Later than the first ones of an alert, in order, by tenant and alert. */
  readonly tails: Map<string, KeptDetection[]>;
  /** Place of the last remembered detection. */
  lastPlace: number;
  readonly kept: Map<string, KeptDetection>;
  readonly dropped: KeptDetection[];
  readonly remembered: Remembered[];
  readonly history: HistoryRow[];
  readonly notices: Notice[];
  readonly openings: AlertOpening[];
  readonly exceptions: ExceptionMemory;
  /** Of summary alerts. */
  readonly entities: EntityMemory;
  readonly days: RuleDays;
  /** The newest days of rules that began one, by tenant and rule. */
  readonly turned: Map<string, { readonly tenant: string; readonly rule: string; readonly day: number }>;
}

export const keyName = (tenant: string, entity: Entity, rule: string) =>
  joined(tenant, entity.kind, entity.value, rule);
export const entityName = (tenant: string, entity: Entity) => joined(tenant, entity.kind, entity.value);

/** What stands for all entities of a rule that opened too many alerts. */
export const everyEntity: Entity = { kind: 'source', value: '*' };

/** Puts a key in its two places. */
export function keepKey(memory: Memory, key: StoredKey): void {
  const entity = { kind: key.entity_kind as Entity['kind'], value: key.entity_value };
  const name = keyName(key.tenant, entity, key.rule);
  memory.keys.set(name, key);
  const ofEntity = entityName(key.tenant, entity);
  memory.entityKeys.set(ofEntity, (memory.entityKeys.get(ofEntity) ?? new Set()).add(name));
}
