import type { StateSession } from '../state/index.ts';
import { recounted } from './counts.ts';
import type { HistoryRow, Memory } from './memory.ts';
import { joined } from './rows.ts';

/** Puts rows into a table, over those with the same key. Columns are the table's own, by name. */
async function put(
  session: StateSession,
  table: string,
  key: readonly string[],
  rows: readonly object[],
): Promise<void> {
  const [row] = rows;
  if (row === undefined) return;
  const columns = Object.keys(row);
  const replaced = columns.filter((column) => !key.includes(column));
  await session.query(
    `INSERT INTO ${table} (${columns.join(', ')})
     SELECT ${columns.join(', ')} FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)
     ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${replaced.map((column) => `${column} = EXCLUDED.${column}`).join(', ')}`,
    [rows.map((each) => ({ ...each }))],
  );
}

/** Lines of alerts' histories; `line` is their place in it, from 1. */
async function addHistory(session: StateSession, lines: readonly HistoryRow[]): Promise<void> {
  const rows = lines.map(({ by, ...line }) => ({ ...line, by_id: by.id, by_name: by.name }));
  await put(session, 'alert_history', ['tenant', 'alert', 'line'], rows);
}

/** Writes what was folded. The outbox isn't in it: whether someone is told, the caller knows. */
export async function write(session: StateSession, memory: Memory): Promise<void> {
  const changed = [...memory.alerts].filter(([name, alert]) => memory.before.get(name) !== alert);
  if (changed.length === 0 && memory.history.length === 0) return;
  const alerts = changed.map(([, alert]) => alert);
  await recounted(session, alerts, () => put(session, 'alerts', ['tenant', 'id'], alerts));
  const touched = new Set(alerts.map(({ tenant, id }) => joined(tenant, id)));
  await put(
    session,
    'alert_keys',
    ['tenant', 'entity_kind', 'entity_value', 'rule'],
    [...memory.keys.values()].filter(({ tenant, alert }) => touched.has(joined(tenant, alert))),
  );
  await put(session, 'alert_rules', ['tenant', 'rule'], [...memory.rules.values()]);
  await writeDetections(session, memory);
  await addHistory(session, memory.history);
}

async function writeDetections(session: StateSession, memory: Memory): Promise<void> {
  if (memory.dropped.length > 0)
    await session.query(
      `DELETE FROM alert_detections AS kept
       USING jsonb_to_recordset($1::jsonb) AS dropped(tenant text, detection text)
       WHERE kept.tenant = dropped.tenant AND kept.detection = dropped.detection`,
      [memory.dropped.map(({ tenant, detection }) => ({ tenant, detection }))],
    );
  await put(session, 'alert_detections', ['tenant', 'detection'], [...memory.kept.values()]);
  if (memory.remembered.length === 0) return;
  const forgotten = memory.lastPlace - memory.limits.remembered;
  await session.query('DELETE FROM alert_remembered WHERE place <= $1', [forgotten]);
  await put(
    session,
    'alert_remembered',
    ['tenant', 'detection'],
    memory.remembered.filter(({ place }) => place > forgotten),
  );
}
