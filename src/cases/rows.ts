import * as z from 'zod';
import { AlertStatus } from '../contracts/alert.ts';
import { MergeReason } from '../contracts/case-routes.ts';
import { Entity } from '../contracts/index.ts';

/** What a list of cases shows of their table. */
export const shownColumns = {
  id: z.string(),
  title: z.string(),
  status: AlertStatus,
  assignee: z.string().nullable(),
  alerts: z.int(),
  created_at: z.string(),
  changed_at: z.string(),
  last_at: z.string(),
  merged_into: z.string().nullable(),
  revision: z.int(),
};

/** A case as its table has it. */
export const StoredCase = z
  .strictObject({ tenant: z.string(), ...shownColumns, history_lines: z.int() })
  .readonly();
export type StoredCase = z.infer<typeof StoredCase>;

const entity = { entity_kind: Entity.unwrap().shape.kind, entity_value: z.string() };

/** The latest alert on an entity, and the case that it is in, if any. */
export const StoredEntity = z
  .strictObject({
    tenant: z.string(),
    ...entity,
    alert: z.string(),
    rule: z.string(),
    title: z.string(),
    seen: z.string(),
    case_id: z.string().nullable(),
  })
  .readonly();
export type StoredEntity = z.infer<typeof StoredEntity>;

export const StoredMember = z
  .strictObject({
    tenant: z.string(),
    alert: z.string(),
    case_id: z.string(),
    ...entity,
    seen: z.string(),
    reason: MergeReason,
  })
  .readonly();
export type StoredMember = z.infer<typeof StoredMember>;

/** One text of several names; names hold no NUL, which no table could keep. */
export const joined = (...names: readonly string[]): string => names.join('\u0000');
