import * as z from 'zod';
import { DetectionWindow, Entity } from '../../contracts/index.ts';
import type { State, StateMigration, StateSession } from '../../state/index.ts';
import type { Position } from './position.ts';
import type { KnownEpisode } from './reconcile.ts';

/**
 * How far each correlation is in each tenant, and its episodes. All of it follows from the stored hits: what is lost is made again, with the
 * same ids. Times are microseconds, but milliseconds where hits were written.
 */
export const correlationMigrations: readonly StateMigration[] = [
  {
    room: 'correlation',
    version: 1,
    sql: `
      CREATE TABLE correlation_positions (
        tenant text COLLATE "C" NOT NULL,
        logic text COLLATE "C" NOT NULL,
        ingested bigint NOT NULL,
        watermark bigint NOT NULL,
        imported bigint NOT NULL,
        PRIMARY KEY (tenant, logic)
      );
      CREATE TABLE correlation_episodes (
        tenant text COLLATE "C" NOT NULL,
        logic text COLLATE "C" NOT NULL,
        id text COLLATE "C" NOT NULL,
        group_key text COLLATE "C" NOT NULL,
        began bigint NOT NULL,
        opened bigint NOT NULL,
        last_met bigint NOT NULL,
        event_count bigint NOT NULL,
        event_ids jsonb NOT NULL,
        cut boolean NOT NULL,
        head jsonb NOT NULL,
        told boolean NOT NULL,
        PRIMARY KEY (tenant, logic, id)
      );
      CREATE INDEX correlation_episodes_by_time ON correlation_episodes (tenant, logic, last_met);
      CREATE INDEX correlation_episodes_untold ON correlation_episodes (tenant, logic) WHERE NOT told;
    `,
  },
];

/** What all detections of an episode tell of the event at which it opened. */
export const EpisodeHead = z
  .strictObject({
    event_id: z.string(),
    /** Microseconds. */
    time: z.int(),
    /** Milliseconds. */
    received_at: z.int(),
    source: z.string(),
    raw_sha256: z.string(),
    entity: Entity,
    group: DetectionWindow.unwrap().shape.group,
  })
  .readonly();
export type EpisodeHead = z.infer<typeof EpisodeHead>;

export interface StoredEpisode extends KnownEpisode {
  readonly head: EpisodeHead;
  /** False when it grew since its last detection. */
  readonly told: boolean;
}

const EpisodeRow = z.object({
  id: z.string(),
  group_key: z.string(),
  began: z.int(),
  opened: z.int(),
  last_met: z.int(),
  event_count: z.int(),
  event_ids: z.array(z.string()),
  cut: z.boolean(),
  head: EpisodeHead,
  told: z.boolean(),
});

const columns = 'id, group_key, began, opened, last_met, event_count, event_ids, cut, head, told';
/** Episodes of one correlation that are looked at in one go; one more is a fault, not a silent cut. */
const maxEpisodes = 50_000;

/** A correlation of a tenant, by its logic: changed logic begins anew. */
export interface CorrelationKey {
  readonly tenant: string;
  readonly logic: string;
}

export async function readPosition(
  state: State,
  { tenant, logic }: CorrelationKey,
): Promise<Position | undefined> {
  const [row] = await state.query(
    'SELECT ingested, watermark, imported FROM correlation_positions WHERE tenant = $1 AND logic = $2',
    [tenant, logic],
  );
  return row && z.object({ ingested: z.int(), watermark: z.int(), imported: z.int() }).parse(row);
}

export async function writePosition(
  state: State,
  { tenant, logic }: CorrelationKey,
  { ingested, watermark, imported }: Position,
): Promise<void> {
  await state.query(
    'INSERT INTO correlation_positions (tenant, logic, ingested, watermark, imported) VALUES ($1, $2, $3, $4, $5) ' +
      'ON CONFLICT (tenant, logic) DO UPDATE SET ingested = $3, watermark = $4, imported = $5',
    [tenant, logic, ingested, watermark, imported],
  );
}

/** Episodes that were met at a time or later. */
export async function readEpisodes(
  state: StateSession,
  { tenant, logic }: CorrelationKey,
  metFrom: number,
): Promise<readonly StoredEpisode[]> {
  const rows = await state.query(
    `SELECT ${columns} FROM correlation_episodes WHERE tenant = $1 AND logic = $2 AND last_met >= $3 ORDER BY opened, id LIMIT ${maxEpisodes}`,
    [tenant, logic, metFrom],
  );
  return rows.map(episodeOf);
}

/** Episodes that grew since they were told, and were met last before a time. */
export async function readUntold(
  state: StateSession,
  { tenant, logic }: CorrelationKey,
  metBefore: number,
): Promise<readonly StoredEpisode[]> {
  const rows = await state.query(
    `SELECT ${columns} FROM correlation_episodes WHERE tenant = $1 AND logic = $2 AND NOT told AND last_met < $3 ORDER BY opened, id LIMIT ${maxEpisodes}`,
    [tenant, logic, metBefore],
  );
  return rows.map(episodeOf);
}

function episodeOf(row: unknown): StoredEpisode {
  const { group_key, began, last_met, event_count, event_ids, ...same } = EpisodeRow.parse(row);
  return {
    ...same,
    ...{ groupKey: group_key, from: began, lastMet: last_met, eventCount: event_count, eventIds: event_ids },
  };
}

/** Puts episodes in, over those with the same id, and takes those that are gone out. */
export async function writeEpisodes(
  state: State,
  { tenant, logic }: CorrelationKey,
  kept: readonly StoredEpisode[],
  gone: readonly string[],
): Promise<void> {
  await state.transaction(async (session) => {
    await session.query(
      'DELETE FROM correlation_episodes WHERE tenant = $1 AND logic = $2 AND id = ANY($3::text[])',
      [...[tenant, logic], [...gone, ...kept.map(({ id }) => id)]],
    );
    const rows = kept.map(({ groupKey, from, lastMet, eventCount, eventIds, ...same }) => ({
      ...{ tenant, logic, ...same },
      ...{
        group_key: groupKey,
        began: from,
        last_met: lastMet,
        event_count: eventCount,
        event_ids: eventIds,
      },
    }));
    await session.query(
      `INSERT INTO correlation_episodes (tenant, logic, ${columns}) SELECT tenant, logic, ${columns} ` +
        'FROM jsonb_populate_recordset(NULL::correlation_episodes, $1::jsonb)',
      [rows],
    );
  });
}

/** Forgets episodes that were met last, and positions that were written last, before a time in milliseconds. */
export async function forgetEpisodes(state: State, before: number): Promise<void> {
  await state.query('DELETE FROM correlation_episodes WHERE last_met < $1', [before * 1_000]);
  await state.query('DELETE FROM correlation_positions WHERE ingested < $1', [before]);
}
