import * as z from 'zod';
import type { People } from '../alerts/index.ts';
import { AlertStatus } from '../contracts/alert.ts';
import {
  type CaseChange,
  type CaseChanged,
  CaseId,
  type CaseRow,
  type CaseView,
} from '../contracts/case-routes.ts';
import type { Actor } from '../contracts/index.ts';
import type { Journal } from '../journal/index.ts';
import type { State, StateParameter } from '../state/index.ts';
import { decideCaseChange, kinds, RecordedCaseChange } from './change.ts';
import { casesErrors } from './errors.ts';
import { caseRow, listedColumns, readCase, readCaseRow } from './view.ts';

export interface CasesOptions {
  readonly state: Pick<State, 'query'>;
  readonly journal: Pick<Journal, 'change'>;
  readonly people: People;
  /** Of cases that a split makes: 32 lower-case hex digits, each time others. */
  readonly newId: () => string;
}

interface Waiting {
  readonly signal?: AbortSignal;
}

/** A case as an alert names it. */
const NamedCase = z.object({ id: z.string(), title: z.string(), status: AlertStatus });
export type NamedCase = z.infer<typeof NamedCase>;

/** Alerts that belong together. Everything is within one tenant. */
export interface Cases {
  /** One page by key, those with the newest alerts first. Throws `cases.cursor`. */
  list(
    request: {
      readonly tenant: string;
      readonly status?: AlertStatus | undefined;
      /** Null: those that nobody has. */
      readonly assignee?: string | null | undefined;
      readonly limit: number;
      readonly cursor?: string | undefined;
    },
    options?: Waiting,
  ): Promise<{ readonly cases: readonly CaseRow[]; readonly next: string | null }>;
  /** Throws `cases.unknown`. */
  get(name: { readonly tenant: string; readonly id: string }, options?: Waiting): Promise<CaseView>;
  /** The case that an alert is in. */
  of(name: { readonly tenant: string; readonly alert: string }, options?: Waiting): Promise<NamedCase | null>;
  /**
   * It is on disk then. Throws `cases.unknown`, `cases.changed`, `cases.merged`, `cases.person_unknown`, `cases.not_in_it`,
   * `cases.nothing_left`, `cases.too_large`.
   */
  change(request: {
    readonly tenant: string;
    readonly by: Actor;
    readonly id: string;
    readonly change: CaseChange;
    readonly expected?: number | undefined;
  }): Promise<CaseChanged>;
}

const Cursor = z.tuple([z.iso.datetime(), CaseId]);

export function createCases({ state, journal, people, newId }: CasesOptions): Cases {
  async function checkPerson(tenant: string, change: CaseChange): Promise<void> {
    if (change.kind !== 'assigned' || change.assignee === null) return;
    if ((await people(tenant)).includes(change.assignee)) return;
    throw casesErrors.make('person_unknown', `${change.assignee} holds no key that may work on alerts here`);
  }
  return {
    async list({ tenant, status, assignee, limit, cursor }, options = {}) {
      const values: StateParameter[] = [];
      const place = (value: StateParameter) => `$${values.push(value)}`;
      const conditions = [
        `tenant = ${place(tenant)}`,
        'merged_into IS NULL',
        ...(status === undefined ? [] : [`status = ${place(status)}`]),
        ...(assignee === undefined
          ? []
          : [assignee === null ? 'assignee IS NULL' : `assignee = ${place(assignee)}`]),
        ...(cursor === undefined ? [] : [beyond(readCursor(cursor), place)]),
      ];
      // The page first, so that severities are looked up for its cases alone.
      const rows = await state.query(
        `SELECT ${listedColumns} FROM (
           SELECT * FROM cases WHERE ${conditions.join(' AND ')} ORDER BY last_at DESC, id DESC LIMIT ${limit + 1}
         ) AS cases ORDER BY last_at DESC, id DESC`,
        values,
        options,
      );
      const cases = rows.slice(0, limit).map(caseRow);
      const last = cases.at(-1);
      const isEnd = last === undefined || rows.length <= limit;
      return { cases, next: isEnd ? null : writeCursor([last.last_at, last.id]) };
    },
    get: (name, options = {}) => readCase(state, name, options),
    async of({ tenant, alert }, options = {}) {
      const [row] = await state.query(
        `SELECT cases.id, cases.title, cases.status FROM case_alerts AS member
         JOIN cases ON cases.tenant = member.tenant AND cases.id = member.case_id
         WHERE member.tenant = $1 AND member.alert = $2`,
        [tenant, alert],
        options,
      );
      return row === undefined ? null : NamedCase.parse(row);
    },
    async change({ tenant, by, id, change, expected }) {
      await checkPerson(tenant, change);
      const entry = await journal.change({ kind: kinds[change.kind], tenant, by }, (session) =>
        decideCaseChange(session, { tenant, id, change, expected, otherId: newId() }),
      );
      const other = entry === undefined ? null : RecordedCaseChange.parse(entry.data).other;
      return {
        case: await readCaseRow(state, { tenant, id }),
        other: other === null ? null : await readCaseRow(state, { tenant, id: other.id }),
      };
    },
  };
}

const beyond = ([at, id]: z.infer<typeof Cursor>, place: (value: StateParameter) => string) =>
  `(last_at, id) < (${place(at)}::timestamptz, ${place(id)}::text COLLATE "C")`;

const writeCursor = (cursor: z.infer<typeof Cursor>) =>
  Buffer.from(JSON.stringify(cursor)).toString('base64url');

function readCursor(text: string): z.infer<typeof Cursor> {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch (cause) {
    throw casesErrors.make('cursor', 'The cursor is not one that the list of cases gave', { cause });
  }
}
