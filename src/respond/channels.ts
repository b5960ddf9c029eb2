import * as z from 'zod';
import type { Principal } from '../contracts/index.ts';
import {
  type ChannelListed,
  type ChannelRequest,
  type ChannelView,
  maxChannels,
} from '../contracts/notice-routes.ts';
import type { Secrets } from '../guard/index.ts';
import type { Journal } from '../journal/index.ts';
import type { RandomBytes } from '../observe/index.ts';
import type { StateSession } from '../state/index.ts';
import { Channel, channelView, destinationOf, openHidden, sealHidden, targetOf } from './channel.ts';
import type { Circuits } from './circuit.ts';
import { respondErrors } from './errors.ts';

/** Over which ways the people of a tenant are told. */
export interface Channels {
  /**
   * Adds or replaces; resolves when it is on disk. A channel that rests after failures is tried again at once. The secret is given when it was made here, this once. Throws
   * `respond.channels_full`.
   */
  set(
    by: Principal,
    request: ChannelRequest,
  ): Promise<{ readonly channel: ChannelView; readonly secret?: string }>;
  /** Throws `respond.channel_unknown`. */
  remove(by: Principal, name: string): Promise<ChannelView>;
  /** By name. */
  list(tenant: string): Promise<readonly ChannelListed[]>;
  /** Throws `respond.channel_unknown`. */
  get(tenant: string, name: string): Promise<Channel>;
}

export interface ChannelsOptions {
  readonly journal: Pick<Journal, 'change'>;
  readonly state: StateSession;
  readonly secrets: Secrets;
  /** Must be cryptographic in the program. */
  readonly random: RandomBytes;
  /** The dispatcher's. */
  readonly circuits: Circuits;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

const secretBytes = 32;

/** Makes the desk where channels are declared; what is declared goes through the journal. */
export function createChannels(options: ChannelsOptions): Channels {
  const { journal, state, secrets, random, circuits, clock } = options;
  const find = async (session: StateSession, tenant: string, name: string): Promise<Channel | undefined> => {
    const rows = await session.query('SELECT * FROM notify_channels WHERE tenant = $1 AND name = $2', [
      tenant,
      name,
    ]);
    return rows.map((row) => Channel.parse(row))[0];
  };
  const known = async (session: StateSession, tenant: string, name: string): Promise<Channel> => {
    const found = await find(session, tenant, name);
    if (found === undefined) throw respondErrors.make('channel_unknown', `There is no channel '${name}'`);
    return found;
  };
  const byOf = ({ id, name }: Principal) => ({ id, name });

  return {
    async set(by, request) {
      let made: string | undefined;
      const decide = async (session: StateSession) => {
        const before = await find(session, by.tenant, request.name);
        if (before === undefined) await checkRoom(session, by.tenant);
        const { sealed, fresh } = await sealedOf(request, before);
        made = fresh;
        const after = afterOf(request);
        return { before: before === undefined ? null : channelView(before), after, sealed };
      };
      await journal.change({ kind: 'notify.channel_set', tenant: by.tenant, by: byOf(by) }, decide);
      circuits.close(destinationOf({ tenant: by.tenant, name: request.name }));
      const channel = channelView(await known(state, by.tenant, request.name));
      return made === undefined ? { channel } : { channel, secret: made };
    },
    async remove(by, name) {
      let removed: ChannelView | undefined;
      await journal.change(
        { kind: 'notify.channel_removed', tenant: by.tenant, by: byOf(by) },
        async (session) => {
          removed = channelView(await known(session, by.tenant, name));
          return { before: removed };
        },
      );
      if (removed === undefined) throw respondErrors.make('channel_unknown', `There is no channel '${name}'`);
      return removed;
    },
    async list(tenant) {
      const now = clock();
      return (await channelsOf(state, tenant)).map((channel) => ({
        ...channelView(channel),
        circuit: circuits.view(destinationOf(channel), now),
      }));
    },
    get: (tenant, name) => known(state, tenant, name),
  };

  /** A secret given with the request, the one that the channel has, or a new one. */
  async function sealedOf(
    request: ChannelRequest,
    before: Channel | undefined,
  ): Promise<{ readonly sealed: string; readonly fresh?: string }> {
    if (request.kind === 'email') return { sealed: '' };
    const { url } = request;
    const secret = request.secret ?? (await keptSecret(before));
    if (secret !== undefined) return { sealed: await sealHidden(secrets, { url, secret }) };
    const fresh = `whsec_${Buffer.from(random(secretBytes)).toString('base64')}`;
    return { sealed: await sealHidden(secrets, { url, secret: fresh }), fresh };
  }

  /** What can't be opened any more is replaced: setting a channel again is how that is mended. */
  async function keptSecret(before: Channel | undefined): Promise<string | undefined> {
    if (before?.kind !== 'webhook') return undefined;
    try {
      return (await openHidden(secrets, before.sealed)).secret;
    } catch {
      return undefined;
    }
  }
}

function afterOf(request: ChannelRequest) {
  const { name, kind, min_severity, kinds, enabled } = request;
  const addresses = request.kind === 'email' ? request.to : [];
  const format = request.kind === 'email' ? null : request.format;
  return { name, kind, target: targetOf(request), format, addresses, min_severity, kinds, enabled };
}

async function checkRoom(session: StateSession, tenant: string): Promise<void> {
  const rows = await session.query('SELECT count(*) AS held FROM notify_channels WHERE tenant = $1', [
    tenant,
  ]);
  const { held } = z.object({ held: z.number() }).parse(rows[0]);
  if (held >= maxChannels)
    throw respondErrors.make('channels_full', `There are ${held} channels already; remove one first`);
}

/** All channels of a tenant, by name. */
export async function channelsOf(session: StateSession, tenant: string): Promise<readonly Channel[]> {
  const rows = await session.query('SELECT * FROM notify_channels WHERE tenant = $1 ORDER BY name', [tenant]);
  return rows.map((row) => Channel.parse(row));
}
