import { countedEntities } from '../contracts/alert.ts';
import type { Entity } from '../contracts/index.ts';
import { everyEntity } from './memory.ts';
import { earlier, joined, later } from './rows.ts';

/** Detections of an entity in a summary alert, to be added to those before. */
export interface EntityHits {
  readonly tenant: string;
  readonly alert: string;
  readonly entity_kind: string;
  readonly entity_value: string;
  readonly hits: number;
  readonly first_seen: string;
  readonly last_seen: string;
}

/** The entities of summary alerts. */
export interface EntityMemory {
  /** Those that are counted apart, by tenant and alert. */
  readonly known: Map<string, Set<string>>;
  readonly hits: Map<string, EntityHits>;
}

export const entityMemory = (): EntityMemory => ({ known: new Map(), hits: new Map() });

interface SummaryHit {
  readonly tenant: string;
  readonly alert: string;
  readonly entity: Entity;
  readonly seen: string;
}

/** Counts a detection with its entity; beyond `countedEntities` with all others (`everyEntity`), so that a flood has an end. */
export function countEntity(memory: EntityMemory, { tenant, alert, entity, seen }: SummaryHit): void {
  const about = joined(tenant, alert);
  const known = memory.known.get(about) ?? new Set<string>();
  memory.known.set(about, known);
  const own = joined(entity.kind, entity.value);
  const isCounted = known.has(own) || known.size < countedEntities;
  if (isCounted) known.add(own);
  const { kind, value } = isCounted ? entity : everyEntity;
  const name = joined(about, kind, value);
  const before = memory.hits.get(name);
  memory.hits.set(name, {
    ...{ tenant, alert, entity_kind: kind, entity_value: value },
    hits: (before?.hits ?? 0) + 1,
    first_seen: earlier(before?.first_seen ?? seen, seen),
    last_seen: later(before?.last_seen ?? seen, seen),
  });
}
