import * as z from 'zod';
import { type ExceptionScope, maxExceptionConditions } from '../../contracts/exception-routes.ts';
import type { Change } from '../../contracts/index.ts';
import type { RecordedChange } from '../../journal/index.ts';
import type { StateSession } from '../../state/index.ts';
import { alertsErrors } from '../errors.ts';
import { storable } from '../storable.ts';

export const exceptionKinds = { added: 'exceptions.added', ended: 'exceptions.ended' } as const;

/** Exceptions of a tenant that may be in force at once: each detection is held against all of its rule and of any rule. */
const maxInForce = 500;

/** Conditions are read again where they are used: an erasure may have blanked out a value. */
const RecordedException = z.strictObject({
  id: z.string(),
  rule_id: z.string().nullable(),
  conditions: z.array(z.record(z.string(), z.json())).max(maxExceptionConditions),
  owner: z.string(),
  reason: z.string(),
  expires_at: z.iso.datetime(),
});

const RecordedEnd = z.strictObject({ id: z.string() });

export interface AddDecision extends ExceptionScope {
  readonly tenant: string;
  readonly id: string;
  readonly owner: string;
  readonly reason: string;
  readonly expires_at: string;
  readonly now: Date;
}

/** Throws `alerts.too_many_exceptions`. */
export async function decideAdd(
  session: StateSession,
  { tenant, now, rule, conditions, ...request }: AddDecision,
): Promise<Change['data']> {
  const [row] = await session.query(
    'SELECT count(*)::int4 AS count FROM exceptions WHERE tenant = $1 AND ended_at IS NULL AND expires_at > $2::timestamptz',
    [tenant, now.toISOString()],
  );
  if (z.object({ count: z.int() }).parse(row).count >= maxInForce)
    throw alertsErrors.make('too_many_exceptions', `${maxInForce} exceptions are in force; end some first`);
  const data = { ...request, rule_id: rule, conditions: conditions.map((each) => ({ ...each })) };
  return storable(data satisfies z.infer<typeof RecordedException>);
}

const Standing = z.object({ ended_at: z.string().nullable() });

/** Throws `alerts.exception_unknown`; nothing when it has ended already. */
export async function decideEnd(
  session: StateSession,
  { tenant, id }: { readonly tenant: string; readonly id: string },
): Promise<Change['data'] | undefined> {
  const [row] = await session.query('SELECT ended_at FROM exceptions WHERE tenant = $1 AND id = $2', [
    tenant,
    id,
  ]);
  if (row === undefined) throw unknownException(id);
  return Standing.parse(row).ended_at === null ? { id } : undefined;
}

export const unknownException = (id: string) =>
  alertsErrors.make('exception_unknown', `There is no exception ${id}`);

export async function applyException(session: StateSession, change: RecordedChange): Promise<void> {
  const { tenant, at, by, kind, data } = change;
  if (kind === exceptionKinds.ended) {
    await session.query(
      'UPDATE exceptions SET ended_at = $3, ended_by = $4 WHERE tenant = $1 AND id = $2 AND ended_at IS NULL',
      [tenant, RecordedEnd.parse(data).id, at, by.name],
    );
    return;
  }
  const { id, rule_id, conditions, owner, reason, expires_at } = RecordedException.parse(data);
  await session.query(
    `INSERT INTO exceptions
       (tenant, id, rule, conditions, owner, reason, created_at, created_by, expires_at, hits)
     VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9, 0)`,
    [tenant, id, rule_id, conditions, owner, reason, at, by.name, expires_at],
  );
}
