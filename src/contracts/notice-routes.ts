import * as z from 'zod';
import { RuleLevel } from './detection.ts';
import type { Route } from './routes.ts';

/** The most channels of one tenant, addresses of one e-mail channel, and kinds that one channel names. */
export const maxChannels = 50;
const maxAddresses = 20;
const maxKinds = 50;
/** The most deliveries that are listed or replayed by one call. */
export const maxDeliveries = 200;
const defaultDeliveries = 50;
export const maxReplayed = 1_000;
/** Attempts of one delivery that are kept; the oldest go first. */
export const maxReceipts = 25;

/** Standard Webhooks: `whsec_` and 24 to 64 bytes in base64. */
export const WebhookSecret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, { error: 'a secret is whsec_ and 24 to 64 bytes in base64' })
  .refine(isKeyLength, { error: 'a secret holds 24 to 64 bytes' });

function isKeyLength(secret: string): boolean {
  const { length } = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return length >= 24 && length <= 64;
}

export const ChannelName = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, {
  error: 'a channel is 1-63 lower-case letters, digits and inner hyphens',
});

/** `disk.low`, or `alerts.*` for all of a family. */
const kindPattern = z.string().regex(/^[a-z_]{1,50}\.(?:\*|[a-z_]{1,50})$/, {
  error: 'a kind is like disk.low, or alerts.* for all of a family',
});

const filter = {
  name: ChannelName,
  /** What is less severe isn't told here. */
  min_severity: RuleLevel.default('informational'),
  /** Only these kinds; all when empty. */
  kinds: z.array(kindPattern).max(maxKinds).default([]),
  enabled: z.boolean().default(true),
};

/** What a webhook's body is: Standard Webhooks' JSON, a message of Slack's incoming webhooks, or a line of ArcSight CEF. */
export const BodyFormat = z.enum(['json', 'slack', 'cef']);
export type BodyFormat = z.infer<typeof BodyFormat>;

export const ChannelRequest = z.discriminatedUnion('kind', [
  z.strictObject({
    ...filter,
    kind: z.literal('webhook'),
    url: z
      .url({ protocol: /^https?$/, error: 'a webhook needs a URL with http or https' })
      .max(2_048)
      .refine((url) => !hasCredentials(url), { error: 'user and password do not belong into the URL' }),
    /** A new channel without one gets one; a channel that is there keeps its own. */
    secret: z.exactOptional(WebhookSecret),
    format: BodyFormat.default('json'),
  }),
  z.strictObject({
    ...filter,
    kind: z.literal('email'),
    to: z.array(z.email().max(254)).min(1).max(maxAddresses),
  }),
]);
export type ChannelRequest = z.infer<typeof ChannelRequest>;

function hasCredentials(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && (parsed.username !== '' || parsed.password !== '');
}

const utc = z.iso.datetime();

export const ChannelView = z.strictObject({
  name: ChannelName,
  kind: z.enum(['webhook', 'email']),
  /** Of a webhook the origin alone: paths and queries of such URLs often are secrets. Of e-mail the addresses. */
  target: z.string(),
  /** Of a webhook's body; null for e-mail. */
  format: BodyFormat.nullable(),
  min_severity: RuleLevel,
  kinds: z.array(z.string()),
  enabled: z.boolean(),
  updated_at: utc,
  updated_by: z.string(),
});
export type ChannelView = z.infer<typeof ChannelView>;

/** closed: deliveries go out. open: it failed too often, or asked for time, and is left alone. half_open: one is tried. */
export const CircuitView = z.strictObject({
  state: z.enum(['closed', 'open', 'half_open']),
  /** In a row, since the last success or the start of the program. */
  failures: z.int().nonnegative(),
  /** While open: nothing is sent before. */
  until: utc.nullable(),
});
export type CircuitView = z.infer<typeof CircuitView>;

export const ChannelListed = ChannelView.extend({ circuit: CircuitView });
export type ChannelListed = z.infer<typeof ChannelListed>;

/** `secret` is there when it was made by this call, and never again. */
export const ChannelSet = z.strictObject({ channel: ChannelView, secret: z.exactOptional(z.string()) });

export const ChannelTested = z.strictObject({
  delivered: z.boolean(),
  /** Error code, status that the other side answered with, and what is wrong in words; null when there is none. */
  code: z.string().nullable(),
  status: z.int().nullable(),
  why: z.string().nullable(),
});

/** pending: not tried yet. failed: tried, will be again. dead: given up, may be replayed. */
export const DeliveryState = z.enum(['pending', 'sent', 'failed', 'dead']);
export type DeliveryState = z.infer<typeof DeliveryState>;

export const NoticeId = z.string().regex(/^msg_[0-9a-f]{32}$/);

/** A notice on its way over one channel: the notice's id, a dot, the channel's name. */
export const DeliveryId = z.string().regex(/^msg_[0-9a-f]{32}\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, {
  error: 'a delivery is like msg_….channel',
});

export const DeliveryView = z.strictObject({
  id: DeliveryId,
  notice_id: NoticeId,
  channel: z.string(),
  at: utc,
  kind: z.string(),
  severity: z.string(),
  subject: z.string(),
  state: DeliveryState,
  attempts: z.int().nonnegative(),
  /** When it is tried next; null when it isn't. */
  next_at: utc.nullable(),
  ended_at: utc.nullable(),
  last_code: z.string().nullable(),
  last_status: z.int().nullable(),
  /** What went wrong at the last attempt, in words. */
  last_error: z.string().nullable(),
});
export type DeliveryView = z.infer<typeof DeliveryView>;

/** What became of one attempt. */
export const Receipt = z.strictObject({
  at: utc,
  milliseconds: z.int().nonnegative(),
  ok: z.boolean(),
  /** What the other side answered with (HTTP or SMTP), null when it didn't. */
  status: z.int().nullable(),
  code: z.string().nullable(),
  error: z.string().nullable(),
});
export type Receipt = z.infer<typeof Receipt>;

/** `receipts`: of its last attempts, oldest first, those before a replay among them. */
export const DeliveryWhole = DeliveryView.extend({ receipts: z.array(Receipt).max(maxReceipts) });
export type DeliveryWhole = z.infer<typeof DeliveryWhole>;

const channelParam = z.strictObject({ name: ChannelName });
const deliveryParam = z.strictObject({ id: DeliveryId });
const limit = z
  .string()
  .regex(/^\d{1,6}$/, { error: 'a whole number is wanted' })
  .transform(Number)
  .pipe(z.int().min(1).max(maxDeliveries))
  .prefault(String(defaultDeliveries));

/** Who is told what, and what became of it. */
export const noticeRoutes = {
  channels: {
    method: 'GET',
    path: '/v1/notify/channels',
    access: 'settings:write',
    summary:
      'The channels over which people are told, and whether they rest after failures; never their secrets',
    answer: {
      kind: 'json',
      statuses: [200],
      schema: z.strictObject({ channels: z.array(ChannelListed).max(maxChannels) }),
    },
  },
  setChannel: {
    method: 'POST',
    path: '/v1/notify/channels',
    access: 'settings:write',
    summary:
      'Adds a channel, or replaces the one of that name; a webhook secret that it makes is shown this once',
    body: { kind: 'json', schema: ChannelRequest },
    answer: { kind: 'json', statuses: [200], schema: ChannelSet },
  },
  removeChannel: {
    method: 'DELETE',
    path: '/v1/notify/channels/{name}',
    access: 'settings:write',
    summary: 'Removes a channel; what waits for it is given up',
    params: channelParam,
    answer: { kind: 'json', statuses: [200], schema: ChannelView },
  },
  testChannel: {
    method: 'POST',
    path: '/v1/notify/channels/{name}/test',
    access: 'settings:write',
    summary: 'Sends a test notice over a channel at once, whatever its filters, and says how that went',
    params: channelParam,
    answer: { kind: 'json', statuses: [200], schema: ChannelTested },
  },
  deliveries: {
    method: 'GET',
    path: '/v1/deliveries',
    access: 'settings:write',
    summary: 'What became of notices, newest first; `state=dead` are those that were given up',
    query: z.strictObject({
      state: z.exactOptional(DeliveryState),
      channel: z.exactOptional(ChannelName),
      after: z.exactOptional(DeliveryId),
      limit,
    }),
    answer: {
      kind: 'json',
      statuses: [200],
      schema: z.strictObject({
        deliveries: z.array(DeliveryView).max(maxDeliveries),
        /** Asks as `after` for the rest; null when there is none. */
        next: DeliveryId.nullable(),
      }),
    },
  },
  delivery: {
    method: 'GET',
    path: '/v1/deliveries/{id}',
    access: 'settings:write',
    summary: 'One delivery with the receipts of its last attempts',
    params: deliveryParam,
    answer: { kind: 'json', statuses: [200], schema: DeliveryWhole },
  },
  replayDelivery: {
    method: 'POST',
    path: '/v1/deliveries/{id}/replay',
    access: 'settings:write',
    summary: 'Tries one dead delivery again from the beginning',
    params: deliveryParam,
    answer: { kind: 'json', statuses: [200], schema: DeliveryView },
  },
  replayDeliveries: {
    method: 'POST',
    path: '/v1/deliveries/replay',
    access: 'settings:write',
    summary:
      'Tries dead deliveries again from the beginning; `remaining` says how many a further call would take',
    body: {
      kind: 'json',
      schema: z.strictObject({
        channel: z.exactOptional(ChannelName),
        notice_id: z.exactOptional(NoticeId),
      }),
    },
    answer: {
      kind: 'json',
      statuses: [200],
      schema: z.strictObject({ replayed: z.int().nonnegative(), remaining: z.int().nonnegative() }),
    },
  },
} as const satisfies Record<string, Route>;

export type NoticeRoutes = typeof noticeRoutes;
