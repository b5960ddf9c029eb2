import * as z from 'zod';
import { RuleLevel } from '../contracts/index.ts';
import { BodyFormat, type ChannelRequest, ChannelView, WebhookSecret } from '../contracts/notice-routes.ts';
import type { Secrets } from '../guard/index.ts';
import { respondErrors } from './errors.ts';
import { type Notice, severityRank } from './notice.ts';

const base = {
  tenant: z.string(),
  name: z.string(),
  /** What may be shown. */
  target: z.string(),
  min_severity: RuleLevel,
  kinds: z.array(z.string()),
  enabled: z.boolean(),
  updated_at: z.string(),
  updated_by: z.string(),
};

/** A channel as its row holds it. */
export const Channel = z.discriminatedUnion('kind', [
  z.object({ ...base, kind: z.literal('webhook'), sealed: z.string(), format: BodyFormat }),
  z.object({ ...base, kind: z.literal('email'), addresses: z.array(z.string()) }),
]);
export type Channel = z.infer<typeof Channel>;

/** What is sealed of a webhook: its URL too, for its path often is all that keeps strangers out. */
const Hidden = z.strictObject({ url: z.string(), secret: WebhookSecret });
export type Hidden = z.infer<typeof Hidden>;

/** Throws `respond.sealed`, `guard.secret_*`. */
export async function openHidden(secrets: Secrets, sealed: string): Promise<Hidden> {
  const text = await secrets.open(sealed);
  try {
    return Hidden.parse(JSON.parse(text));
  } catch {
    // Without the cause: it may quote what was sealed.
    throw respondErrors.make(
      'sealed',
      'What is kept sealed of this channel is not what it should be; set it again',
    );
  }
}

export async function sealHidden(secrets: Secrets, hidden: Hidden): Promise<string> {
  return await secrets.seal(JSON.stringify(hidden));
}

/** What of a target may be shown. */
export function targetOf(request: ChannelRequest): string {
  return request.kind === 'webhook' ? `${new URL(request.url).origin}/…` : request.to.join(', ');
}

/** What others may see of a channel. */
export function channelView(channel: Channel): ChannelView {
  const { name, kind, target, min_severity, kinds, enabled, updated_at, updated_by } = channel;
  const format = kind === 'webhook' ? channel.format : null;
  return ChannelView.parse({
    ...{ name, kind, target, format, min_severity, kinds, enabled, updated_at, updated_by },
  });
}

/** What failures and rests of a channel are kept under. */
export const destinationOf = ({ tenant, name }: Pick<Channel, 'tenant' | 'name'>): string =>
  `${tenant}/${name}`;

/** True when the notice is told over the channel. */
export function isFor(channel: Channel, notice: Pick<Notice, 'tenant' | 'kind' | 'severity'>): boolean {
  if (!channel.enabled || channel.tenant !== notice.tenant) return false;
  if (severityRank(notice.severity) < severityRank(channel.min_severity)) return false;
  return channel.kinds.length === 0 || channel.kinds.some((kind) => isOfKind(notice.kind, kind));
}

const isOfKind = (kind: string, pattern: string) =>
  pattern.endsWith('.*') ? kind.startsWith(pattern.slice(0, -1)) : kind === pattern;
