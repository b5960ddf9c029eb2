import { addRows, putRows } from '../journal/index.ts';
import type { StateSession } from '../state/index.ts';
import { recounted } from './counts.ts';
import { keptDays } from './days.ts';
import { writeExceptions } from './exceptions/write.ts';
import type { HistoryRow, Memory } from './memory.ts';
import { joined } from './rows.ts';

/** Lines of alerts' histories; `line` is their place in it, from 1. */
async function addHistory(session: StateSession, lines: readonly HistoryRow[]): Promise<void> {
  const rows = lines.map(({ by, ...line }) => ({ ...line, by_id: by.id, by_name: by.name }));
  await putRows(session, 'alert_history', ['tenant', 'alert', 'line'], rows);
}

/** Writes what was folded. The outbox isn't in it: whether someone is told, the caller knows. */
export async function write(session: StateSession, memory: Memory): Promise<void> {
  const changed = [...memory.alerts].filter(([name, alert]) => memory.before.get(name) !== alert);
  if (changed.length === 0 && memory.remembered.length === 0) return;
  const alerts = changed.map(([, alert]) => alert);
  await recounted(session, alerts, () => putRows(session, 'alerts', ['tenant', 'id'], alerts));
  const touched = new Set(alerts.map(({ tenant, id }) => joined(tenant, id)));
  await putRows(
    session,
    'alert_keys',
    ['tenant', 'entity_kind', 'entity_value', 'rule'],
    [...memory.keys.values()].filter(({ tenant, alert }) => touched.has(joined(tenant, alert))),
  );
  await putRows(session, 'alert_rules', ['tenant', 'rule'], [...memory.rules.values()]);
  await writeDays(session, memory);
  await writeDetections(session, memory);
  await addRows(
    session,
    'alert_entities',
    ['tenant', 'alert', 'entity_kind', 'entity_value'],
    [...memory.entities.hits.values()],
  );
  await writeExceptions(session, memory.exceptions);
  await addHistory(session, memory.history);
}

/** What is older than `keptDays` before a rule's newest day goes. */
async function writeDays(session: StateSession, { days, turned }: Memory): Promise<void> {
  await addRows(session, 'alert_rule_days', ['tenant', 'rule', 'day'], [...days.values()]);
  if (turned.size === 0) return;
  await session.query(
    `DELETE FROM alert_rule_days AS kept
     USING jsonb_to_recordset($1::jsonb) AS newest(tenant text, rule text, day integer)
     WHERE kept.tenant = newest.tenant AND kept.rule = newest.rule AND kept.day <= newest.day - ${keptDays}`,
    [[...turned.values()]],
  );
}

async function writeDetections(session: StateSession, memory: Memory): Promise<void> {
  if (memory.dropped.length > 0)
    await session.query(
      `DELETE FROM alert_detections AS kept
       USING jsonb_to_recordset($1::jsonb) AS dropped(tenant text, detection text)
       WHERE kept.tenant = dropped.tenant AND kept.detection = dropped.detection`,
      [memory.dropped.map(({ tenant, detection }) => ({ tenant, detection }))],
    );
  await putRows(session, 'alert_detections', ['tenant', 'detection'], [...memory.kept.values()]);
  if (memory.remembered.length === 0) return;
  const forgotten = memory.lastPlace - memory.limits.remembered;
  await session.query('DELETE FROM alert_remembered WHERE place <= $1', [forgotten]);
  await putRows(
    session,
    'alert_remembered',
    ['tenant', 'detection'],
    memory.remembered.filter(({ place }) => place > forgotten),
  );
}
