import type { Projection } from '../journal/index.ts';
import { applyAlertChange } from './apply-change.ts';
import { applyBudget, budgetKind } from './budgets.ts';
import { kinds } from './change.ts';
import { applyException, exceptionKinds } from './exceptions/change.ts';
import { fold } from './fold.ts';
import { load } from './load.ts';
import { type AlertLimits, defaultLimits, type OpeningFollower } from './memory.ts';
import { post } from './outbox.ts';
import { applyPrune, prunedKind } from './prune.ts';
import { keepStatistics } from './statistics.ts';
import { storable } from './storable.ts';
import { alertsMigrations, rebuiltTables } from './tables.ts';
import { applyUndo, undoneKind } from './undo.ts';
import { write } from './write.ts';

const exceptionKindList: readonly string[] = Object.values(exceptionKinds);

/**
 * What the journal's entries make of alerts. Detections are folded one after the other into the part of the tables that they touch;
 * notices go to the outbox in the same transaction, but not within a rebuild. `onOpened` is told of alerts that opened, in that
 * transaction too, and like a projection may depend on nothing else.
 */
export function alertsProjection(
  limits: AlertLimits = defaultLimits,
  onOpened: OpeningFollower = async () => {},
): Projection {
  return {
    name: 'alerts',
    migrations: alertsMigrations,
    tables: rebuiltTables,
    audited: [
      ...['alerts', 'after', 'undone', 'bulk'],
      ...['id', 'rule_id', 'conditions', 'owner', 'reason', 'expires_at', 'before'],
    ],
    kinds: [...Object.values(kinds), undoneKind, prunedKind, budgetKind, ...exceptionKindList],
    async applyDetections(session, detections, { replaying }) {
      if (detections.length === 0) return;
      const clean = storable(detections);
      const memory = await load(session, clean, limits);
      for (const detection of clean) fold(memory, detection);
      await write(session, memory);
      if (memory.openings.length > 0) await onOpened(session, memory.openings);
      if (!replaying) await post(session, memory.notices);
      await keepStatistics(session);
    },
    async applyChange(session, change, { replaying }) {
      if (change.kind === prunedKind) return await applyPrune(session, change);
      if (change.kind === budgetKind) return await applyBudget(session, change);
      if (exceptionKindList.includes(change.kind)) return await applyException(session, change);
      const apply = change.kind === undoneKind ? applyUndo : applyAlertChange;
      const notices = await apply(session, change);
      if (!replaying) await post(session, notices);
    },
  };
}
