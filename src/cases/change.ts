import * as z from 'zod';
import { AlertStatus } from '../contracts/alert.ts';
import { type CaseChange, maxCaseAlerts } from '../contracts/case-routes.ts';
import type { Change } from '../contracts/index.ts';
import type { StateSession } from '../state/index.ts';
import { casesErrors } from './errors.ts';
import { StoredCase } from './rows.ts';

/** Kinds of journal entries by what a person does. */
export const kinds = {
  status: 'cases.status',
  assigned: 'cases.assigned',
  commented: 'cases.commented',
  split: 'cases.split',
  merged: 'cases.merged',
} as const satisfies Record<CaseChange['kind'], string>;

const Replaced = z.strictObject({
  status: z.exactOptional(AlertStatus),
  assignee: z.exactOptional(z.string().nullable()),
});

/** A person's change as it stands in the journal. `ids`: alerts that leave, or cases that come in. */
export const RecordedCaseChange = z.strictObject({
  id: z.string(),
  before: Replaced,
  after: Replaced,
  ids: z.array(z.string()).max(maxCaseAlerts),
  /** The case that a split makes. */
  other: z.strictObject({ id: z.string() }).nullable(),
  note: z.string(),
});
export type RecordedCaseChange = z.infer<typeof RecordedCaseChange>;

export interface CaseDecision {
  readonly tenant: string;
  readonly id: string;
  readonly change: CaseChange;
  /** Revision that the person saw. */
  readonly expected?: number | undefined;
  /** Id of a case that a split would make. */
  readonly otherId: string;
}

/**
 * What to record; nothing when the case is as asked. Throws `cases.unknown`, `cases.changed`, `cases.merged`, `cases.not_in_it`,
 * `cases.nothing_left`, `cases.too_large`.
 */
export async function decideCaseChange(
  session: StateSession,
  { tenant, id, change, expected, otherId }: CaseDecision,
): Promise<Change['data'] | undefined> {
  const [known] = await readStoredCases(session, tenant, [id]);
  if (known === undefined) throw unknownCase(id);
  if (expected !== undefined && known.revision !== expected)
    throw casesErrors.make('changed', 'Somebody changed this case meanwhile; look at it again', {
      details: { revision: known.revision },
    });
  refuseMerged(known);
  const blank = {
    id,
    before: {},
    after: {},
    ids: [],
    other: null,
    note: 'note' in change ? change.note : '',
  };
  switch (change.kind) {
    case 'commented':
      return { ...blank } satisfies RecordedCaseChange;
    case 'status':
      if (known.status === change.status) return undefined;
      return {
        ...{ ...blank, note: change.note ?? '' },
        ...{ before: { status: known.status }, after: { status: change.status } },
      } satisfies RecordedCaseChange;
    case 'assigned':
      if (known.assignee === change.assignee) return undefined;
      return {
        ...{ ...blank, before: { assignee: known.assignee }, after: { assignee: change.assignee } },
      } satisfies RecordedCaseChange;
    case 'split': {
      const ids = await decideSplit(session, known, change.alerts);
      return { ...blank, ids, other: { id: otherId } } satisfies RecordedCaseChange;
    }
    case 'merged': {
      const ids = await decideMerge(session, known, change.cases);
      return ids.length === 0 ? undefined : ({ ...blank, ids } satisfies RecordedCaseChange);
    }
  }
}

export const unknownCase = (id: string) => casesErrors.make('unknown', `There is no case ${id}`);

function refuseMerged({ id, merged_into }: StoredCase): void {
  if (merged_into === null) return;
  throw casesErrors.make('merged', `The case ${id} was merged into ${merged_into}; work on that one`, {
    details: { into: merged_into },
  });
}

async function decideSplit(
  session: StateSession,
  { tenant, id, alerts }: StoredCase,
  wanted: readonly string[],
): Promise<string[]> {
  const distinct = [...new Set(wanted)];
  const [row] = await session.query(
    'SELECT count(*)::int4 AS found FROM case_alerts WHERE tenant = $1 AND case_id = $2 AND alert = ANY($3::text[])',
    [tenant, id, distinct],
  );
  if (z.object({ found: z.int() }).parse(row).found < distinct.length)
    throw casesErrors.make('not_in_it', `Not all of these alerts are in the case ${id}`);
  if (distinct.length >= alerts)
    throw casesErrors.make('nothing_left', 'A split leaves at least one alert in the case');
  return distinct;
}

async function decideMerge(
  session: StateSession,
  into: StoredCase,
  wanted: readonly string[],
): Promise<string[]> {
  const ids = [...new Set(wanted)].filter((id) => id !== into.id);
  const found = await readStoredCases(session, into.tenant, ids);
  const missing = ids.find((id) => !found.some((each) => each.id === id));
  if (missing !== undefined) throw unknownCase(missing);
  for (const each of found) refuseMerged(each);
  if (found.reduce((sum, each) => sum + each.alerts, into.alerts) > maxCaseAlerts)
    throw casesErrors.make('too_large', `A case holds at most ${maxCaseAlerts} alerts`);
  return ids;
}

/** Cases of a tenant by id, in the order of their ids; those that aren't there are left out. */
export async function readStoredCases(
  session: StateSession,
  tenant: string,
  ids: readonly string[],
): Promise<readonly StoredCase[]> {
  const rows = await session.query(
    'SELECT * FROM cases WHERE tenant = $1 AND id = ANY($2::text[]) ORDER BY id',
    [tenant, ids],
  );
  return rows.map((row) => StoredCase.parse(row));
}
