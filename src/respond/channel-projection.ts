import * as z from 'zod';
import { BodyFormat } from '../contracts/notice-routes.ts';
import type { Projection, RecordedChange } from '../journal/index.ts';
import type { StateSession } from '../state/index.ts';
import { respondMigrations } from './migrations.ts';

/** What a `notify.channel_set` says of the channel; `before` is for readers of the audit trail, which has no `sealed`. */
const SetData = z.object({
  sealed: z.string(),
  after: z.object({
    name: z.string(),
    kind: z.enum(['webhook', 'email']),
    target: z.string(),
    /** Changes of before there was a choice do not name it, nor do those of e-mail. */
    format: BodyFormat.nullable().default('json'),
    addresses: z.array(z.string()),
    min_severity: z.string(),
    kinds: z.array(z.string()),
    enabled: z.boolean(),
  }),
});
const RemovedData = z.object({ before: z.object({ name: z.string() }) });

/** Makes `notify_channels` from what people changed. Deliveries and conditions are no changes, and stay as they are. */
export const channelProjection: Projection = {
  name: 'respond',
  migrations: respondMigrations,
  tables: ['notify_channels'],
  kinds: ['notify.channel_set', 'notify.channel_removed'],
  audited: ['before', 'after'],
  applyChange: (session, change) =>
    change.kind === 'notify.channel_set' ? applySet(session, change) : applyRemoved(session, change),
};

async function applySet(session: StateSession, { tenant, by, at, data }: RecordedChange): Promise<void> {
  const { after, sealed } = SetData.parse(data);
  await session.query(
    `INSERT INTO notify_channels (tenant, name, kind, target, sealed, addresses, min_severity, kinds, enabled, updated_at, updated_by, format)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     ON CONFLICT (tenant, name) DO UPDATE SET
       kind = excluded.kind, target = excluded.target, sealed = excluded.sealed, addresses = excluded.addresses,
       min_severity = excluded.min_severity, kinds = excluded.kinds, enabled = excluded.enabled,
       updated_at = excluded.updated_at, updated_by = excluded.updated_by, format = excluded.format`,
    [
      tenant,
      after.name,
      after.kind,
      after.target,
      sealed,
      after.addresses,
      after.min_severity,
      after.kinds,
      after.enabled,
      at,
      by.name,
      after.format ?? 'json',
    ],
  );
}

async function applyRemoved(session: StateSession, { tenant, data }: RecordedChange): Promise<void> {
  const { before } = RemovedData.parse(data);
  await session.query('DELETE FROM notify_channels WHERE tenant = $1 AND name = $2', [tenant, before.name]);
}
