import { keptCovered } from '../../contracts/exception-routes.ts';
import type { Detection, Entity } from '../../contracts/index.ts';
import { earlier, joined, later } from '../rows.ts';
import type { Cover } from './cover.ts';

/** An exception that no person has ended. */
export interface LiveException {
  readonly tenant: string;
  readonly id: string;
  /** Null: of any rule. */
  readonly rule: string | null;
  readonly expires_at: string;
  readonly covers: Cover;
  /** Detections that it covered before these. */
  readonly hits: number;
}

/** What an exception kept from somewhere, to be added to what stands there. */
interface Withheld {
  readonly hits: number;
  readonly first_seen: string;
  readonly last_seen: string;
}

/** An entity of a rule of a tenant. */
export interface KeyColumns {
  readonly tenant: string;
  readonly entity_kind: string;
  readonly entity_value: string;
  readonly rule: string;
}

export interface AlertWithheld extends Withheld {
  readonly tenant: string;
  readonly alert: string;
  readonly exception: string;
}

export interface PendingWithheld extends KeyColumns, Withheld {
  readonly exception: string;
}

/** The exceptions that detections can meet, and what they did to these. */
export interface ExceptionMemory {
  /** By tenant; by id. */
  readonly live: ReadonlyMap<string, readonly LiveException[]>;
  /** From an alert that was open: by tenant, alert and exception. */
  readonly fromAlerts: Map<string, AlertWithheld>;
  /** From no alert, as none was open; the next one of the key takes them over. */
  readonly pending: Map<string, PendingWithheld>;
  /** Alerts that took over what was kept from none. */
  readonly claims: (KeyColumns & { readonly alert: string })[];
  readonly counts: Map<
    string,
    { readonly tenant: string; readonly id: string; readonly hits: number; readonly last_hit_at: string }
  >;
  /** The last covered ones, by tenant, exception and slot. */
  readonly kept: Map<
    string,
    {
      readonly tenant: string;
      readonly exception: string;
      readonly slot: number;
      readonly ordinal: number;
      readonly body: Detection;
    }
  >;
}

export function exceptionMemory(live: ReadonlyMap<string, readonly LiveException[]>): ExceptionMemory {
  return {
    live,
    fromAlerts: new Map(),
    pending: new Map(),
    claims: [],
    counts: new Map(),
    kept: new Map(),
  };
}

/** The exceptions that cover a detection: in force by the time at which it was made, so that a rebuild finds the same. */
export function coveringOf(memory: ExceptionMemory, detection: Detection): readonly LiveException[] {
  const live = memory.live.get(detection.tenant);
  if (live === undefined) return [];
  const at = Date.parse(detection.detected_at);
  return live.filter(({ expires_at, covers }) => at < Date.parse(expires_at) && covers(detection));
}

export const keyColumns = ({ tenant, rule }: Detection, { kind, value }: Entity): KeyColumns => ({
  tenant,
  entity_kind: kind,
  entity_value: value,
  rule: rule.id,
});

export interface WithheldDetection {
  readonly detection: Detection;
  /** When its event happened. */
  readonly seen: string;
  readonly exception: LiveException;
  /** The open alert that would have taken it; none: it waits for the next one of its key. */
  readonly alert: string | undefined;
}

/** Counts a covered detection with its exception, and with what it was kept from. */
export function withhold(memory: ExceptionMemory, { detection, seen, exception, alert }: WithheldDetection) {
  const { tenant } = detection;
  const { id } = exception;
  const one = { hits: 1, first_seen: seen, last_seen: seen };
  if (alert === undefined) {
    const key = keyColumns(detection, detection.entity);
    const name = joined(keyText(key), id);
    memory.pending.set(name, { ...key, exception: id, ...together(memory.pending.get(name), one) });
  } else {
    const name = joined(tenant, alert, id);
    memory.fromAlerts.set(name, {
      ...{ tenant, alert, exception: id },
      ...together(memory.fromAlerts.get(name), one),
    });
  }
  countFor(memory, detection, exception);
}

function countFor(
  memory: ExceptionMemory,
  detection: Detection,
  { tenant, id, hits: before }: LiveException,
) {
  const name = joined(tenant, id);
  const known = memory.counts.get(name);
  const at = new Date(detection.detected_at).toISOString();
  const last_hit_at = known !== undefined && known.last_hit_at > at ? known.last_hit_at : at;
  const hits = (known?.hits ?? 0) + 1;
  memory.counts.set(name, { tenant, id, hits, last_hit_at });
  const ordinal = before + hits;
  const slot = ordinal % keptCovered;
  memory.kept.set(joined(name, String(slot)), { tenant, exception: id, slot, ordinal, body: detection });
}

/** A new alert takes over what was kept from none of its key. */
export function claim(memory: ExceptionMemory, key: KeyColumns, alert: string): void {
  memory.claims.push({ ...key, alert });
  const prefix = `${keyText(key)}\u0000`;
  for (const [name, { tenant, exception, ...withheld }] of memory.pending) {
    if (!name.startsWith(prefix)) continue;
    memory.pending.delete(name);
    const { hits, first_seen, last_seen } = withheld;
    memory.fromAlerts.set(joined(tenant, alert, exception), {
      ...{ tenant, alert, exception, hits, first_seen, last_seen },
    });
  }
}

const keyText = ({ tenant, entity_kind, entity_value, rule }: KeyColumns) =>
  joined(tenant, entity_kind, entity_value, rule);

function together(known: Withheld | undefined, one: Withheld): Withheld {
  if (known === undefined) return one;
  return {
    hits: known.hits + one.hits,
    first_seen: earlier(known.first_seen, one.first_seen),
    last_seen: later(known.last_seen, one.last_seen),
  };
}
