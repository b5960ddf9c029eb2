import type { AlertOpening } from '../alerts/index.ts';
import { putRows } from '../journal/index.ts';
import type { StateSession } from '../state/index.ts';
import { type CaseMemory, group, type HistoryRow, isGrouped } from './group.ts';
import { joined, StoredCase, StoredEntity } from './rows.ts';

/** Groups alerts that opened, in their order, within the transaction in which they did. */
export async function followOpenings(
  session: StateSession,
  openings: readonly AlertOpening[],
): Promise<void> {
  const grouped = openings.filter(isGrouped);
  if (grouped.length === 0) return;
  const memory = await load(session, grouped);
  for (const opening of grouped) group(memory, opening);
  await write(session, memory);
}

async function load(session: StateSession, openings: readonly AlertOpening[]): Promise<CaseMemory> {
  const wanted = openings.map(({ tenant, entity }) => ({ tenant, kind: entity.kind, value: entity.value }));
  const rows = await session.query(
    `SELECT known.* FROM
       (SELECT DISTINCT tenant, kind, value FROM jsonb_to_recordset($1::jsonb)
          AS row(tenant text, kind text, value text)) AS wanted
     JOIN case_entities AS known ON known.tenant = wanted.tenant
       AND known.entity_kind = wanted.kind AND known.entity_value = wanted.value`,
    [wanted],
  );
  const entities = rows.map((row) => StoredEntity.parse(row));
  const named = entities.flatMap(({ tenant, case_id }) =>
    case_id === null ? [] : [{ tenant, id: case_id }],
  );
  return {
    entities: new Map(entities.map((row) => [joined(row.tenant, row.entity_kind, row.entity_value), row])),
    cases: await readCases(session, named),
    touched: new Set(),
    members: [],
    history: [],
  };
}

async function readCases(
  session: StateSession,
  named: readonly { readonly tenant: string; readonly id: string }[],
): Promise<Map<string, StoredCase>> {
  if (named.length === 0) return new Map();
  const rows = await session.query(
    `SELECT known.* FROM
       (SELECT DISTINCT tenant, id FROM jsonb_to_recordset($1::jsonb) AS row(tenant text, id text)) AS wanted
     JOIN cases AS known ON known.tenant = wanted.tenant AND known.id = wanted.id`,
    [named.map((name) => ({ ...name }))],
  );
  return new Map(rows.map((row) => StoredCase.parse(row)).map((row) => [joined(row.tenant, row.id), row]));
}

async function write(session: StateSession, memory: CaseMemory): Promise<void> {
  const touched = [...memory.touched].flatMap((name) => memory.cases.get(name) ?? []);
  await putRows(session, 'cases', ['tenant', 'id'], touched);
  await putRows(session, 'case_alerts', ['tenant', 'alert'], memory.members);
  await putRows(
    session,
    'case_entities',
    ['tenant', 'entity_kind', 'entity_value'],
    [...memory.entities.values()],
  );
  await addHistory(session, memory.history);
}

/** Lines of cases' histories; `line` is their place in it, from 1. */
export async function addHistory(session: StateSession, lines: readonly HistoryRow[]): Promise<void> {
  const rows = lines.map(({ by, ...line }) => ({ ...line, by_id: by.id, by_name: by.name }));
  await putRows(session, 'case_history', ['tenant', 'case_id', 'line'], rows);
}
