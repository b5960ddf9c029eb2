import type { Projection } from '../journal/index.ts';
import { applyAlertChange } from './apply-change.ts';
import { kinds } from './change.ts';
import { fold } from './fold.ts';
import { load } from './load.ts';
import { type AlertLimits, defaultLimits } from './memory.ts';
import { post } from './outbox.ts';
import { applyPrune, prunedKind } from './prune.ts';
import { keepStatistics } from './statistics.ts';
import { storable } from './storable.ts';
import { alertsMigrations, rebuiltTables } from './tables.ts';
import { write } from './write.ts';

/**
 * What the journal's entries make of alerts. Detections are folded one after the other into the part of the tables that they touch;
 * notices go to the outbox in the same transaction, but not within a rebuild.
 */
export function alertsProjection(limits: AlertLimits = defaultLimits): Projection {
  return {
    name: 'alerts',
    migrations: alertsMigrations,
    tables: rebuiltTables,
    audited: ['alerts', 'after'],
    kinds: [...Object.values(kinds), prunedKind],
    async applyDetections(session, detections, { replaying }) {
      if (detections.length === 0) return;
      const clean = storable(detections);
      const memory = await load(session, clean, limits);
      for (const detection of clean) fold(memory, detection);
      await write(session, memory);
      if (!replaying) await post(session, memory.notices);
      await keepStatistics(session);
    },
    async applyChange(session, change, { replaying }) {
      if (change.kind === prunedKind) return await applyPrune(session, change);
      const notices = await applyAlertChange(session, change);
      if (!replaying) await post(session, notices);
    },
  };
}
