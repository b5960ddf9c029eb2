import * as z from 'zod';
import {
  type ExceptionDetail,
  ExceptionId,
  type ExceptionState,
  type ExceptionView,
  keptCovered,
} from '../../contracts/exception-routes.ts';
import { Detection } from '../../contracts/index.ts';
import type { StateOptions, StateParameter, StateSession } from '../../state/index.ts';
import { keyCursor } from '../key-cursor.ts';
import { unknownException } from './change.ts';
import { exceptionColumns, exceptionView, StoredException } from './rows.ts';

export interface ExceptionListRequest {
  readonly tenant: string;
  readonly state?: ExceptionState | undefined;
  readonly rule?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly now: Date;
}

export interface ExceptionPage {
  readonly exceptions: readonly ExceptionView[];
  readonly next: string | null;
}

type Cursor = readonly [created_at: string, id: string];
const cursors = keyCursor<Cursor>(z.tuple([z.iso.datetime(), ExceptionId]).readonly());

/** One page, newest first. Throws `alerts.cursor`. */
export async function listExceptions(
  session: StateSession,
  request: ExceptionListRequest,
  options: StateOptions,
): Promise<ExceptionPage> {
  const { tenant, rule, limit, cursor, now } = request;
  const values: StateParameter[] = [];
  const place = (value: StateParameter) => `$${values.push(value)}`;
  const conditions = [
    `tenant = ${place(tenant)}`,
    ...(rule === undefined ? [] : [`rule = ${place(rule)}`]),
    ...stateConditions(request, place),
    ...(cursor === undefined ? [] : [beyond(cursors.read(cursor), place)]),
  ];
  const rows = await session.query(
    `SELECT ${exceptionColumns} FROM exceptions WHERE ${conditions.join(' AND ')}
     ORDER BY created_at DESC, id DESC LIMIT ${limit + 1}`,
    values,
    options,
  );
  const exceptions = rows.slice(0, limit).map((row) => exceptionView(StoredException.parse(row), now));
  const last = exceptions.at(-1);
  const isEnd = last === undefined || rows.length <= limit;
  return { exceptions, next: isEnd ? null : cursors.write([last.created_at, last.id]) };
}

function stateConditions(
  { state, now }: ExceptionListRequest,
  place: (value: StateParameter) => string,
): readonly string[] {
  if (state === undefined) return [];
  if (state === 'ended') return ['ended_at IS NOT NULL'];
  const sign = state === 'expired' ? '<=' : '>';
  return ['ended_at IS NULL', `expires_at ${sign} ${place(now.toISOString())}::timestamptz`];
}

const beyond = ([at, id]: Cursor, place: (value: StateParameter) => string) =>
  `(created_at, id) < (${place(at)}::timestamptz, ${place(id)}::text COLLATE "C")`;

const Body = z.object({ body: Detection });

/** One exception with the last detections that it covered. Throws `alerts.exception_unknown`. */
export async function readException(
  session: StateSession,
  { tenant, id, now }: { readonly tenant: string; readonly id: string; readonly now: Date },
  options: StateOptions,
): Promise<ExceptionDetail> {
  const [row] = await session.query(
    `SELECT ${exceptionColumns} FROM exceptions WHERE tenant = $1 AND id = $2`,
    [tenant, id],
    options,
  );
  if (row === undefined) throw unknownException(id);
  const covered = await session.query(
    `SELECT body FROM exception_detections WHERE tenant = $1 AND exception = $2
     ORDER BY ordinal DESC LIMIT ${keptCovered}`,
    [tenant, id],
    options,
  );
  return {
    ...exceptionView(StoredException.parse(row), now),
    detections: covered.map((each) => Body.parse(each).body),
  };
}
