import * as z from 'zod';
import { ExceptionCondition, type ExceptionView } from '../../contracts/exception-routes.ts';

/** An exception as its table has it. */
export const StoredException = z
  .object({
    id: z.string(),
    rule: z.string().nullable(),
    conditions: z.array(z.unknown()),
    owner: z.string(),
    reason: z.string(),
    created_at: z.string(),
    created_by: z.string(),
    expires_at: z.string(),
    ended_at: z.string().nullable(),
    ended_by: z.string().nullable(),
    hits: z.int(),
    last_hit_at: z.string().nullable(),
  })
  .readonly();
export type StoredException = z.infer<typeof StoredException>;

export const exceptionColumns = Object.keys(StoredException.unwrap().shape).join(', ');

/** Conditions as stored; undefined when one is none any more (its address was blanked out by an erasure). */
export function readConditions(conditions: readonly unknown[]): ExceptionCondition[] | undefined {
  const parsed = z.array(ExceptionCondition).min(1).safeParse(conditions);
  return parsed.success ? parsed.data : undefined;
}

export function exceptionView(stored: StoredException, now: Date): ExceptionView {
  const { conditions, ...rest } = stored;
  return { ...rest, conditions: readConditions(conditions) ?? [], state: stateOf(stored, now) };
}

function stateOf({ ended_at, expires_at }: StoredException, now: Date): ExceptionView['state'] {
  if (ended_at !== null) return 'ended';
  return expires_at <= now.toISOString() ? 'expired' : 'in_force';
}
